"""Segmenting photos with an adapter or with SAM as published."""

from wesam_packshot.segment.segmenter import Segmentation, Segmenter

__all__ = ["Segmentation", "Segmenter"]

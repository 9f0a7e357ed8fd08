"""Adapt Segment Anything to unlabelled packshots, and cut the products out."""

__version__ = "0.1.0"

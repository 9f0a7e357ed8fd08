"""Confidence: a probability that falls with what is unstable about a mask."""

import numpy as np
import torch

from wesam_packshot.sam.frame import Frame
from wesam_packshot.segment.confidence import confidence
from wesam_packshot.segment.segmenter import Segmentation


def test_it_is_the_logistic_of_what_a_mask_loses_between_two_cuts() -> None:
    stability = np.array([0.2, 0.5, 0.9, 0.97, 1.0])
    found = confidence(stability)
    expected = 1 / (1 + np.exp(3.3 + 1.95 * np.log(1 - stability + 0.01)))
    assert np.allclose(found, expected)
    assert (np.diff(found) > 0).all()
    assert found[0] < 0.1
    assert found[-1] > 0.98


def test_the_finest_logits_decide_without_the_padding() -> None:
    frame = Frame(100, 200)  # the lower half of the frame is padding
    finest = torch.full((1, 1, 512, 512), -9.0)
    finest[..., 50:150, 100:300] = 9
    one = np.ones((1, 1))
    sure = Segmentation(frame, torch.zeros(1, 1, 256, 256), finest.clone(), one, one)
    finest[..., 300:, :] = 0  # unsure, and no part of the photo
    assert sure.confidence == Segmentation(frame, torch.zeros(1, 1, 256, 256), finest.clone(), one, one).confidence
    finest[..., 50:100, 100:300] = 0  # half of the product
    doubtful = Segmentation(frame, torch.zeros(1, 1, 256, 256), finest, one, one)
    assert sure.confidence.item() > 0.98
    assert np.isclose(doubtful.confidence, confidence(np.array(0.5)))

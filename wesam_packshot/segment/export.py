"""The adapted model for others: merged weights under the official names, and ONNX graphs.

A stock implementation of SAM or MobileSAM loads the former. The graphs are an encoder, run once per photo, and a
decoder, run for any number of prompts, with the names of inputs and outputs that SAM's own ONNX decoder has.
"""

import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from refiners.foundationals.segment_anything.prompt_encoder import MaskEncoder, PointEncoder
from torch import Tensor, nn

from wesam_packshot import __version__
from wesam_packshot.arrays import Rgb
from wesam_packshot.errors import UserError
from wesam_packshot.files.atomic import replacing
from wesam_packshot.sam.conversion import official_state
from wesam_packshot.sam.features import Details
from wesam_packshot.sam.frame import MEAN, STD, Frame, model_input
from wesam_packshot.sam.high_resolution import COARSE, FINE, SIDE, active_branch
from wesam_packshot.sam.lora import merge
from wesam_packshot.sam.model import IMAGE_SIZE, LOW_RES, SegmentAnything
from wesam_packshot.sam.prompts import Prompt, prompt_tensors, whole_image
from wesam_packshot.segment.segmenter import STUDENT, Segmenter

OPSET = 17
EMBEDDING = (1, 256, 64, 64)
# What a high-resolution branch needs besides, by the names of inputs and outputs.
DETAILS = {"coarse_details": (1, COARSE, LOW_RES, LOW_RES), "fine_details": (1, FINE, SIDE, SIDE)}
# Labels of the original, from -1 (no point) over 0 (off) to 3 (lower right corner), as Refiners' point types.
TYPES = torch.tensor([5, 1, 2, 3, 4])
# Bytes that one file of ONNX can hold.
LARGEST = 2_000_000_000
# What single precision leaves of equality, in logits and embeddings.
TOLERANCE = 1e-3


class Encoder(nn.Module):
    """Normalised, padded photos to features, see `wesam_packshot.sam.frame.model_input`."""

    def __init__(self, sam: SegmentAnything) -> None:
        super().__init__()
        self.sam = sam

    def forward(self, images: Float[Tensor, "batch 3 1024 1024"]) -> tuple[Tensor, ...]:
        features = self.sam.encode(images)
        return features.embedding, *(features.details or ())


class Decoder(nn.Module):
    """One photo's embedding and any number of prompts to masks: SAM's own ONNX signature, for several prompts.

    Its masks come first the single one, then the three of `multimask`; they are low-res, for the caller to enlarge.
    With a high-resolution branch it takes the encoder's details as well, and returns the single mask at 512 pixels.
    """

    def __init__(self, sam: SegmentAnything) -> None:
        super().__init__()
        self.sam = sam

    def forward(
        self,
        image_embeddings: Float[Tensor, "1 256 64 64"],
        point_coords: Float[Tensor, "prompts points 2"],
        point_labels: Float[Tensor, "prompts points"],
        mask_input: Float[Tensor, "prompts 1 256 256"],
        has_mask_input: Float[Tensor, "1"],
        *details: Tensor,
    ) -> tuple[Tensor, ...]:
        """Low-res logits and predicted IoU of each prompt, with an adapter's branch the finest logits as well.

        Args:
            details: of the encoder, which the branch needs.
        """
        points, masks = self.sam.ensure_find(PointEncoder), self.sam.ensure_find(MaskEncoder)
        types: Int[Tensor, "prompts points"] = TYPES[point_labels.long() + 1]
        points.set_type_mask(types)
        none = masks.get_no_mask_dense_embedding((64, 64))
        decoder, count = self.sam.mask_decoder, point_coords.shape[0]
        decoder.set_image_embedding(image_embeddings.expand(count, -1, -1, -1))
        decoder.set_point_embedding(points((point_coords + 0.5) / IMAGE_SIZE))
        decoder.set_mask_embedding(has_mask_input * masks(mask_input) + (1 - has_mask_input) * none)
        decoder.set_dense_positional_embedding(points.get_dense_positional_embedding((64, 64)))
        branch = active_branch(self.sam)
        if branch is None:
            logits, iou = decoder()
            return logits, iou
        with branch.listening() as heard:
            logits, iou = decoder()
            upscaled = heard["upscaled"]
        of_prompts = Details(*(values.expand(count, -1, -1, -1) for values in details))
        return logits, iou, branch.refine(logits[:, 0], upscaled, of_prompts).logits


def merged(segmenter: Segmenter) -> SegmentAnything:
    """The segmenter's model with its adapter in the weights themselves; the segmenter goes on with that."""
    merge(segmenter.sam, **{STUDENT: segmenter.scale})
    return segmenter.sam


def export_files(segmenter: Segmenter, folder: Path, formats: Sequence[str]) -> dict[str, Path]:
    """Write what `formats` ask for, of "weights" and "onnx"; returns where each file is, or would be.

    Raises:
        UserError: when a file cannot be written.
    """
    sam = merged(segmenter)
    files = {"weights": folder / "model.pt", "encoder": folder / "encoder.onnx", "decoder": folder / "decoder.onnx"}
    if "weights" in formats:
        export_weights(sam, files["weights"])
    if "onnx" in formats:
        export_encoder(sam, files["encoder"])
        export_decoder(sam, files["decoder"])
    return files


def export_weights(sam: SegmentAnything, path: Path) -> None:
    """A checkpoint that a stock SAM or MobileSAM loads.

    Raises:
        UserError: when it cannot be written.
    """
    # given a path, torch writes its name into the file as well
    with replacing(path) as temporary, temporary.open("wb") as file:
        torch.save(official_state(sam), file)


def export_encoder(sam: SegmentAnything, path: Path) -> None:
    """The encoder's graph, for any number of photos.

    Raises:
        UserError: when it is too large for ONNX, or cannot be written.
    """
    size = sum(weight.numel() * weight.element_size() for weight in sam.image_encoder.parameters())
    if size > LARGEST:
        raise UserError(f"{path}: an ONNX file holds 2 GB, this encoder has {size / 1e9:.1f}; use --format weights")
    example = torch.zeros(1, 3, IMAGE_SIZE, IMAGE_SIZE)
    outputs = ["image_embeddings", *detail_names(sam)]
    axes = {name: {0: "batch"} for name in ("images", *outputs)}
    _export(Encoder(sam), (example,), path, ["images"], outputs, axes)


def export_decoder(sam: SegmentAnything, path: Path) -> None:
    """The decoder's graph, for any numbers of prompts and of points in each.

    Raises:
        UserError: when it cannot be written.
    """
    details = detail_names(sam)
    names = ["image_embeddings", "point_coords", "point_labels", "mask_input", "has_mask_input", *details]
    outputs = ["low_res_masks", "iou_predictions", *(("fine_masks",) if details else ())]
    examples = torch.zeros(EMBEDDING), torch.zeros(2, 3, 2), torch.zeros(2, 3)
    masks = torch.zeros(2, 1, LOW_RES, LOW_RES), torch.zeros(1)
    axes: dict[str, dict[int, str]] = {name: {0: "prompts", 1: "points"} for name in names[1:3]}
    axes |= {name: {0: "prompts"} for name in ("mask_input", *outputs)}
    inputs = *examples, *masks, *(torch.zeros(DETAILS[name]) for name in details)
    _export(Decoder(sam), inputs, path, names, outputs, axes)


def detail_names(sam: SegmentAnything) -> list[str]:
    """Names of the details that pass from encoder to decoder; none without a high-resolution branch."""
    return list(DETAILS) if active_branch(sam) else []


@torch.no_grad()
def _export(
    module: nn.Module,
    examples: tuple[Tensor, ...],
    path: Path,
    inputs: list[str],
    outputs: list[str],
    axes: dict[str, dict[int, str]],
) -> None:
    with replacing(path) as temporary, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing tells of every shape that it takes for constant
        torch.onnx.export(
            module.eval(),
            examples,
            str(temporary),
            dynamo=False,
            opset_version=OPSET,
            input_names=inputs,
            output_names=outputs,
            dynamic_axes=axes,
        )
        graph = onnx.load(temporary)
        facts = {"producer": f"wesam-packshot {__version__}", "mean": json.dumps(MEAN), "std": json.dumps(STD)}
        onnx.helper.set_model_props(graph, facts | {"side": str(IMAGE_SIZE)})
        onnx.save(graph, temporary)


def onnx_inputs(prompts: Sequence[Prompt], frame: Frame) -> dict[str, NDArray[Any]]:
    """What the decoder's graph is given for prompts of a photo, besides its embedding.

    Raises:
        ValueError: see `prompt_tensors`.
    """
    tensors = prompt_tensors(prompts, frame)
    count = len(prompts)
    labels = torch.tensor([0, 0, 1, 2, 3, -1])[tensors.types[0]]  # from Refiners' types, which begin at 1
    masks = torch.zeros(count, 1, LOW_RES, LOW_RES) if tensors.masks is None else tensors.masks[0].unsqueeze(1)
    return {
        "point_coords": tensors.coords[0].numpy(),
        "point_labels": labels.float().numpy(),
        "mask_input": masks.numpy(),
        "has_mask_input": np.array([tensors.masks is not None], np.float32),
    }


def check(segmenter: Segmenter, image: Rgb, encoder: Path, decoder: Path) -> dict[str, float]:
    """Largest differences between torch and onnxruntime on a photo: embedding, logits, predicted IoU.

    The prompts are the whole image, then two with points at once.

    Raises:
        UserError: when onnxruntime is missing, or a difference is too large.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise UserError("--check needs onnxruntime; run: uv pip install -e '.[export]'") from error
    sessions = [
        onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]) for path in (encoder, decoder)
    ]
    outputs = ["image_embeddings", *detail_names(segmenter.sam)]
    features = dict(zip(outputs, sessions[0].run(outputs, {"images": model_input(image).numpy()}), strict=True))
    expected = segmenter.embed(image).to(torch.device("cpu"))
    found = {"embedding": float(np.abs(features["image_embeddings"] - expected.embedding.numpy()).max())}
    frame = Frame(*image.shape[:2])
    point = (frame.width / 2, frame.height / 2)
    pair = [Prompt(points=(point, (1.0, 1.0)), labels=labels) for labels in ((1, 0), (0, 1))]
    for prompts in ([whole_image(frame)], pair):
        logits, iou, *fine = sessions[1].run(None, features | onnx_inputs(prompts, frame))
        same = segmenter.decode(expected, prompts, frame)
        compared = {"logits": logits[:, :1] - same.logits.numpy(), "predicted_iou": iou[:, :1] - same.predicted_iou}
        if fine:
            compared["fine_logits"] = fine[0] - same.finest[:, 0].numpy()
        for name, difference in compared.items():
            found[name] = max(found.get(name, 0.0), float(np.abs(difference).max()))
    for name, difference in found.items():
        if difference > TOLERANCE:
            raise UserError(f"{decoder.parent}: {name} differ by {difference:.2g} from torch; do not use these graphs")
    return found

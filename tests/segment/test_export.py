"""Exported files, loaded by the original and by onnxruntime."""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from PIL import Image

from tests.conftest import draw_packshot
from tests.oracles.original_sam import original_sam
from wesam_packshot.cli.export import main
from wesam_packshot.errors import UserError
from wesam_packshot.sam.adapter_file import save_adapter
from wesam_packshot.sam.frame import Frame, model_input
from wesam_packshot.sam.lora import inject_loras, lora_parameters
from wesam_packshot.sam.lora_layers import GROUPS
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.prompts import Prompt
from wesam_packshot.sam.weights import Base
from wesam_packshot.segment import Segmenter, export


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter with random weights, everything exported from it, and the photo that it was checked on."""
    from wesam_packshot.sam.weights import load_model

    folder = tmp_path_factory.mktemp("export")
    sam, base = load_model("mobile_sam")
    ranks = dict.fromkeys(GROUPS, 0) | dict.fromkeys(("encoder.attention", "encoder.neck", "decoder.attention"), 2)
    inject_loras(sam, ranks, ["student"], seed=0)
    torch.manual_seed(0)
    for parameter in lora_parameters(sam, "student"):
        torch.nn.init.normal_(parameter, std=0.05)
    save_adapter(sam, "student", ranks, {}, base, folder / "adapter")
    image, _ = draw_packshot()
    Image.fromarray(image).save(folder / "photo.png")
    arguments = ["--adapter", folder / "adapter", "--output", folder / "out", "--check", folder / "photo.png"]
    assert main([str(argument) for argument in arguments]) == 0
    return folder


def test_the_check_tells_its_differences(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--adapter", exported / "adapter", "--output", exported / "again", "--check", exported / "photo.png"]
    assert main([str(argument) for argument in arguments]) == 0
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(summary["largest_differences"]) == {"embedding", "logits", "predicted_iou"}
    assert 0 < max(summary["largest_differences"].values()) < 1e-3
    assert set(summary["files"]) == {"weights", "encoder", "decoder"}


def test_any_number_of_prompts_and_points_equals_the_adapted_torch_model(exported: Path) -> None:
    segmenter = Segmenter.load(exported / "adapter", device="cpu")
    files = (exported / "out" / f"{part}.onnx" for part in ("encoder", "decoder"))
    encoder, decoder = (onnxruntime.InferenceSession(file) for file in files)
    image, _ = draw_packshot(200, 300)
    frame = Frame(200, 300)
    embedding = encoder.run(None, {"images": model_input(image).numpy()})[0]
    earlier = segmenter.segment(image).logits[0, 0]
    batches = [
        [Prompt(box=(10.0 * number, 10.0, 250.0, 190.0)) for number in range(5)],
        [Prompt(box=(10.0, 10.0, 250.0, 190.0), points=((100.0, 100.0), (5.0, 5.0)), labels=(1, 0))],
        [Prompt(box=(10.0, 10.0, 250.0, 190.0), mask=earlier) for _ in range(2)],
    ]
    for prompts in batches:
        inputs = {"image_embeddings": embedding} | export.onnx_inputs(prompts, frame)
        logits, iou = decoder.run(["low_res_masks", "iou_predictions"], inputs)
        assert logits.shape == (len(prompts), 4, 256, 256)
        for multimask, tokens in ((False, slice(0, 1)), (True, slice(1, 4))):
            expected = segmenter.segment(image, prompts=prompts, multimask=multimask)
            assert np.abs(logits[:, tokens] - expected.logits.numpy()).max() < 1e-3
            assert np.abs(iou[:, tokens] - expected.predicted_iou).max() < 1e-3
    two = encoder.run(None, {"images": np.concatenate([model_input(image).numpy()] * 2)})[0]
    assert np.abs(two[1] - embedding[0]).max() < 1e-4


def test_the_original_loads_the_merged_weights_and_gives_the_same_masks(exported: Path) -> None:
    state = torch.load(exported / "out" / "model.pt", weights_only=True)
    original = original_sam()
    for part in ("prompt_encoder", "mask_decoder"):
        own = {name.removeprefix(f"{part}."): state[name] for name in state if name.startswith(part)}
        getattr(original, part).load_state_dict(own)
    segmenter = Segmenter.load(exported / "adapter", device="cpu")
    image, _ = draw_packshot()
    # the encoder of MobileSAM is in no package: ours, without any adapter, loads the file as a stock model would
    stock = Segmenter.load(model="mobile_sam", weights=exported / "out" / "model.pt", weights_sha256=sha256(exported))
    embedding = stock.embed(image).embedding
    assert torch.allclose(embedding, segmenter.embed(image).embedding, atol=1e-4)
    sparse, dense = original.prompt_encoder(None, torch.tensor([[0.0, 0, 1024, 768]]), None)
    logits, _ = original.mask_decoder(embedding, original.prompt_encoder.get_dense_pe(), sparse, dense, False)
    assert torch.allclose(logits, segmenter.segment(image).logits, atol=1e-3)


def sha256(folder: Path) -> str:
    from wesam_packshot.files.hashing import file_sha256

    return file_sha256(folder / "out" / "model.pt")


def test_graphs_tell_how_photos_are_normalised(exported: Path) -> None:
    facts = {fact.key: fact.value for fact in onnx.load(exported / "out" / "encoder.onnx").metadata_props}
    assert json.loads(facts["mean"]) == [123.675, 116.28, 103.53]
    assert facts["side"] == "1024"


def test_a_graph_of_another_model_fails_the_check(exported: Path, mobile_sam: tuple[SegmentAnything, Base]) -> None:
    image, _ = draw_packshot()
    files = exported / "out" / "encoder.onnx", exported / "out" / "decoder.onnx"
    with pytest.raises(UserError, match=r"embedding differ by .* from torch; do not use these graphs"):
        export.check(Segmenter(mobile_sam[0]), image, *files)


def test_too_large_an_encoder_is_refused(
    tmp_path: Path, mobile_sam: tuple[SegmentAnything, Base], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "LARGEST", 1_000_000)
    with pytest.raises(UserError, match=r"encoder.onnx: an ONNX file holds 2 GB, .*--format weights"):
        export.export_encoder(mobile_sam[0], tmp_path / "encoder.onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--format", "pickle"], "--format pickle: unknown"),
        (["--format", "weights", "--check", "a.png"], "leave --format"),
    ],
)
def test_usage(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert told in capsys.readouterr().err

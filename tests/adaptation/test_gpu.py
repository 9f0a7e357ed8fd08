"""An adaptation on a GPU: nothing of it may meet a tensor that has stayed on the CPU."""

import importlib.util
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
import torch

from tests.adaptation.test_recipe import BASE, SHORT, true_labels
from tests.conftest import tiny_sam
from tests.pretended_gpu import DevicesMeetError, pretended_gpu
from wesam_packshot.adaptation import recipe
from wesam_packshot.adaptation.labelling import label_photos
from wesam_packshot.adaptation.store import LabelStore
from wesam_packshot.batch.segmentation import Request, cut
from wesam_packshot.config import load_config
from wesam_packshot.io.photos import read_image
from wesam_packshot.io.records import Record, read_records
from wesam_packshot.sam.adapter_file import load_adapter
from wesam_packshot.sam.lora import inject_loras, lora_parameters, merge
from wesam_packshot.sam.lora_layers import GROUPS
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.segment.segmenter import Segmenter
from wesam_packshot.tracking.tracker import Tracker

GPU = torch.device("cuda", 0)
# Every loss, a composite or a strong view in every visit, and a teacher that is asked.
WHOLE = (
    *SHORT,
    "train.min_steps=1",
    "train.max_steps=1",
    "train.checkpoint_every=1",
    "composites.share=0.5",
    "views.strong=1",
    "views.shadow=1",
    "views.noise=1",
    "views.blur=1",
    "adapter.encoder.attention=0",
    "adapter.encoder.query_value=2",
    "prompts.whole=1",
    "prompts.coarse=1",
    "pseudolabel.disabled_stages=[view, zoom]",
    "train.device=cuda",
    "data.cache_mb=0",
)
LABELLED = ("train.precision=fp32", "data.cache_mb=0")


@pytest.fixture(autouse=True)
def gpu() -> Iterator[None]:
    with pretended_gpu():
        yield


def test_the_pretended_gpu_refuses_what_a_gpu_refuses() -> None:
    there, here = torch.ones(3, device=GPU, requires_grad=True), torch.ones(3)
    assert (there.device, here.device, (2 * there).device, there.cpu().device) == (GPU, here.device, GPU, here.device)
    assert (there.new_zeros(2).device, there.new_tensor([1.0]).device, there[:2].device) == (GPU, GPU, GPU)
    assert (here.to(there).device, there.detach().device, (there * torch.tensor(2.0)).device) == (GPU, GPU, GPU)
    with pytest.raises(DevicesMeetError, match=r"aten\.add"):
        there + here
    with pytest.raises(TypeError, match=r"Tensor\.cpu"):
        there.detach().numpy()
    with pytest.raises(DevicesMeetError):
        here[torch.tensor([0, 1], device=GPU)]
    assert there[torch.tensor([0, 1])].device == GPU
    (there * 2).sum().backward()  # type: ignore[no-untyped-call]
    assert there.grad is not None and there.grad.device == GPU
    assert torch.nn.Linear(2, 2).to(GPU).weight.device == GPU


@pytest.fixture
def records(packshot_folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> list[Record]:
    """Two photos, and a recipe of random weights, whose labels are made, but true masks take their place."""

    def label(sam: SegmentAnything, records: list[Record], store: LabelStore, *rest: object) -> dict[str, torch.Tensor]:
        true_labels(sam, records, store)
        spare = LabelStore(store.folder.with_name("spare"))
        kept = label_photos(sam, records[:1], spare, load_config(None, LABELLED), BASE, {records[0].id})
        assert spare.rows()[records[0].id]["status"] in ("ok", "abstained")
        return kept

    monkeypatch.setattr(recipe, "load_model", lambda *_: (tiny_sam(), BASE))
    monkeypatch.setattr(recipe, "label_photos", label)
    # such a teacher would not be believed
    monkeypatch.setattr("wesam_packshot.adaptation.agreement.Agreement.beats", lambda *_: True)
    return read_records(packshot_folder(2))


def test_a_whole_run_on_a_gpu(records: list[Record], tmp_path: Path) -> None:
    """Labels, warm-up, a step, checks, checkpoints, and a resume; then segmenting with the adapter."""
    config = load_config(None, WHOLE)
    adapted = recipe.adapt(config, records, tmp_path, Tracker(tmp_path, config, "adapt"))
    assert {leaf.device for leaf in adapted.sam.parameters()} == {GPU}
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert {"warmup", "train", "selection"} <= {row["stage"] for row in rows}
    assert next(row for row in rows if row["stage"] == "train")["teacher"]

    trained = tmp_path / "checkpoints" / "1" / "student.safetensors"
    before = trained.read_bytes()
    shutil.rmtree(trained.parent)
    shutil.rmtree(tmp_path / "adapter")
    # without checks, which cost most of the time; the teacher's word is remembered
    resumed = load_config(None, [*WHOLE, "selection.every=0"])
    recipe.adapt(resumed, records, tmp_path, Tracker(tmp_path, resumed, "adapt"))
    assert trained.is_file() and len(trained.read_bytes()) == len(before)

    sam = tiny_sam().to(device=GPU)
    load_adapter(sam, tmp_path, BASE)
    outcome = cut(Segmenter(sam), read_image(records[0].file), [], Request(refine="fast"))
    assert outcome.mask.shape == (200, 300)
    merge(sam, student=1.0)


def test_new_loras_are_where_their_layers_are() -> None:
    for place in (torch.device("meta"), GPU):
        sam = tiny_sam().to(device=place, dtype=torch.bfloat16)
        inject_loras(sam, dict.fromkeys(GROUPS, 2) | {"encoder.attention": 0}, ["student"], seed=0)
        inject_loras(sam, {"encoder.neck": 1}, ["teacher"], seed=0)
        leaves = lora_parameters(sam, "student") + lora_parameters(sam, "teacher")
        assert {(leaf.device, leaf.dtype) for leaf in leaves} == {(place, torch.bfloat16)}


def test_the_benchmark_of_steps_runs_on_a_gpu() -> None:
    benchmark = load_benchmark("step_cost")
    sam = tiny_sam().to(device=GPU)
    inject_loras(sam, {"encoder.query_value": 2}, ["student", "teacher"], seed=0)
    batch = benchmark.make_batch(1).to(GPU)
    for step, variant in ((benchmark.published_step, "published"), (benchmark.our_step, "ours-fp32")):
        loss = step(sam, batch, variant)
        loss.backward()
        assert loss.device == GPU


def load_benchmark(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[2] / "benchmarks" / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

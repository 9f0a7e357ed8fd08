"""Adapters on disk: a folder that alone is enough to use the adapter on the base that it was made for.

The layout is PEFT's: `adapter_model.safetensors` and `adapter_config.json`.
"""

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from wesam_packshot import __version__
from wesam_packshot.config.schema import Factor, ModelName, Rank
from wesam_packshot.errors import UserError, first_line
from wesam_packshot.files.atomic import write_bytes, write_json
from wesam_packshot.files.json_lines import LONGEST, parse_json
from wesam_packshot.resources import adapter_folder
from wesam_packshot.sam.high_resolution import branch_shapes, branches, inject_branches
from wesam_packshot.sam.lora import BRANCH, adapters, inject_loras, load_lora_state, lora_state
from wesam_packshot.sam.lora_layers import GROUPS, lora_shapes
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.tiny_vit import TinyViT
from wesam_packshot.sam.weights import Base

WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"
AGAIN = "copy the adapter folder again"
# What a LoRA may be stored as, in safetensors' words.
DTYPES = ("F32", "F16", "BF16")


def _known(group: str) -> str:
    if group not in GROUPS:
        raise ValueError(f"no group of layers; there are {', '.join(GROUPS)}")
    return group


Group = Annotated[str, AfterValidator(_known)]


class AdapterFacts(BaseModel):
    """What a configuration tells of its adapter; other keys are for people.

    Attributes:
        base: model that it was made for.
        base_sha256: of that model's weights, see `state_sha256`.
        base_official: whether these were the published ones.
        ranks: of the groups of layers.
        scales: factors of their LoRAs; 1 where there is none.
        high_resolution: whether it has a high-resolution branch.
    """

    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False)

    base: ModelName
    base_sha256: str
    base_official: bool
    ranks: dict[Group, Rank]
    scales: dict[Group, Factor] = {}
    high_resolution: bool = False


def save_adapter(
    sam: SegmentAnything, name: str, ranks: dict[str, int], scales: dict[str, float], base: Base, folder: Path
) -> None:
    """Write the LoRA called `name`, with the base and the layers that it belongs to."""
    config = {
        "format": "wesam-packshot LoRA",
        "version": __version__,
        "base": base.name,
        "base_sha256": base.sha256,
        "base_official": base.official,
        "ranks": ranks,
        "scales": scales,
        "high_resolution": any(branch.name == name for branch in branches(sam)),
        "targets": [adapter.name for adapter in adapters(sam) if name in adapter.names],
    }
    write_json(folder / CONFIG, config)
    # One entry only: safetensors orders several at random, and the same run shall give the same bytes.
    write_bytes(folder / WEIGHTS, save(lora_state(sam, name), {"base_sha256": base.sha256}))


def find_adapter(path: Path) -> Path:
    """The adapter's folder, given itself or a run folder.

    Raises:
        UserError: when there is no adapter.
    """
    for folder in (path, path / "adapter"):
        if (folder / CONFIG).is_file() and (folder / WEIGHTS).is_file():
            return folder
    raise UserError(f"{path}: holds no adapter ({CONFIG} and {WEIGHTS}); give a finished run or its adapter folder")


def has_shipped(model: str) -> bool:
    """Whether an adapter for packshots ships with the package for this model."""
    return (adapter_folder() / model / WEIGHTS).is_file()


def named_adapter(name: Path | str, model: str, published: bool = True) -> Path | None:
    """The folder of an adapter that is named as options and configurations do; None for SAM as published.

    Args:
        name: a run or an adapter folder; `packshot`, the adapter that ships; `none`; or `auto`, which is `packshot`
            where one ships for the model.
        model: in a configuration's words.
        published: whether the model has its published weights, which alone the shipped adapter fits.

    Raises:
        UserError: when there is none.
    """
    if name == "none" or (name == "auto" and not (has_shipped(model) and published)):
        return None
    if name not in ("auto", "packshot"):
        return find_adapter(Path(name))
    if not has_shipped(model):
        raise UserError(f"{model}: no adapter ships for it; give none, or train one with --config packshot.yaml")
    return adapter_folder() / model


def read_adapter_config(path: Path) -> AdapterFacts:
    """The configuration of an adapter, given its folder or run.

    Raises:
        UserError: when it is missing, damaged, or of an adapter that cannot be.
    """
    file = find_adapter(path) / CONFIG
    try:
        return AdapterFacts.model_validate(parse_json(file.read_bytes()))
    except ValidationError as error:
        first = error.errors()[0]
        what = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    except (ValueError, OSError) as error:
        what = first_line(error)
    raise UserError(f"{file}: not an adapter's configuration ({what[:LONGEST]}); {AGAIN}")


def load_adapter(sam: SegmentAnything, path: Path, base: Base, name: str = "student") -> None:
    """Inject the adapter as a LoRA called `name`, off, beside those that are there.

    Weights of one model from different official files (folded or not, from hub or npm) count as one base. The file's
    header is compared with the layers before anything is loaded.

    Raises:
        UserError: when the adapter belongs to another base, or is damaged.
    """
    folder, facts = find_adapter(path), read_adapter_config(path)
    if facts.base != base.name:
        raise UserError(f"{folder}: made for {facts.base}, not {base.name}; use it with model.name={facts.base}")
    if facts.base_sha256 != base.sha256 and not (facts.base_official and base.official):
        raise UserError(
            f"{folder}: made for {base.name} weights of SHA-256 {facts.base_sha256[:12]}…, not "
            f"{base.sha256[:12]}…; set model.weights to those it was made for"
        )
    if facts.high_resolution and not isinstance(sam.image_encoder, TinyViT):
        raise UserError(f"{folder}: has a high-resolution branch, which needs mobile_sam, not {base.name}")
    file = folder / WEIGHTS
    expected = lora_shapes(sam, facts.ranks)
    if facts.high_resolution:
        expected |= {f"{BRANCH}.{key}": shape for key, shape in branch_shapes().items()}
    try:
        with safe_open(file, framework="pt") as weights:
            _check_header(weights, expected)
            state = {key: weights.get_tensor(key) for key in weights.keys()}  # noqa: SIM118, it is no mapping
        broken = next((key for key, tensor in state.items() if not tensor.isfinite().all()), None)
        if broken:
            raise ValueError(f"{broken} holds values that are no numbers, or infinite")
    except (SafetensorError, ValueError, OSError) as error:
        what = first_line(error)[:LONGEST]
        raise UserError(f"{file}: damaged, or not for these layers ({what}); {AGAIN}") from error
    inject_loras(sam, facts.ranks, [name], 0, facts.scales)
    if facts.high_resolution:
        inject_branches(sam, [name], 0)
    load_lora_state(sam, name, state)


def _check_header(weights: Any, expected: dict[str, tuple[int, ...]]) -> None:
    """Compare names, shapes and types with what the layers need.

    Args:
        weights: an open file, of safetensors' untyped kind.

    Raises:
        ValueError: where they differ.
    """
    differing = set(weights.keys()) ^ set(expected)
    if differing:
        name = min(differing)
        raise ValueError(f"{name} is {'missing' if name in expected else 'of no layer that has a rank'}")
    for name, shape in expected.items():
        found = weights.get_slice(name)
        if tuple(found.get_shape()) != shape:
            raise ValueError(f"{name} has shape {tuple(found.get_shape())}, not {shape}")
        if found.get_dtype() not in DTYPES:
            raise ValueError(f"{name} is of type {found.get_dtype()}, not {' or '.join(DTYPES)}")

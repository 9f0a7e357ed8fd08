"""Every setting, with its type and default.

The defaults here are those of `configs/weak.yaml`, which explains every key; a test keeps the two equal.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

# Limits are far beyond what is of use; they tell slips of the keyboard before memory and hours are spent on them.
Count = Annotated[int, Field(ge=0, le=100_000_000)]
PositiveCount = Annotated[int, Field(ge=1, le=100_000_000)]
Batch = Annotated[int, Field(ge=1, le=4096)]
Passes = Annotated[float, Field(gt=0, le=10_000)]
LearningRate = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0, le=1e6)]
Share = Annotated[float, Field(ge=0, le=1)]
# 1024 is the highest rank that the LoRA paper tries (arXiv 2106.09685, table 18); SAM's layers are 64 to 5120 wide.
Rank = Annotated[int, Field(ge=0, le=1024)]
Factor = Annotated[float, Field(ge=0, le=100)]


def _possible(path: Path) -> Path:
    if "\0" in str(path):
        raise ValueError("no path can hold a null character")
    return path


AnyPath = Annotated[Path, AfterValidator(_possible)]
StageName = Literal["inversion", "reprompting", "view", "zoom", "snapping", "holes", "reflection"]
PromptKind = Literal["whole", "box", "point", "coarse"]
PROMPT_KINDS: tuple[PromptKind, ...] = ("whole", "box", "point", "coarse")
ModelName = Literal["mobile_sam", "sam_vit_b", "sam_vit_l", "sam_vit_h"]


class Section(BaseModel):
    """What all sections share: unknown keys and infinite numbers are errors, and nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=(), allow_inf_nan=False)


class ModelConfig(Section):
    """Which SAM, and its weights."""

    name: ModelName = "mobile_sam"
    weights: AnyPath | None = None
    weights_sha256: str | None = None


class DataConfig(Section):
    """Which photos, and how they are read."""

    path: AnyPath | None = None
    limit: Count = 0
    max_megapixels: float = Field(100.0, gt=0, le=10_000)
    workers: int = Field(0, ge=0, le=256)
    cache_mb: Count = 4000
    instances: Literal["joined", "separate"] = "joined"
    prompts_from_masks: Literal["box", "point", "coarse"] | None = None
    corrections: AnyPath | None = None


class PseudolabelConfig(Section):
    """The labels: what makes them, and how sure they have to be."""

    source: Literal["anchor", "masks"] = "anchor"
    anchor: Literal["start", "published"] = "start"
    min_confidence: Share = 0.3
    use_prompts: bool = True
    shadow: Literal["drop", "keep", "separate"] = "drop"
    disabled_stages: tuple[StageName, ...] = ()


class EncoderRanks(Section):
    """Ranks of the LoRAs in the image encoder; 0 leaves them out."""

    attention: Rank = 8
    query_value: Rank = 0
    mlp: Rank = 8
    convolutions: Rank = 0
    neck: Rank = 8
    scale: Factor = 1.0


class DecoderRanks(Section):
    """Ranks of the LoRAs in the mask decoder; 0 leaves them out."""

    attention: Rank = 8
    mlp: Rank = 8
    hypernetworks: Rank = 8
    scale: Factor = 1.0


class AdapterConfig(Section):
    """The adapter that is trained, and what it starts from."""

    start: Literal["auto", "none", "packshot"] | AnyPath = "auto"
    high_resolution: bool = False
    encoder: EncoderRanks = EncoderRanks()
    decoder: DecoderRanks = DecoderRanks()

    @property
    def ranks(self) -> dict[str, int]:
        """Rank of each group of layers, by the names of `wesam_packshot.sam.lora_layers.GROUPS`."""
        parts = self.model_dump(include={"encoder", "decoder"}).items()
        groups = ((part, group, rank) for part, ranks in parts for group, rank in ranks.items())
        return {f"{part}.{group}": rank for part, group, rank in groups if group != "scale"}

    @property
    def scales(self) -> dict[str, float]:
        """Factor of each group of layers."""
        return {group: getattr(self, group.partition(".")[0]).scale for group in self.ranks}


class WarmupConfig(Section):
    """The first, short training of the decoder alone."""

    epochs: int = Field(8, ge=0, le=10_000)
    images: int = Field(64, ge=1, le=100_000)
    batch_size: Batch = 4
    lr: LearningRate = 1e-3


class TrainConfig(Section):
    """Steps, batches, learning rates, device and checkpoints."""

    epochs: Passes = 1.8
    min_steps: Count = 48
    max_steps: Count = 2000
    batch_size: Batch = 2
    lr_encoder: LearningRate = 5e-4
    lr_decoder: LearningRate = 5e-4
    lr_branch: LearningRate = 1e-3
    weight_decay: float = Field(1e-4, ge=0, le=1)
    clip_norm: float = Field(1.0, gt=0, le=1e6)
    warmup_steps: Count = 10
    seed: int = Field(0, ge=0, lt=2**32)  # numpy's seeds have 32 bits
    device: str = "auto"
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    checkpointing: bool = False
    log_every: PositiveCount = 5
    checkpoint_every: PositiveCount = 50


class TeacherConfig(Section):
    """The student's moving average, and how far it corrects the labels."""

    decay: Share = 0.98
    trust: Share = 0.5
    prompt: Literal["box", "points", "mask"] = "box"


class SelectionConfig(Section):
    """The checks without labels that choose which adapter is kept."""

    every: Count = 50
    photos: PositiveCount = 8
    patience: Count = 0


class PromptsConfig(Section):
    """How the student is prompted."""

    whole: Weight = 0.7
    box: Weight = 0.1
    point: Weight = 0.1
    coarse: Weight = 0.1

    @model_validator(mode="after")
    def _some(self) -> "PromptsConfig":
        if not any(self.model_dump().values()):
            raise ValueError("one kind of prompt must be above 0")
        return self

    @property
    def shares(self) -> dict[PromptKind, float]:
        """How often each kind is drawn; they sum to 1."""
        values: dict[PromptKind, float] = {kind: getattr(self, kind) for kind in PROMPT_KINDS}
        total = sum(values.values())
        return {kind: value / total for kind, value in values.items()}

    @property
    def main(self) -> PromptKind:
        """The kind that is drawn most often."""
        return max(self.shares, key=lambda kind: self.shares[kind])


class CompositesConfig(Section):
    """Synthetic composites of cut-outs, whose masks are known."""

    share: Share = 0.5
    min_confidence: Share = 0.9
    min_steps: Count = 100


class LabelledConfig(Section):
    """Photos or renders with true masks that are learnt from as well."""

    path: AnyPath | None = None
    share: Share = 0.5


class ViewsConfig(Section):
    """How the photos are changed before the student sees them."""

    flip: Share = 0.5
    crop: Share = 0.5
    box_jitter: Share = 0.03
    strong: Share = 0.5
    brightness: Share = 0.2
    contrast: Share = 0.2
    saturation: Share = 0.2
    hue: Annotated[float, Field(ge=0, le=0.5)] = 0.02
    grey: Share = 0.1
    blur: Share = 0.2
    noise: Share = 0.2
    shadow: Share = 0.2


class LossConfig(Section):
    """Weights of the losses."""

    focal: Weight = 20.0
    focal_gamma: float = Field(2.0, ge=0, le=100)
    dice: Weight = 1.0
    anchor: Weight = 0.5
    contrastive: Weight = 0.02
    colour: Weight = 0.2
    fine: Weight = 1.0
    layers: Weight = 0.5
    boundary: Weight = 0.0
    temperature: float = Field(0.3, ge=0.01, le=100)  # CLIP bounds its own at 0.01 (arXiv 2103.00020)


class TrackingConfig(Section):
    """Weights & Biases."""

    mode: Literal["auto", "offline", "online", "disabled"] = "auto"
    project: str = "wesam-packshot"
    entity: str | None = None
    group: str | None = None
    tags: tuple[str, ...] = ()
    timeout: int = Field(30, ge=1, le=86_400)


class Config(Section):
    """Everything that a run depends on; see `configs/weak.yaml`."""

    model: ModelConfig = ModelConfig()
    data: DataConfig = DataConfig()
    pseudolabel: PseudolabelConfig = PseudolabelConfig()
    adapter: AdapterConfig = AdapterConfig()
    warmup: WarmupConfig = WarmupConfig()
    train: TrainConfig = TrainConfig()
    teacher: TeacherConfig = TeacherConfig()
    selection: SelectionConfig = SelectionConfig()
    prompts: PromptsConfig = PromptsConfig()
    composites: CompositesConfig = CompositesConfig()
    labelled: LabelledConfig = LabelledConfig()
    views: ViewsConfig = ViewsConfig()
    loss: LossConfig = LossConfig()
    tracking: TrackingConfig = TrackingConfig()
    output: AnyPath | None = None

"""Every setting, with its type and default.

The defaults here are those of `configs/weak.yaml`, which explains every key; a test keeps the two equal.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveInt,
    model_validator,
)

Share = Annotated[float, Field(ge=0, le=1)]
PartName = Literal["inversion", "reprompting", "view", "zoom", "snapping", "holes", "reflection"]
PromptKind = Literal["whole", "box", "point", "coarse"]
PROMPT_KINDS: tuple[PromptKind, ...] = ("whole", "box", "point", "coarse")
ModelName = Literal["mobile_sam", "sam_vit_b", "sam_vit_l", "sam_vit_h"]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class ModelConfig(Section):
    name: ModelName = "mobile_sam"
    weights: Path | None = None
    weights_sha256: str | None = None


class DataConfig(Section):
    path: Path | None = None
    limit: NonNegativeInt = 0
    max_megapixels: float = Field(100.0, gt=0)
    workers: NonNegativeInt = 0
    cache_mb: NonNegativeInt = 4000
    instances: Literal["joined", "separate"] = "joined"
    prompts_from_masks: Literal["box", "point", "coarse"] | None = None


class PseudolabelConfig(Section):
    source: Literal["anchor", "masks"] = "anchor"
    min_confidence: Share = 0.3
    use_prompts: bool = True
    shadow: Literal["drop", "keep", "separate"] = "drop"
    without: tuple[PartName, ...] = ()


class EncoderRanks(Section):
    attention: NonNegativeInt = 8
    query_value: NonNegativeInt = 0
    mlp: NonNegativeInt = 8
    convolutions: NonNegativeInt = 0
    neck: NonNegativeInt = 8
    scale: NonNegativeFloat = 1.0


class DecoderRanks(Section):
    attention: NonNegativeInt = 8
    mlp: NonNegativeInt = 8
    hypernetworks: NonNegativeInt = 8
    scale: NonNegativeFloat = 1.0


class AdapterConfig(Section):
    encoder: EncoderRanks = EncoderRanks()
    decoder: DecoderRanks = DecoderRanks()

    @property
    def ranks(self) -> dict[str, int]:
        """Rank of each group of layers, by the names of `wesam_packshot.sam.lora.GROUPS`."""
        groups = ((part, group, rank) for part, ranks in self.model_dump().items() for group, rank in ranks.items())
        return {f"{part}.{group}": rank for part, group, rank in groups if group != "scale"}

    @property
    def scales(self) -> dict[str, float]:
        """Factor of each group of layers."""
        return {group: getattr(self, group.partition(".")[0]).scale for group in self.ranks}


class WarmupConfig(Section):
    epochs: NonNegativeInt = 8
    images: PositiveInt = 64
    batch_size: PositiveInt = 4
    lr: float = Field(1e-3, gt=0)


class TrainConfig(Section):
    epochs: float = Field(1.8, gt=0)
    min_steps: NonNegativeInt = 48
    max_steps: NonNegativeInt = 2000
    batch_size: PositiveInt = 2
    lr_encoder: float = Field(5e-4, gt=0)
    lr_decoder: float = Field(5e-4, gt=0)
    weight_decay: NonNegativeFloat = 1e-4
    clip_norm: float = Field(1.0, gt=0)
    warmup_steps: NonNegativeInt = 10
    seed: NonNegativeInt = 0
    device: str = "auto"
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    checkpointing: bool = False
    log_every: PositiveInt = 5
    checkpoint_every: PositiveInt = 50


class TeacherConfig(Section):
    decay: Share = 0.98
    trust: Share = 0.5
    prompt: Literal["box", "points", "mask"] = "box"


class SelectionConfig(Section):
    every: NonNegativeInt = 50
    photos: PositiveInt = 8
    patience: NonNegativeInt = 0


class PromptsConfig(Section):
    whole: NonNegativeFloat = 0.7
    box: NonNegativeFloat = 0.1
    point: NonNegativeFloat = 0.1
    coarse: NonNegativeFloat = 0.1

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


class ScenesConfig(Section):
    share: Share = 0.5
    min_confidence: Share = 0.9
    min_steps: NonNegativeInt = 100


class ViewsConfig(Section):
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
    focal: NonNegativeFloat = 20.0
    focal_gamma: NonNegativeFloat = 2.0
    dice: NonNegativeFloat = 1.0
    anchor: NonNegativeFloat = 0.5
    contrastive: NonNegativeFloat = 0.02
    colour: NonNegativeFloat = 0.2
    boundary: NonNegativeFloat = 0.0
    temperature: float = Field(0.3, gt=0)


class TrackingConfig(Section):
    mode: Literal["auto", "offline", "online", "disabled"] = "auto"
    project: str = "wesam-packshot"
    entity: str | None = None
    group: str | None = None
    tags: tuple[str, ...] = ()
    timeout: PositiveInt = 30


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
    scenes: ScenesConfig = ScenesConfig()
    views: ViewsConfig = ViewsConfig()
    loss: LossConfig = LossConfig()
    tracking: TrackingConfig = TrackingConfig()
    output: Path | None = None

"""Checks during training: which adapter is kept, when the teacher is used, when to stop."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save

from wesam_packshot.adaptation.agreement import Agreement, adapter_agreement, choose_validation_photos, label_agreement
from wesam_packshot.adaptation.store import LabelStore, StoredLabel
from wesam_packshot.config import Config
from wesam_packshot.files.atomic import write_bytes
from wesam_packshot.sam.lora import load_lora_state, lora_state
from wesam_packshot.sam.model import SegmentAnything


@dataclass(frozen=True)
class SelectorState:
    """What the checks have found so far; every checkpoint remembers it.

    Attributes:
        teach: whether the teacher has become better than the pseudo-masks.
        best_score, best_step: of the adapter to keep.
        idle: checks since then.
    """

    teach: bool = False
    best_score: float = -1.0
    best_step: int = 0
    idle: int = 0

    def after(self, step: int, teacher: Agreement, labels: Agreement) -> "SelectorState":
        """The state after one more check."""
        teach = self.teach or teacher.beats(labels)
        if teacher.score > self.best_score:
            return SelectorState(teach, teacher.score, step)
        return replace(self, teach=teach, idle=self.idle + 1)


class CheckpointSelector:
    """Measures the teacher, whose weights become the adapter, on a few photos without labels.

    Args:
        file: where the best weights are kept.
        log: receives a row per check.
    """

    def __init__(
        self,
        sam: SegmentAnything,
        labels: Sequence[StoredLabel],
        store: LabelStore,
        config: Config,
        file: Path,
        log: Callable[[dict[str, Any]], None],
    ) -> None:
        self.sam = sam
        self.config = config
        self.file = file
        self.log = log
        self.validation = choose_validation_photos(sam, labels, store, config) if config.selection.every else []
        self.labels = label_agreement(sam, self.validation, config)

    def due(self, step: int, steps: int) -> bool:
        """Whether to check before step `step` of `steps`; the end is checked always."""
        every = self.config.selection.every
        return bool(self.validation) and (step == steps or step % every == 0)

    def check(self, step: int, state: SelectorState) -> SelectorState:
        """Measure, keep the weights if they are the best so far, log."""
        teacher = adapter_agreement(self.sam, "teacher", self.validation, self.config)
        state = state.after(step, teacher, self.labels)
        if state.best_step == step:
            write_bytes(self.file, save(lora_state(self.sam, "teacher")))
        row = {"stage": "selection", "step": step, "score": teacher.score} | asdict(teacher)
        row |= {f"pseudo_masks_{name}": value for name, value in asdict(self.labels).items()}
        self.log(row | {"teach": state.teach, "best_step": state.best_step})
        return state

    def stops(self, state: SelectorState) -> bool:
        """Whether nothing has become better for `selection.patience` checks."""
        patience = self.config.selection.patience
        return patience > 0 and state.idle >= patience

    def restore_best(self) -> None:
        """The best weights into the teacher; without checks it stays as it is."""
        if self.validation:
            load_lora_state(self.sam, "teacher", load_file(self.file))

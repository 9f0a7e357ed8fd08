"""Training samples: a view of a photo, a composite or a labelled example, its target, and the prompts of both sides.

Everything random about the n-th visit to a photo follows from the seed and n alone, so that a run can be resumed
at any visit and data workers change nothing.
"""

import logging
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, TypeVar

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor
from torch.utils.data import Dataset

from wesam_packshot.adaptation.labelled import labelled_records, read_example
from wesam_packshot.adaptation.photos import NoPhotoLeftError, read_labelled
from wesam_packshot.adaptation.prompting import draw_prompt, draw_teacher_prompt
from wesam_packshot.adaptation.schedule import number_of_steps
from wesam_packshot.adaptation.store import LabelStore, StoredLabel
from wesam_packshot.adaptation.views import View, composite_view, photo_view
from wesam_packshot.config import Config, PromptKind, PromptsConfig
from wesam_packshot.errors import UserError
from wesam_packshot.io.records import Record
from wesam_packshot.sam.frame import Frame, pad_to_frame, resize_to_frame
from wesam_packshot.sam.high_resolution import SIDE
from wesam_packshot.sam.model import LOW_RES, PromptTensors
from wesam_packshot.sam.prompts import prompt_tensors, stack

log = logging.getLogger(__name__)

# Visits to a photo whose mask a person has made, for one to another: chosen, not measured.
CORRECTED = 4

T = TypeVar("T")
Sampler = Callable[[T, PromptKind, np.random.Generator], "Batch"]


@dataclass(frozen=True)
class Batch:
    """Samples of several photos.

    Attributes:
        images: weak views or composites, padded, 0 to 255, (batch, 3, 1024, 1024).
        valid: whether it is the photo, or the padding, (batch, 1024, 1024).
        target: share of product, low-res, (batch, 256, 256).
        weight: trust per pixel, 0 on the padding, low-res.
        valid_low_res: the same, low-res.
        colour: what colour alone is sure of: 1 product, -1 backdrop, shadow or reflection, 0 unknown, low-res.
        fine_target, fine_weight: target and trust for the high-resolution branch, (batch, 512, 512); of
            pseudo-masks, which close holes and miss thin parts, it trusts nothing.
        layers: shares of shadow, reflection and transparency, in 255ths, (batch, 3, 512, 512).
        layers_known: 1 where there are any, (batch,).
        confidence: in each target, (batch,).
        exact: 1 for composites and labelled examples, whose target is true, 0 for photos, (batch,).
        product: the anchor's prototypes of the products, (batch, 256); zeros where there is none: in labelled examples,
            and in composites that show another product.
        background, shadow: the same of the photos' backgrounds, and of their shadows.
        student_prompt: the whole image, or less often another prompt.
        teacher_prompt: where the product is.
    """

    images: UInt8[Tensor, "batch 3 1024 1024"]
    valid: Bool[Tensor, "batch 1024 1024"]
    target: Float[Tensor, "batch 256 256"]
    weight: Float[Tensor, "batch 256 256"]
    valid_low_res: Float[Tensor, "batch 256 256"]
    colour: Float[Tensor, "batch 256 256"]
    fine_target: Float[Tensor, "batch 512 512"]
    fine_weight: Float[Tensor, "batch 512 512"]
    layers: UInt8[Tensor, "batch 3 512 512"]
    layers_known: Float[Tensor, "batch"]
    confidence: Float[Tensor, "batch"]
    exact: Float[Tensor, "batch"]
    product: Float[Tensor, "batch dim"]
    background: Float[Tensor, "batch dim"]
    shadow: Float[Tensor, "batch dim"]
    student_prompt: PromptTensors
    teacher_prompt: PromptTensors

    def to(self, device: torch.device) -> "Batch":
        """On another device; without waiting for it, where the memory is pinned."""
        moved: dict[str, Any] = {name: value.to(device, non_blocking=True) for name, value in vars(self).items()}
        return Batch(**moved)

    def pin_memory(self) -> "Batch":
        """In memory from which a GPU copies by itself; the loader asks for it."""
        pinned: dict[str, Any] = {name: value.pin_memory() for name, value in vars(self).items()}
        return Batch(**pinned)

    def select(self, chosen: Int[Tensor, "some"]) -> "Batch":
        """Some of the images."""
        selected: dict[str, Any] = {name: value[chosen] for name, value in vars(self).items()}
        return Batch(**selected)


class TrainingDataset(Dataset[Batch]):
    """The n-th visit to a photo of the run, as a batch of one; each epoch visits every photo in a new order.

    In place of a photo that is gone, or replaced since it was labelled, the next one is visited. A share of the visits
    goes to examples with true masks instead, as the configuration says.
    """

    def __init__(self, labels: Sequence[StoredLabel], store: LabelStore, config: Config) -> None:
        self.labels = labels
        self.store = store
        self.config = config
        long_enough = number_of_steps(config.train, len(labels)) >= config.composites.min_steps
        self.composites = config.composites.share if long_enough else 0.0
        corrected = [label for label in labels if label.record.corrected]
        self.visited = [*labels, *corrected * (CORRECTED - 1)]
        self.examples = labelled_records(config.labelled)
        self.missed: set[int] = set()  # items that a warning has named

    def __getitem__(self, visit: int) -> Batch:
        seed = self.config.train.seed
        # prompts of one kind have the same number of points, and can share a batch
        kind = draw_kind(self.config.prompts, np.random.default_rng([seed, 5, visit // self.config.train.batch_size]))
        if self.examples and np.random.default_rng([seed, 6, visit]).random() < self.config.labelled.share:
            example = self._first(visit, kind, self.examples, self.example)
            if example is not None:
                return example
        found = self._first(visit, kind, self.visited, self.sample)
        if found is None:
            raise NoPhotoLeftError
        return found

    def _first(self, visit: int, kind: PromptKind, items: Sequence[T], sample: Sampler[T]) -> Batch | None:
        """The sample of the item whose turn it is, or of the next that can be read; None where there is none."""
        epoch, position = divmod(visit, len(items))
        order = np.random.default_rng([self.config.train.seed, 1, epoch]).permutation(len(items))
        for index in np.roll(order, -position):
            item = items[index]
            try:
                return sample(item, kind, np.random.default_rng([self.config.train.seed, 2, visit]))
            except UserError as error:
                if id(item) not in self.missed:
                    log.warning("%s", error)
                self.missed.add(id(item))
        return None

    def sample(self, label: StoredLabel, kind: PromptKind, generator: np.random.Generator) -> Batch:
        """A view of one photo, or a composite with its product, drawn from `generator`; of one whose mask a person
        has settled, an example.

        Raises:
            UserError: see `read_labelled` and `read_example`.
        """
        config = self.config
        if label.record.settled:
            return self.example(replace(label.record, mask_file=label.record.settled), kind, generator)
        image = read_labelled(label, config.data.max_megapixels)
        probability, weight, _, colour = np.moveaxis(self.store.read_maps(label.record.id), -1, 0)
        photo = View(image, probability, weight, colour, label.box)
        drawn = generator.random() < self.composites and label.confidence >= config.composites.min_confidence
        composite = composite_view(photo, generator) if drawn else None
        view = composite or photo_view(photo, config.views, generator)
        prototypes = torch.stack([label.product * view.own, label.background, label.shadow])
        return self._batch(view, kind, generator, label.confidence, composite is not None, prototypes)

    def example(self, record: Record, kind: PromptKind, generator: np.random.Generator) -> Batch:
        """A view of an example whose mask is known.

        Raises:
            UserError: see `read_example`.
        """
        view = photo_view(read_example(record, self.config.data.max_megapixels), self.config.views, generator)
        return self._batch(view, kind, generator, 1.0, True, torch.zeros(3, self.labels[0].product.shape[0]))

    def _batch(
        self,
        view: View,
        kind: PromptKind,
        generator: np.random.Generator,
        confidence: float,
        exact: bool,
        prototypes: Float[Tensor, "3 dim"],
    ) -> Batch:
        config, frame = self.config, Frame(*view.image.shape[:2])
        target, weights, colours = (
            frame.from_image(torch.from_numpy(np.ascontiguousarray(values)), LOW_RES)
            for values in (view.probability, view.weight, view.colour)
        )
        fine_target, fine_weight = (
            frame.from_image(torch.from_numpy(np.ascontiguousarray(values)), SIDE)
            for values in (view.probability, view.weight)
        )
        layers = torch.zeros(3, SIDE, SIDE, dtype=torch.uint8)
        if view.layers is not None:
            for number, values in enumerate(np.moveaxis(view.layers, -1, 0)):
                framed = frame.from_image(torch.from_numpy(np.ascontiguousarray(values)), SIDE)
                layers[number] = (255 * framed).round()
        inside = frame.valid_mask(LOW_RES)
        student = draw_prompt(kind, view.probability, frame, config.views.box_jitter, generator)
        teacher = draw_teacher_prompt(config.teacher.prompt, view.probability, view.box, frame)
        product, background, shadow = prototypes[:, None]
        return Batch(
            images=pad_to_frame(resize_to_frame(np.ascontiguousarray(view.image)))[None],
            valid=frame.valid_mask()[None].bool(),
            target=target[None],
            weight=(weights * inside)[None],
            valid_low_res=inside[None],
            colour=colours[None],
            fine_target=fine_target[None],
            fine_weight=(fine_weight * frame.valid_mask(SIDE) * float(exact))[None],
            layers=layers[None],
            layers_known=torch.tensor([float(view.layers is not None)]),
            confidence=torch.tensor([confidence], dtype=torch.float32),
            exact=torch.tensor([float(exact)]),
            product=product,
            background=background,
            shadow=shadow,
            student_prompt=prompt_tensors([student], frame),
            teacher_prompt=prompt_tensors([teacher], frame),
        )


def draw_kind(prompts: PromptsConfig, generator: np.random.Generator) -> PromptKind:
    """A kind of prompt, as often as the configuration says."""
    shares = prompts.shares
    return list(shares)[generator.choice(len(shares), p=list(shares.values()))]


def collate(samples: Sequence[Batch]) -> Batch:
    """Batches of one photo each, put together."""
    joined: dict[str, Any] = {
        name: stack([getattr(sample, name) for sample in samples])
        if isinstance(value, PromptTensors)
        else torch.cat([getattr(sample, name) for sample in samples])
        for name, value in vars(samples[0]).items()
    }
    return Batch(**joined)


def end_quietly(_: int) -> None:
    """Have a data worker leave it to the command to end upon a signal, and to tell that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.excepthook = _tell


def _tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Tell of an error, but for the command's having gone while a tensor was on its way to it."""
    if not issubclass(kind, ConnectionError | EOFError):
        sys.__excepthook__(kind, error, trace)

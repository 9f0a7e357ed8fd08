"""What models answer to the prompts of one photo, in the order that they were drawn."""

from collections.abc import Sequence

from wesam_packshot.arrays import Rgb
from wesam_packshot.io.prompt_file import PromptSpec
from wesam_packshot.pseudolabel.candidates import is_inverted
from wesam_packshot.sam.features import ImageFeatures
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.prompts import Prompt, whole_image
from wesam_packshot.segment.clicks import refine_by_click
from wesam_packshot.segment.refinement import Logits
from wesam_packshot.segment.segmenter import Segmenter

# Answers that a session keeps, of all models together, so that undoing asks nothing; each is 1 MB at most.
KEPT = 16


class Answers:
    """The photo's features by each model, computed once, and the latest answers.

    Args:
        image: the photo, or as much of it as SAM sees.
        frame: of the photo, in whose pixels the prompts are.
    """

    def __init__(self, image: Rgb, frame: Frame) -> None:
        self.image = image
        self.frame = frame
        self._features: dict[Segmenter, ImageFeatures] = {}
        self._answers: dict[tuple[Segmenter, tuple[PromptSpec, ...]], Logits] = {}  # the latest last

    def __len__(self) -> int:
        return len(self._answers)

    def to(self, segmenter: Segmenter, steps: tuple[PromptSpec, ...]) -> Logits:
        """Finest logits under all prompts, without padding: a click refines the one before it, a box begins anew.

        So does a click on an answer that took the background for the product: there is nothing in it to keep.
        """
        if segmenter not in self._features:
            self._features[segmenter] = segmenter.embed(self.image)
        first = len(steps)
        while (segmenter, steps[:first]) not in self._answers and ends_in_click(steps[:first]):
            first -= 1
        found = self._answers.get((segmenter, steps[:first]))
        for count in range(first if found is None else first + 1, len(steps) + 1):
            found = self._next(segmenter, steps[:count], found)
            self._answers[segmenter, steps[:count]] = found
            if len(self._answers) > KEPT:
                del self._answers[next(iter(self._answers))]
        assert found is not None
        return found

    def _next(self, segmenter: Segmenter, steps: tuple[PromptSpec, ...], earlier: Logits | None) -> Logits:
        """The answer to some prompts, from that to all but the last; None for a box or no prompt."""
        frame, features = self.frame, self._features[segmenter]
        if earlier is None or (is_inverted(earlier) and not any(step.box for step in steps)):
            return segmenter.decode(features, asked(steps, frame), frame).finest_logits(0, 0)
        clicks = [(step.points[0], step.labels[0]) for step in steps if step.points]
        return refine_by_click(segmenter, features, frame, earlier, clicks)


def ends_in_click(steps: Sequence[PromptSpec]) -> bool:
    """Whether the last prompt is a click."""
    return bool(steps) and steps[-1].box is None


def joined(steps: Sequence[PromptSpec]) -> PromptSpec:
    """All prompts as one, with the latest box."""
    boxes = [step.box for step in steps if step.box]
    return PromptSpec(
        box=boxes[-1] if boxes else None,
        points=tuple(point for step in steps for point in step.points),
        labels=tuple(label for step in steps for label in step.labels),
    )


def asked(steps: Sequence[PromptSpec], frame: Frame) -> list[Prompt]:
    """All prompts as one; points that are all off the product say what to leave out of the whole image's answer."""
    if not steps:
        return []
    spec = joined(steps)
    box = spec.box if spec.box or any(spec.labels) else whole_image(frame).box
    return [Prompt(box, spec.points, spec.labels)]

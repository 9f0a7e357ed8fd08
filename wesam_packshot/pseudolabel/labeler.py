"""From a photo to a pseudo-mask with a confidence, without a label and without training."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.masks.binary import bounding_box
from wesam_packshot.masks.window import Window, resample, scaled, shrink
from wesam_packshot.priors import colour_evidence, find_cues, fit_to_cues, region_of_points, seen_through
from wesam_packshot.pseudolabel.box_region import coloured_candidate
from wesam_packshot.pseudolabel.calibration import ADAPTED, PUBLISHED, confidence_features
from wesam_packshot.pseudolabel.candidates import Candidate, encode_image
from wesam_packshot.pseudolabel.coarse_pass import CoarsePass, coarse_pass
from wesam_packshot.pseudolabel.encoded_views import EncodedViews
from wesam_packshot.pseudolabel.finishing import finish
from wesam_packshot.pseudolabel.label import WORKING_SIDE, PseudoLabel, join_labels, layers_beside
from wesam_packshot.pseudolabel.second_pass import adapted_passes
from wesam_packshot.pseudolabel.stages import Stages
from wesam_packshot.pseudolabel.zoom_in import cut_candidate, window_around, zoom_in
from wesam_packshot.sam.features import ImageFeatures
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.lora import is_adapted
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.prompts import Prompt

# Products of less or more than these shares of the picture are mistakes, not products.
SMALLEST_SHARE = 0.001
LARGEST_SHARE = 0.97
# What looks like the user's points, and fills more than this share of the picture, is taken for backdrop.
LARGEST_REGION = 0.9
# A picture of which more than this share is sure to be backdrop shows nothing else.
BARE_SHARE = 0.999


@dataclass(frozen=True)
class Draft:
    """What SAM says of one photo; the rest needs no model, and may be done elsewhere.

    Attributes:
        image: the photo.
        prompt: the user's, or None.
        first: the look at the whole photo.
        window: where `finalists` are compared, in its low-res pixels.
        finalists: candidates of the coarse pass and of the closer one.
        coloured: what colours alone say of a user's box, where that is better than SAM's.
        adapted: whether the finalists are of an adapted model; the first of them is taken then.
    """

    image: Rgb
    prompt: Prompt | None
    first: CoarsePass
    window: Window
    finalists: list[Candidate]
    coloured: Candidate | None = None
    adapted: bool = False


class PseudoLabeler:
    """Labels photos with a frozen anchor and the colour priors.

    Args:
        sam: the anchor: the model with its LoRAs off, or with an adapter switched on that has learnt to return the
            product under the whole-image box.
        min_confidence: labels below it abstain.
        disabled_stages: names of `Stages` to leave out.
    """

    def __init__(
        self, sam: SegmentAnything, min_confidence: float = 0.3, disabled_stages: Collection[str] = ()
    ) -> None:
        self.sam = sam
        self.min_confidence = min_confidence
        self.stages = Stages.all_but(disabled_stages)

    def embed(self, image: Rgb) -> ImageFeatures:
        """The anchor's features of a photo, which `label` accepts so that they are computed once."""
        return encode_image(self.sam, image)

    def label(self, image: Rgb, features: ImageFeatures | None = None, prompt: Prompt | None = None) -> PseudoLabel:
        """Pseudo-mask of one photo, from the whole-image box or from a user's prompt."""
        return self.complete(self.draft(EncodedViews(self.embed, image, features), prompt))

    def label_all(self, image: Rgb, prompts: Sequence[Prompt], features: ImageFeatures | None = None) -> PseudoLabel:
        """One pseudo-mask of several instances, each under its prompt; without prompts, of the whole image."""
        return self.complete_all(self.draft_all(image, prompts, features))

    def draft_all(self, image: Rgb, prompts: Sequence[Prompt], features: ImageFeatures | None = None) -> list[Draft]:
        """All that a photo needs SAM for; each view of it is encoded once."""
        views = EncodedViews(self.embed, image, features)
        return [self.draft(views, prompt) for prompt in prompts or (None,)]

    def complete_all(self, drafts: Sequence[Draft]) -> PseudoLabel:
        """One label of a photo's drafts, see `label_all`."""
        labels = [self.complete(draft) for draft in drafts]
        return join_labels(labels, drafts[0].image, drafts[0].first.backdrop)

    def draft(self, views: EncodedViews, prompt: Prompt | None) -> Draft:
        """Look at the whole photo, and then closer."""
        image, frame = views.image, views.frame
        if prompt is None and is_adapted(self.sam) and (passes := adapted_passes(self.sam, views, self.stages.zoom)):
            return Draft(image, None, *passes, adapted=True)
        tight = prompt.box if prompt else None
        prompt = prompt and with_box(prompt, image)
        first = coarse_pass(self.sam, views, prompt, self.stages)
        window, finalists = Window.whole(frame), first.chosen
        if self.stages.zoom:
            window = window_around([item.mask for item in first.chosen], first.backdrop, frame)
            earlier = [cut_candidate(item, window) for item in first.chosen]
            finalists = [*earlier, *zoom_in(self.sam, views, window, earlier, prompt)]
        # on a plain backdrop, whose colours are known everywhere, the cues say more
        coloured = coloured_candidate(image, window, tight, finalists) if tight and not first.backdrop.plain else None
        return Draft(image, prompt, first, window, finalists, coloured)

    def complete(self, draft: Draft) -> PseudoLabel:
        """Choose, finish, and judge."""
        image, first, window = draft.image, draft.first, draft.window
        size = Frame(*image.shape[:2]).scaled_size(WORKING_SIDE)
        seen = seen_through(first.backdrop, shrink(window.cut(image), draft.finalists[0].mask.shape), window.region)
        cues = find_cues(seen)
        chosen = draft.finalists[0]
        if not draft.adapted:
            chosen = draft.coloured or max(draft.finalists, key=lambda item: fit_to_cues(item.mask, cues))
        finished = finish(image, window, seen, chosen, draft.finalists, self.stages)
        signs = confidence_features(chosen, draft.finalists, finished, seen, cues)
        trusted = (ADAPTED if draft.adapted else PUBLISHED).confidence(signs)
        probability = window.paste_map(finished.probability, size, 0.0)
        bare = float(colour_evidence(first.backdrop).backdrop.mean()) > BARE_SHARE and draft.prompt is None
        area, box = float((probability > 0.5).mean()), bounding_box(finished.probability > 0.5)
        reflection = window.paste_map(finished.reflection.astype(np.float32), size, 0.0) > 0.5
        shadow, colour = layers_beside(image, first.backdrop, probability > 0.5, reflection)
        return PseudoLabel(
            window=window,
            detail=finished.probability,
            probability=probability,
            weight=window.paste_map(finished.weight, size, 1.0),
            anchor=expit(resample(first.chosen[0].logits if draft.adapted else first.whole[0], size)),
            shadow=shadow,
            reflection=reflection,
            colour=colour,
            signs=signs,
            confidence=trusted,
            inverted=first.inverted,
            box=None if box is None else window.to_photo(scaled(box, finished.probability.shape, window.frame)),
            reason=self._reason(0.0 if bare else area, trusted, draft.prompt is not None),
        )

    def _reason(self, area: float, trust: float, asked: bool) -> str:
        if area < SMALLEST_SHARE:
            return "no product found"
        if area > LARGEST_SHARE and not asked:
            return "the mask fills the picture"
        if trust < self.min_confidence:
            return f"confidence {trust:.2f} is below {self.min_confidence:.2f}"
        return ""


def with_box(prompt: Prompt, image: Rgb) -> Prompt:
    """A prompt that has no box, with one: around its mask, or around what looks like its points.

    Of a mask alone SAM makes little, and a point alone it may take for a part of a part.
    """
    frame = Frame(*image.shape[:2])
    size = frame.low_res_size
    if prompt.box:
        return prompt
    if prompt.mask is not None:
        region: Mask = (prompt.mask > 0).numpy()[: size[0], : size[1]]
    else:
        scale = np.array([size[1] / frame.width, size[0] / frame.height])
        on = [point for point, label in zip(prompt.points, prompt.labels, strict=True) if label]
        region = region_of_points(shrink(image, size), [(x, y) for x, y in np.array(on).reshape(-1, 2) * scale])
        if not SMALLEST_SHARE < region.mean() < LARGEST_REGION:
            return prompt
    box = bounding_box(region)
    return replace(prompt, box=scaled(box, size, frame)) if box else prompt

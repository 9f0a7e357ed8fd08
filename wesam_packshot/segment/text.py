"""Words as a prompt: masks of everything mode, ranked by a CLIP (arXiv 2103.00020).

Each mask's rectangle is shown to CLIP with everything else in grey, and what is likest to the words comes first, as
in the SAM paper's free-form text prompts (arXiv 2304.02643, appendix D.5), but with SAM's weights as they are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor
from torch.nn.functional import normalize

from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.errors import UserError, first_line
from wesam_packshot.masks.binary import bounding_box

GREY = 128
# Room around a mask's rectangle, as a share of its longer side: CLIP knows things in surroundings.
MARGIN = 0.1
BATCH = 32


@dataclass(frozen=True)
class Clip:
    """A CLIP: pictures and words to vectors whose cosine tells how well they fit.

    Attributes:
        model: has `encode_image`, `encode_text` and `logit_scale`, as those of open_clip.
        transform: a PIL picture to the model's input, (3, height, width).
        tokenize: words to the model's tokens, (texts, tokens).
    """

    model: Any
    transform: Callable[[Image.Image], Tensor]
    tokenize: Callable[[list[str]], Tensor]

    @torch.no_grad()
    def similarity(self, pictures: Sequence[Rgb], text: str) -> Float[Tensor, "pictures"]:
        """Scaled cosine of each picture with the words, as CLIP was trained; higher is better."""
        words = normalize(self.model.encode_text(self.tokenize([text])).float(), dim=-1)
        parts = []
        for start in range(0, len(pictures), BATCH):
            batch = torch.stack([self.transform(Image.fromarray(one)) for one in pictures[start : start + BATCH]])
            parts.append(normalize(self.model.encode_image(batch).float(), dim=-1) @ words[0])
        return self.model.logit_scale.exp() * torch.cat(parts) if parts else torch.zeros(0)


def load_clip(name: str, weights: str) -> Clip:
    """A CLIP of open_clip.

    Args:
        name: architecture, such as "ViT-B-32".
        weights: a checkpoint's path, or open_clip's name of one to be fetched.

    Raises:
        UserError: when open_clip is missing, does not know the model, or its weights cannot be had.
    """
    try:
        import open_clip
    except ImportError as error:
        raise UserError("--text needs open_clip; run: uv pip install -e '.[text]'") from error
    if name not in open_clip.list_models():
        raise UserError(f"--clip {name}: open_clip knows no such model; take ViT-B-32")
    known = {tag for model, tag in open_clip.list_pretrained() if model == name}
    if weights not in known and not Path(weights).is_file():
        raise UserError(f"--clip-weights {weights}: no such file; give a checkpoint of {name}, or {sorted(known)[0]}")
    try:
        model, _, transform = open_clip.create_model_and_transforms(name, pretrained=weights)
    except Exception as error:  # of the hub, the network, or a damaged file, each with exceptions of its own
        reason = first_line(error)
        raise UserError(
            f"CLIP's weights {weights} cannot be had ({reason}); fetch a checkpoint of {name} elsewhere and give it "
            "with --clip-weights FILE"
        ) from error
    return Clip(model.eval(), transform, open_clip.get_tokenizer(name))


def rank(clip: Clip, image: Rgb, masks: Sequence[Mask], text: str) -> Float[np.ndarray, "masks"]:
    """How much likelier each mask is than the others to be what the words say; sums to 1."""
    likeness = clip.similarity([alone(image, mask) for mask in masks], text)
    return likeness.softmax(0).numpy()


def alone(image: Rgb, mask: Mask) -> Rgb:
    """A mask's rectangle with a margin, and everything but the mask in grey; one grey pixel of an empty mask."""
    box = bounding_box(mask)
    if box is None:
        return np.full((1, 1, 3), GREY, np.uint8)
    edge = round(MARGIN * max(box[2] - box[0], box[3] - box[1]))
    rows = slice(max(0, box[1] - edge), box[3] + edge)
    columns = slice(max(0, box[0] - edge), box[2] + edge)
    return np.where(mask[rows, columns, None], image[rows, columns], np.uint8(GREY))

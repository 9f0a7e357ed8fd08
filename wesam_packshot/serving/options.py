"""What may be asked of a photo: options by name, as they come in a request's address or form."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wesam_packshot.batch.outputs import ShadowPolicy, parse_colour
from wesam_packshot.errors import UsageError, printable
from wesam_packshot.io.prompt_file import PromptSpec
from wesam_packshot.io.prompt_text import as_prompts, parse_box, parse_points, split
from wesam_packshot.segment.refinement import Refine

Format = Literal["png", "webp", "json", "mask"]
# Points and boxes of a request; each box is decoded by itself.
MOST_PROMPTS = 64
# Characters of a wrong value that are quoted.
QUOTED = 60


@dataclass(frozen=True)
class Wanted:
    """What a request asks for.

    Attributes:
        format: of the answer; "mask" is a grey PNG of the alpha, which rembg's clients may ask for.
        background: red, green, blue and alpha below the product; None leaves the cut-out as it is.
        specs: the prompts; none for the whole image.
        shadow: "keep" keeps the shadow beside the product in the cut-out.
    """

    format: Format = "png"
    refine: Refine = "fast"
    background: tuple[int, int, int, int] | None = None
    specs: tuple[PromptSpec, ...] = ()
    shadow: ShadowPolicy = "drop"


class CutoutOptions(BaseModel):
    """Options of `POST /cutout`."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["png", "webp", "json"] = Field(
        "png", description="png, webp (lossless), or json: facts, and the mask as COCO run-length code"
    )
    refine: Refine = Field(
        "fast", description="the boundary: SAM's own, by the photo's colours, or after further looks"
    )
    background: str | None = Field(None, description="plain colour below the product: white, #f4f4f4")
    points: str | None = Field(None, description="x,y[,label];... in pixels; label 1 on the product, 0 off it")
    box: str | None = Field(None, description="x0,y0,x1,y1 in pixels; several, with ; between, are several products")
    shadow: Literal["drop", "keep"] = Field("drop", description="keep: the shadow stays, as black of its own alpha")

    def wanted(self) -> Wanted:
        """What is asked for.

        Raises:
            UsageError: for a malformed prompt or colour.
        """
        boxes, points = split(self.box), split(self.points)
        check_count(len(boxes) + len(points))
        specs = as_prompts([parse_box("box", text) for text in boxes], *parse_points("points", points))
        below = None
        if self.background is not None:
            try:
                below = (*parse_colour(self.background), 255)
            except UsageError as error:
                raise UsageError(
                    f"background {self.background[:QUOTED]}: not a colour; give a name or #rrggbb"
                ) from error
        return Wanted(self.format, self.refine, below, specs, self.shadow)


Options = TypeVar("Options", bound=BaseModel)


def parse_options(kind: type[Options], given: Mapping[str, str]) -> Options:
    """The options of a request, checked.

    Raises:
        UsageError: naming each option that is unknown or wrong.
    """
    try:
        return kind.model_validate(dict(given))
    except ValidationError as error:
        told = "; ".join(_explained(item, list(kind.model_fields)) for item in error.errors(include_url=False)[:5])
        raise UsageError(told) from error


def check_count(prompts: int) -> None:
    """Refuse more prompts than a photo needs.

    Raises:
        UsageError: naming the limit.
    """
    if prompts > MOST_PROMPTS:
        raise UsageError(f"{prompts} points and boxes are too many; give {MOST_PROMPTS} at most")


def _explained(item: Any, known: list[str]) -> str:
    key = printable(str(item["loc"][0]))[:QUOTED]
    if item["type"] == "extra_forbidden":
        close = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
        return f"unknown option {key} ({f'did you mean {close[0]}?' if close else 'there are ' + ', '.join(known)})"
    return f"{key} {str(item['input'])[:QUOTED]}: {item['msg'][:1].lower()}{item['msg'][1:]}"

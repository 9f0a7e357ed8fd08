"""Charts as SVG, drawn by matplotlib in the colour of the page's own text, so that they suit light and dark."""

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float
from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito's colours, without yellow and black, which a white or a dark page swallows.
SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
# Stands for the colour of the text until the drawing is done.
_TEXT = "#7f7f80"
_STYLE = {
    "svg.fonttype": "none",
    "text.parse_math": False,  # a run may be called $x$
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": _TEXT,
    "axes.edgecolor": _TEXT,
    "axes.labelcolor": _TEXT,
    "xtick.color": _TEXT,
    "ytick.color": _TEXT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": _TEXT,
    "grid.alpha": 0.25,
    "legend.frameon": False,
}
BINS = 10
# matplotlib reckons with differences of values, which exceed a float's range near its ends.
FARTHEST = 1e100
# Beyond six series, colours come again with another line; matplotlib's and CSS's names.
LINES = {"-": "solid", "--": "dashed", ":": "dotted"}


def series_colour(number: int) -> str:
    """Colour of the series of that number, as CSS has it; they repeat."""
    return SERIES[number % len(SERIES)]


def series_line(number: int) -> str:
    """matplotlib's name for the line of a series, a key of `LINES`."""
    return list(LINES)[number // len(SERIES) % len(LINES)]


def line_chart(
    series: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    title: str,
    x_label: str,
    y_label: str = "",
    legend: bool = True,
) -> Markup:
    """Curves on common axes; with more than one, a legend.

    Args:
        series: x and y of each, by name.
        legend: False where the page has one for all its charts.
    """

    def draw(axes: Axes) -> None:
        for number, (name, (xs, ys)) in enumerate(series.items()):
            marker = "." if len(xs) < 15 else None
            colour, line = series_colour(number), series_line(number)
            places = _drawable(xs), _drawable(ys)
            axes.plot(*places, color=colour, linestyle=line, label=name, linewidth=1.6, marker=marker)
        if legend and len(series) > 1:
            axes.get_figure().legend(loc="outside lower center", fontsize=9, ncols=3)  # type: ignore[union-attr]

    return _chart(draw, title, x_label, y_label)


def interval_chart(
    values: Mapping[str, tuple[float, float, float]], title: str, x_label: str, zero: bool = False
) -> Markup:
    """Values with intervals below each other, the first at the top.

    Args:
        values: value, lower and upper bound, by name.
        zero: whether 0 is marked, and the first series' colour is left to what the others are compared with.
    """

    def draw(axes: Axes) -> None:
        if zero:
            axes.axvline(0, color=_TEXT, linewidth=1, linestyle=":")
        for place, (value, low, high) in enumerate(values.values()):
            colour = series_colour(place + zero)
            axes.plot([low, high], [place, place], color=colour, linewidth=2, marker="|")
            axes.plot([value], [place], color=colour, marker="o")
        axes.set_yticks(range(len(values)), list(values))
        axes.set_ylim(len(values) - 0.4, -0.6)

    return _chart(draw, title, x_label, "", height=1.2 + 0.3 * len(values))


def reliability_chart(confidence: Sequence[float], good: Sequence[bool], title: str) -> Markup:
    """How often masks of a confidence were good, in ten bins of equal width, against what the confidence promises."""
    values, hits = np.asarray(confidence, float), np.asarray(good, float)
    bins = np.minimum((values * BINS).astype(int), BINS - 1)

    def draw(axes: Axes) -> None:
        """A bar for each bin of confidence, as high as its share of good masks, with their number."""
        axes.plot([0, 1], [0, 1], color=_TEXT, linewidth=1, linestyle=":", label="as promised")
        for number in np.unique(bins):
            inside = bins == number
            share = hits[inside].mean()
            axes.bar((number + 0.5) / BINS, share, 0.9 / BINS, color=SERIES[0])
            axes.annotate(str(int(inside.sum())), ((number + 0.5) / BINS, share), ha="center", va="bottom", fontsize=8)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1.08)
        axes.legend(fontsize=9, loc="upper left")

    return _chart(draw, title, "confidence", "share with an IoU of 0.9 or more")


def histogram(values: Sequence[float], title: str, x_label: str) -> Markup:
    """Counts of values between 0 and 1, in ten bins."""

    def draw(axes: Axes) -> None:
        axes.hist(values, bins=np.linspace(0, 1, BINS + 1).tolist(), color=SERIES[0], rwidth=0.9)
        axes.set_xlim(0, 1)

    return _chart(draw, title, x_label, "photos")


def _drawable(values: Sequence[float]) -> Float[np.ndarray, "points"]:
    """The values, with gaps where axes would not reach."""
    found = np.asarray(values, float)
    return np.where(np.abs(found) < FARTHEST, found, np.nan)


def _chart(draw: Any, title: str, x_label: str, y_label: str, height: float = 3.2) -> Markup:
    # matplotlib names the parts of a drawing by this salt; two drawings of one page must not share names
    with rc_context(_STYLE | {"svg.hashsalt": title}):
        figure = Figure(figsize=(5.2, height), layout="constrained")
        axes = figure.add_subplot()
        draw(axes)
        axes.set_title(title, fontsize=11)
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata=dict.fromkeys(("Date", "Creator", "Format")))
    drawing = buffer.getvalue().replace(_TEXT, "currentColor")
    svg = drawing[drawing.index("<svg") :]
    # the size is the page's matter, and inside a page the names of XML say nothing
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r' xmlns(:xlink)?="[^"]*"', "", svg)
    svg = svg.replace("xlink:href", "href").replace("<svg", f'<svg role="img" aria-label="{Markup.escape(title)}"', 1)
    # matplotlib escapes what it draws
    return Markup(re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL))  # noqa: S704

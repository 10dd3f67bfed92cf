"""How many values lie where: large with axes for residuals, small for a column of the data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from millrace.page.markup import Markup, Part
from millrace.page.picture import SMALL, Axes, box, line, picture, words
from millrace.page.scale import Scale
from millrace.page.wording import figure

_HEIGHT = 230.0
_LOW = 84.0


@dataclass(frozen=True, slots=True)
class Bins:
    """`counts` between neighbouring `edges`, of which there is one more."""

    edges: Sequence[float]
    counts: Sequence[int]


def histogram(says: str, bins: Bins, x_label: str) -> Markup:
    """With axes, and a line at zero where it lies within."""
    axes = Axes.over(bins.edges, (0, *bins.counts), (x_label, "rows"), _HEIGHT)
    shapes = [*axes.drawn(), *_bars(bins, axes.x, axes.y)]
    if axes.x.low < 0 < axes.x.high:
        shapes.append(line(axes.x.at(0), axes.y.end, axes.x.at(0), axes.y.start, "line ideal"))
    return picture(says, _HEIGHT, *shapes)


def small(says: str, bins: Bins, written: Callable[[float], str] = figure) -> Markup:
    """Without axes: the first and the last edge stand under it."""
    x = Scale.over(bins.edges, 2, SMALL - 2)
    y = Scale(0, max(bins.counts, default=0) or 1, _LOW - 20, 4)
    ends = (words(written(x.low), 2, _LOW - 4), words(written(x.high), SMALL - 2, _LOW - 4, "end"))
    axis = line(x.start, y.start, x.end, y.start, "axis")
    return picture(says, _LOW, *_bars(bins, x, y), axis, *ends, width=SMALL)


def _bars(bins: Bins, x: Scale, y: Scale) -> list[Part]:
    between = zip(bins.edges, bins.edges[1:], bins.counts, strict=False)
    return [
        box(x.at(low) + 0.5, y.at(rows), max(x.at(high) - x.at(low) - 1, 1), y.start - y.at(rows), "bar")
        for low, high, rows in between
        if rows
    ]

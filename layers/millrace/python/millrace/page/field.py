"""A line with its band over a field of any scale: one feature's values, or the rows that a model was fitted on."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from millrace.domain.amount import count
from millrace.page.markup import Markup, Part, element
from millrace.page.picture import LETTER, Axes, line, picture, words
from millrace.page.scale import Scale
from millrace.page.wording import figure

_HEIGHT = 250.0
_LOW = 132.0


@dataclass(frozen=True, slots=True)
class Banded:
    """Points from left to right; the band lies from `low` to `high` around `mean`."""

    x: Sequence[float]
    mean: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]

    def shapes(self, x: Scale, y: Scale, at: Callable[[float], float] = float) -> list[Part]:
        """Band, line and dots on these scales; `at` is applied to each x before."""
        places = [x.at(at(value)) for value in self.x]
        upper = [f"{place:.1f},{y.at(value):.1f}" for place, value in zip(places, self.high, strict=True)]
        lower = [f"{place:.1f},{y.at(value):.1f}" for place, value in zip(places, self.low, strict=True)]
        middle = [(place, y.at(value)) for place, value in zip(places, self.mean, strict=True)]
        return [
            element("polygon", points=" ".join([*upper, *reversed(lower)]), class_="band"),
            element("polyline", points=" ".join(f"{px:.1f},{py:.1f}" for px, py in middle), class_="line k0"),
            *(element("circle", cx=px, cy=py, r=2.5, class_="dot") for px, py in middle),
        ]


def small_field(
    says: str, drawn: Banded, y: tuple[float, float], width: float, written: Callable[[float], str] = figure
) -> Markup:
    """A small picture whose upward scale is given, so that several can be compared; ends stand under and beside it."""
    height = _LOW
    upward = Scale.over(y, height - 24, 8)
    left = LETTER * max(len(figure(value)) for value in upward.ticks(2)) + 6
    across = Scale.over(drawn.x, left + 4, width - 6)
    shapes: list[Part] = []
    for value in upward.ticks(2):
        at = upward.at(value)
        shapes += [line(left, at, width - 2, at, "grid"), words(figure(value), left - 4, at + 4, "end")]
    ends = (
        words(written(drawn.x[0]), left, height - 6),
        words(written(drawn.x[-1]), width - 2, height - 6, "end"),
    )
    axis = line(left, upward.start, width - 2, upward.start, "axis")
    return picture(says, height, *shapes, axis, *drawn.shapes(across, upward), *ends, width=width)


def by_doubling(says: str, drawn: Banded, labels: tuple[str, str]) -> Markup:
    """A picture with axes, where equal steps to the right multiply the value; as many of them are written as fit."""
    across = (math.log2(drawn.x[0]), math.log2(drawn.x[-1]))
    axes = Axes.over(across, (*drawn.low, *drawn.high), labels, _HEIGHT)
    marks: list[tuple[float, str]] = []
    free = math.inf
    for value in reversed(drawn.x):
        at, said = axes.x.at(math.log2(value)), count(round(value))
        room = LETTER * (len(said) + 1)
        if at + room / 2 <= free:
            marks.append((math.log2(value), said))
            free = at - (room if free == math.inf else room / 2)
    return picture(says, _HEIGHT, *axes.drawn(marks), *drawn.shapes(axes.x, axes.y, math.log2))

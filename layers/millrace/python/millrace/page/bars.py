"""Bars with their names above them, so that long names fit a phone; a whisker where the figure is unsure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from millrace.page.markup import Markup, Part
from millrace.page.picture import LETTER, WIDTH, box, line, picture, words
from millrace.page.scale import Scale
from millrace.page.wording import cut, figure

_ROW = 38.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar from zero to `value`, `written` beside its name; `low` to `high` is its whisker."""

    name: str
    value: float
    written: str
    low: float | None = None
    high: float | None = None
    kind: str = "bar"


def bars(says: str, found: Sequence[Bar], width: float = WIDTH) -> Markup:
    """One under another, as given, all from the same zero."""
    ends = [end for bar in found for end in (bar.value, bar.low, bar.high) if end is not None]
    scale = Scale.over([0.0, *ends], 2, width - 2)
    shapes: list[Part] = []
    for index, bar in enumerate(found):
        shapes += _drawn(bar, scale, _ROW * index, width)
    return picture(says, _ROW * max(len(found), 1), *shapes, width=width)


def _drawn(bar: Bar, scale: Scale, top: float, width: float) -> list[Part]:
    least, most = sorted((scale.at(0), scale.at(bar.value)))
    shapes = _named(bar, top, width)
    shapes += [
        box(least, top + 18, most - least, 10, bar.kind),
        line(scale.at(0), top + 16, scale.at(0), top + 30, "axis"),
    ]
    if bar.low is not None and bar.high is not None:
        low, high, middle = scale.at(bar.low), scale.at(bar.high), top + 23
        shapes += [line(low, middle, high, middle, "whisker")]
        shapes += [line(end_, middle - 4, end_, middle + 4, "whisker") for end_ in (low, high)]
    return shapes


def _named(bar: Bar, top: float, width: float) -> list[Part]:
    room = int(width / LETTER) - len(bar.written) - 2
    return [words(cut(bar.name, room), 2, top + 13), words(bar.written, width - 2, top + 13, "end", "figure")]


def ranges(
    says: str, found: Sequence[Bar], label: str, *, width: float = WIDTH, within: Sequence[float] = ()
) -> Markup:
    """Dots with whiskers on a scale of their own, which holds `within` and need not begin at zero; `label` names it."""
    ends = [end for bar in found for end in (bar.value, bar.low, bar.high) if end is not None]
    scale = Scale.over([*ends, *within], 12, width - 12)
    shapes: list[Part] = []
    for index, bar in enumerate(found):
        shapes += _dot(bar, scale, _ROW * index, width)
    bottom = _ROW * len(found)
    shapes.append(line(scale.start, bottom, scale.end, bottom, "axis"))
    for value, anchor in ((scale.low, "start"), (scale.high, "end")):
        shapes.append(words(figure(value), 2 if anchor == "start" else width - 2, bottom + 16, anchor))
    named = words(label, width / 2, bottom + 16, "middle", "label") if label else None
    return picture(says, bottom + 22, *shapes, named, width=width)


def _dot(bar: Bar, scale: Scale, top: float, width: float) -> list[Part]:
    at, middle = scale.at(bar.value), top + 23
    shapes = _named(bar, top, width)
    if bar.low is not None and bar.high is not None:
        low, high = scale.at(bar.low), scale.at(bar.high)
        shapes += [box(low, middle - 3, high - low, 6, "band")]
        shapes += [line(end, middle - 5, end, middle + 5, "whisker") for end in (low, high)]
    return [*shapes, box(at - 2, middle - 6, 4, 12, bar.kind)]

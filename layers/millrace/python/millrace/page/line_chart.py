"""Lines over a field: curves and calibration. Each line has a dash of its own beside its colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from millrace.page.markup import Markup, Part, element
from millrace.page.picture import Axes, line, picture, words
from millrace.page.wording import cut

KINDS = 5  # lines that the style tells apart
_FIELD = 250.0
_ROW = 17.0


@dataclass(frozen=True, slots=True)
class Line:
    """Points from left to right, both in [0, 1]."""

    label: str
    x: Sequence[float]
    y: Sequence[float]


@dataclass(frozen=True, slots=True)
class LineChart:
    """What is drawn; `diagonal` names the line from corner to corner, and `marked` shows each point."""

    says: str
    x_label: str
    y_label: str
    lines: Sequence[Line]
    diagonal: str | None = None
    marked: bool = False

    def drawn(self) -> Markup:
        """The picture, with a legend under it."""
        legend = [*(each.label for each in self.lines[:KINDS]), *([self.diagonal] if self.diagonal else [])]
        height = _FIELD + _ROW * len(legend)
        axes = Axes.over((0, 1), (0, 1), (self.x_label, self.y_label), _FIELD - 6)
        shapes, left = axes.drawn(), axes.x.start
        if self.diagonal:
            shapes.append(axes.diagonal())
        for index, each in enumerate(self.lines[:KINDS]):
            shapes += self._line(axes, each, index)
        for index, label in enumerate(legend):
            at = height - _ROW * (len(legend) - index) + 10
            kind = "line ideal" if self.diagonal and index == len(legend) - 1 else f"line k{index}"
            shapes += [line(left, at - 4, left + 26, at - 4, kind), words(cut(label, 44), left + 33, at)]
        return picture(self.says, height, *shapes)

    def _line(self, axes: Axes, each: Line, index: int) -> list[Part]:
        places = [(axes.x.at(x), axes.y.at(y)) for x, y in zip(each.x, each.y, strict=False)]
        shapes: list[Part] = [
            element("polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in places), class_=f"line k{index}")
        ]
        if self.marked:
            shapes += [element("circle", cx=x, cy=y, r=3, class_=f"dot k{index}") for x, y in places]
        return shapes

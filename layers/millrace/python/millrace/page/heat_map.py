"""A square of shaded cells: a confusion matrix or correlations. Each cell also has its figure, where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from millrace.page.markup import Markup, Part, element
from millrace.page.picture import WIDTH, box, picture, words
from millrace.page.wording import cut

ROOM = 12  # cells side by side whose figures can be read
_NAMES = 112.0
_TOP = 34.0
_DARKEST = 0.45  # opacity on which a figure can still be read, on light paper and on dark


@dataclass(frozen=True, slots=True)
class Cell:
    """`shade` from -1 to 1, negative in another colour; None is an empty cell."""

    shade: float | None
    written: str


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Rows and columns have the same `names`; columns are headed by a row's number where there are more than four."""

    says: str
    names: Sequence[str]
    cells: Sequence[Sequence[Cell]]
    rows_are: str = ""
    columns_are: str = ""

    def drawn(self) -> Markup:
        """The picture."""
        many = max(len(self.names), 1)
        size = min((WIDTH - _NAMES - 2) / many, 56.0)
        shapes: list[Part] = [
            words(self.rows_are, 2, _TOP - 8, kind="label"),
            words(self.columns_are, _NAMES, 11, kind="label"),
        ]
        for row, name in enumerate(self.names):
            middle = _TOP + size * (row + 0.5) + 4
            shapes += [
                words(f"{row + 1} {cut(name, 12)}", _NAMES - 6, middle, "end"),
                words(str(row + 1), _NAMES + size * (row + 0.5), _TOP - 6, "middle"),
            ]
        for row, cells in enumerate(self.cells):
            for column, cell in enumerate(cells):
                shapes += _cell(cell, _NAMES + size * column, _TOP + size * row, size, figures=many <= ROOM)
        return picture(self.says, _TOP + size * many + 4, *shapes)


def _cell(cell: Cell, x: float, y: float, size: float, *, figures: bool) -> list[Part]:
    if cell.shade is None:
        return [box(x, y, size - 1, size - 1, "empty")]
    strength = min(abs(cell.shade), 1.0)
    shapes: list[Part] = [
        box(x, y, size - 1, size - 1, "empty"),
        box(x, y, size - 1, size - 1, "minus" if cell.shade < 0 else "plus", round(_DARKEST * strength, 2)),
    ]
    if figures:
        small = min(12.0, 1.75 * size / max(len(cell.written), 1))
        shapes.append(
            element(
                "text",
                cell.written,
                x=x + size / 2,
                y=y + size / 2 + small / 3,
                text_anchor="middle",
                style=f"font-size:{small:.1f}px",
            )
        )
    return shapes

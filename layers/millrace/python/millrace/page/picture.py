"""The frame of every picture: an SVG as wide as a phone's screen, with a name for those who can't see it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from millrace.page.markup import Markup, Part, element
from millrace.page.scale import Scale
from millrace.page.wording import figure

WIDTH = 360.0  # units; one is a pixel on a phone
SMALL = 230.0  # of a picture on a card
LEFT, RIGHT, TOP, BOTTOM = 46.0, 10.0, 28.0, 36.0
LETTER = 7.2  # units that a letter takes, at most on the average


def picture(says: str, height: float, *shapes: Part, width: float = WIDTH) -> Markup:
    """An SVG of `width` x `height` units; `says` is its accessible name."""
    return element("svg", *shapes, viewBox=f"0 0 {width:g} {height:g}", role="img", aria_label=says)


def shown(drawn: Markup, caption: str, note: str | None = None) -> Markup:
    """A picture with its caption, and what there is to know when reading it."""
    about = element("span", note, class_="note") if note else None
    return element("figure", drawn, element("figcaption", element("strong", caption), about))


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=kind)


def box(x: float, y: float, width: float, height: float, kind: str, opacity: float | None = None) -> Markup:
    """A filled rectangle."""
    return element("rect", x=x, y=y, width=max(width, 0.0), height=max(height, 0.0), class_=kind, fill_opacity=opacity)


def words(said: str, x: float, y: float, anchor: str = "start", kind: str | None = None) -> Markup:
    """A line of text whose baseline is at `y`."""
    return element("text", said, x=x, y=y, text_anchor=anchor, class_=kind)


@dataclass(frozen=True, slots=True)
class Axes:
    """A field with figures along its left and its lower edge."""

    x: Scale
    y: Scale
    x_label: str
    y_label: str

    @classmethod
    def over(cls, x: Iterable[float], y: Iterable[float], labels: tuple[str, str], height: float) -> Axes:
        """A field that holds these values, in a picture of this height; `labels` are of x and y."""
        upward = Scale.over(y, height - BOTTOM, TOP)
        left = max(LEFT, LETTER * max(len(figure(value)) for value in upward.ticks()) + 6)
        return cls(Scale.over(x, left, WIDTH - RIGHT), upward, *labels)

    def diagonal(self) -> Markup:
        """From the lower left corner to the upper right one."""
        return line(self.x.start, self.y.start, self.x.end, self.y.end, "line ideal")

    def drawn(self, marks: Sequence[tuple[float, str]] | None = None) -> list[Part]:
        """Grid, figures and labels; `marks` say where something stands along the lower edge, else round numbers do."""
        left, right, bottom, top = self.x.start, self.x.end, self.y.start, self.y.end
        shapes: list[Part] = [words(self.y_label, 2, top - 13, kind="label")]
        for value in self.y.ticks():
            at = self.y.at(value)
            shapes += [line(left, at, right, at, "grid"), words(figure(value), left - 4, at + 4, "end")]
        for value, said in [(tick, figure(tick)) for tick in self.x.ticks()] if marks is None else marks:
            at = self.x.at(value)
            anchor = "end" if at > right - LEFT / 2 else "middle"
            shapes += [line(at, bottom, at, bottom + 4, "axis"), words(said, at, bottom + 16, anchor)]
        shapes += [
            line(left, bottom, right, bottom, "axis"),
            words(self.x_label, (left + right) / 2, bottom + 31, "middle", "label"),
        ]
        return shapes

"""A part of the page with a heading of its own, which the contents can point at."""

from __future__ import annotations

from dataclasses import dataclass

from millrace.page.markup import Markup, Part, element


@dataclass(frozen=True, slots=True)
class Section:
    """`anchor` is its address within the page."""

    anchor: str
    title: str
    parts: tuple[Part, ...]

    def drawn(self) -> Markup:
        """Heading and parts."""
        heading = element("h2", self.title, id=self.anchor)
        return element("section", heading, *self.parts, aria_labelledby=self.anchor)


def section(anchor: str, title: str, *parts: Part) -> Section:
    """Parts under a heading; absent ones are left out."""
    return Section(anchor, title, parts)

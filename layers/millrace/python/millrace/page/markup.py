"""HTML and SVG in which text from data is inert: whatever is not `Markup` is escaped, so nobody can forget to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

_UNSHOWABLE = re.compile(  # what the HTML standard calls controls, surrogates and noncharacters
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
_EMPTY = frozenset({"meta", "link", "br"})


class Markup(str):
    """Finished markup; only this module makes it from text."""

    __slots__ = ()


Part = str | None


def text(value: str) -> Markup:
    """The characters themselves; those that HTML can't hold become U+FFFD."""
    return Markup(escape(_UNSHOWABLE.sub("\ufffd", value), quote=True))


def element(tag: str, *parts: Part, **attributes: str | float | None) -> Markup:
    """`<tag attribute="...">parts</tag>`; `aria_label` becomes aria-label, `class_` class, and None is left out."""
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{text(_plain(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in _EMPTY:
        return Markup(f"<{tag}{written}>")
    return Markup(f"<{tag}{written}>{joined(parts)}</{tag}>")


def joined(parts: Iterable[Part]) -> Markup:
    """One after another, without the absent ones."""
    return Markup("".join(part if isinstance(part, Markup) else text(part) for part in parts if part is not None))


def verbatim(trusted: str) -> Markup:
    """A constant of this package, never text from data."""
    return Markup(trusted)


def _plain(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")

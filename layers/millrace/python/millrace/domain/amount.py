"""How many of something, in words: one spelling for reports, warnings and errors."""

from __future__ import annotations


def count(value: int) -> str:
    """A whole number with its thousands set apart."""
    return f"{value:,}"


def counted(value: int, one: str, many: str | None = None) -> str:
    """A number of things in its grammatical number; `many` where that isn't `one` with an s."""
    return f"{count(value)} {one if value == 1 else many or one + 's'}"

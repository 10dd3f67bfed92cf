"""The name a person probably meant, for hints."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

LONGEST = 200  # characters of a name that are compared or repeated; the comparison's time grows with their square


def shown(name: str) -> str:
    """A name as a message repeats it: in quotes, and cut where it is longer than any name ought to be."""
    return repr(name if len(name) <= LONGEST else name[: LONGEST - 3] + "...")


def printable(text: str, longest: int = LONGEST) -> str:
    """What somebody else wrote, as a record or a line of log holds it: control characters escaped, and cut."""
    return repr(text[:longest])[1:-1][:longest]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name most like `word`, whatever their case, or None where none is near or `word` is too long."""
    if len(word) > LONGEST:
        return None
    by_fold: dict[str, str] = {}
    for name in known:
        if len(name) <= LONGEST:
            by_fold.setdefault(name.casefold(), name)
    close = difflib.get_close_matches(word.casefold(), by_fold, n=1)
    return by_fold[close[0]] if close else None


def hint(word: str, known: Iterable[str]) -> str | None:
    """A sentence with the nearest known name, or None."""
    name = nearest(word, known)
    return None if name is None else f"did you mean {name!r}?"

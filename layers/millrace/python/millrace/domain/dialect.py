"""By what a text's values are separated, decided from its first records: one place, so that no two readers differ."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

COMMON = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
# Taken only where each record has as many as the header, and none of the common ones does.
UNCOMMON = {":": "colons", "^": "carets", "~": "tildes", "\x01": "control characters (1)", "\x1f": "unit separators"}
ENOUGH = 0.5  # share of records as wide as the header, from which the others are ragged rows of this dialect


@dataclass(frozen=True, slots=True)
class Dialect:
    """The delimiter, what it is called, and how it was found."""

    delimiter: str
    called: str
    why: str


COMMAS = Dialect(",", COMMON[","], "nothing else separates its first line")


def sniff(text: str, *, whole: bool) -> Dialect:
    """The delimiter by which the records of `text` are widest and all alike; its last one is cut where not `whole`.

    Of equals the first of comma, semicolon, tab, bar. Where none fits every record, the one that fits most.
    """
    found = [(called, mark, widths(text, mark, whole=whole)) for mark, called in COMMON.items()]
    even = [each for each in found if len(set(each[2])) == 1 and each[2][0] > 1]
    if even:
        called, mark, counts = max(even, key=lambda each: each[2][0])
        return Dialect(mark, called, _why(len(counts), counts[0]))
    for mark, called in UNCOMMON.items():
        counts = widths(text, mark, whole=whole)
        if len(counts) > 1 and len(set(counts)) == 1 and counts[0] > 1:
            return Dialect(mark, called, _why(len(counts), counts[0]))
    shares = [(_share(counts), counts[:1], called, mark) for called, mark, counts in found]
    share, width, called, mark = max(shares, key=lambda each: each[:2])
    if share < ENOUGH:
        return COMMAS
    return Dialect(mark, called, f"{share:.0%} of its first records have {width[0]} values so")


def widths(text: str, delimiter: str, *, whole: bool = True) -> list[int]:
    """How many values each record has; nothing where the text isn't CSV so. Blank lines are no records."""
    try:
        counts = [len(record) for record in records(text, delimiter) if record]
    except csv.Error:
        counts = list(_until_broken(text, delimiter))
    return counts if whole or len(counts) < 2 else counts[:-1]


def records(text: str, delimiter: str) -> Iterator[list[str]]:
    """The records of a text, as the job's reader takes them. Raises csv.Error while iterating."""
    return iter(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


def _until_broken(text: str, delimiter: str) -> Iterator[int]:
    """A text cut in its quotes, or broken, still has its records before that."""
    reader = records(text, delimiter)
    while True:
        try:
            record = next(reader, None)
        except csv.Error:
            return
        if record is None:
            return
        if record:
            yield len(record)


def _share(counts: list[int]) -> float:
    return counts.count(counts[0]) / len(counts) if counts and counts[0] > 1 else 0.0


def _why(records: int, width: int) -> str:
    return f"each of its first {records} records has {width} values so" if records > 1 else f"it names {width} columns"

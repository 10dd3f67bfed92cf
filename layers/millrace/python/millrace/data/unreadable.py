"""Numbers and dates with a few cells that are none: they are read as missing, so that the column is not lost."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from millrace.data.kinds import Inferred, infer
from millrace.data.table import Written
from millrace.domain.amount import counted
from millrace.domain.errors import InvalidInput
from millrace.domain.schema import Column, Kind
from millrace.domain.spec import Spec
from millrace.domain.spelling import spell
from millrace.domain.warning import Warned

FEW = 0.05  # share of the rows with a value, up to which cells that can't be read count as missing
MANY = 20  # distinct numbers beyond which a column is no list of categories, however many cells can't be read
INFINITE = frozenset({"inf", "infinity"})


@dataclass(frozen=True, slots=True, eq=False)
class Mended:
    """A column that can be read as inferred, with what was done for that."""

    written: Written
    inferred: Inferred
    warned: tuple[Warned, ...] = ()


def mend(name: str, written: Written, spec: Spec | None = None) -> Mended:
    """Infer a column's kind; where a few cells stand against numbers or dates, take those as missing.

    So are infinities among numbers. At serving, both are refused as `unspellable`: null says that a value is missing.
    """
    inferred = infer(name, written, spec)
    if inferred.column.kind is not Kind.CATEGORY:
        return Mended(written, inferred)
    infinite = frozenset(text for text in written.texts if text.lstrip("+-").lower() in INFINITE)
    warned: tuple[Warned, ...] = ()
    if infinite:
        rest = blanked(written, infinite)
        finite = infer(name, rest, spec)
        if finite.column.kind is Kind.NUMBER or finite.almost is not None:
            cells = _cells(written, infinite)
            written, inferred = rest, finite
            warned = (_warned("infinite_values", name, counted(cells, "infinite value")),)
    if inferred.almost is None or inferred.looks:
        return Mended(written, inferred, warned)
    return _without_unreadable(written, inferred, inferred.almost, warned, spec)


def blanked(written: Written, texts: frozenset[str]) -> Written:
    """The same column with these texts missing."""
    return Written.of(["" if text in texts else text for text in written.texts], written.codes)


def _without_unreadable(
    written: Written, inferred: Inferred, almost: Column, warned: tuple[Warned, ...], spec: Spec | None
) -> Mended:
    name = almost.name
    unreadable = frozenset(text for text in written.texts if not _reads(almost, text))
    cells, present = _cells(written, unreadable), _cells(written, frozenset(written.texts) - {""})
    rest = blanked(written, unreadable)
    read = infer(name, rest, spec)
    few = cells <= FEW * present or len(rest.texts) > MANY
    if read.column.kind is not almost.kind or not few:
        return Mended(written, inferred, warned)
    why = f"{inferred.why}; {counted(cells, 'other value')} taken as missing"
    told = _warned("unreadable_values", name, f"{counted(cells, 'value')} other than {almost.kind}s")
    return Mended(rest, replace(read, why=why), (*warned, told))


def _cells(written: Written, texts: frozenset[str]) -> int:
    return int(np.array([text in texts for text in written.texts], dtype=np.bool_)[written.codes].sum())


def _reads(column: Column, text: str) -> bool:
    try:
        spell(column, text)
    except InvalidInput:
        return False
    return True


def _warned(code: str, name: str, what: str) -> Warned:
    return Warned(
        code,
        f"column {name!r} has {what}, read as missing",
        "correct them in the data; when asking the model, send null in their place",
        (name,),
    )

"""Written values, by row or by column, arranged as the typed columns that a model's graph takes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from millrace.domain.errors import InvalidInput
from millrace.domain.schema import Column, Kind, Schema
from millrace.domain.spelling import spell, spell_all
from millrace.domain.suggestion import LONGEST, hint, shown

Columns = dict[str, NDArray[np.float64] | NDArray[np.object_]]
NAMED = 5  # unknown fields that an error names; the rest are counted
_PLAIN_NUMBERS = {int, float, type(None)}


def from_rows(schema: Schema, rows: Sequence[Mapping[str, object]]) -> Columns:
    """Columns of shape [rows, 1]. A field that a row lacks is missing, as null is; one that is ignored may be there.

    Raises InvalidInput for a row without any feature, a field that is not known, or a value that can't be spelled.
    """
    names = {column.name for column in schema.features}
    known = names.union(schema.ignored)
    for index, row in enumerate(rows):
        if row.keys() - known:
            raise _unknown([name for name in row if name not in known], schema, f"rows[{index}]")
        if row.keys().isdisjoint(names):
            raise InvalidInput(f"row {index} has no field", code="empty_row", field=f"rows[{index}]")
    return {c.name: column_of(c, [row.get(c.name) for row in rows], where="rows[{row}].") for c in schema.features}


def from_named(schema: Schema, named: Mapping[str, Sequence[object]]) -> Columns:
    """Columns of shape [rows, 1] from one sequence per feature, all of one length; ignored ones may be there too.

    Raises InvalidInput for a feature that is absent, a name that is not known, or a value that can't be spelled.
    """
    names = [column.name for column in schema.features]
    known = {*names, *schema.ignored}
    unknown = [name for name in named if name not in known]
    if unknown:
        raise _unknown(unknown, schema, "inputs")
    absent = [name for name in names if name not in named]
    if absent:
        raise InvalidInput(
            f"inputs are missing: {', '.join(map(repr, absent))}",
            code="missing_input",
            field=absent[0],
            hint="send every input of the model's metadata; null in data stands for an unknown value",
        )
    return {column.name: column_of(column, named[column.name]) for column in schema.features}


def column_of(
    column: Column, values: Sequence[object], *, where: str = ""
) -> NDArray[np.float64] | NDArray[np.object_]:
    """Spell one column, shape [rows, 1]. Raises InvalidInput(code="unspellable") that names the column and the row.

    Its field is the column's name after `where`, in which `{row}` stands for the row's number.
    """
    if column.kind is Kind.NUMBER and set(map(type, values)) <= _PLAIN_NUMBERS:
        numbers = _plain(values)
        if numbers is not None:
            return numbers.reshape(-1, 1)
    spelled = np.empty((len(values), 1), dtype=object if column.kind.is_text else np.float64)
    spelled[:, 0] = _spelled(column, values, where)
    return spelled


def _plain(values: Iterable[object]) -> NDArray[np.float64] | None:
    """Numbers and nulls without a call per value, as `spell` gives them; None where an infinity needs its error."""
    try:
        numbers = np.array([math.nan if value is None else value for value in values], dtype=np.float64)
    except OverflowError:
        return None
    return None if np.isinf(numbers).any() else numbers


def _spelled(column: Column, values: Sequence[object], where: str) -> list[float | str]:
    try:
        spelled = spell_all(column, values)
        if column.kind.is_text:
            "".join(map(str, spelled)).encode()  # JSON can carry half of a surrogate pair, and a graph can't take it
    except (InvalidInput, UnicodeEncodeError) as error:
        raise _at_row(column, values, where) from error
    return spelled


def _at_row(column: Column, values: Sequence[object], where: str) -> InvalidInput:
    """The error of the first value that can't be spelled, with its row."""
    for index, value in enumerate(values):
        field = where.format(row=index) + column.name
        try:
            str(spell(column, value)).encode()
        except InvalidInput as error:
            message = f"row {index}: {error.message}"
            return InvalidInput(message, code=error.code, field=field, hint=error.hint)
        except UnicodeEncodeError:
            message = f"row {index}: a value of column {column.name!r} is not valid Unicode"
            return InvalidInput(message, code="unspellable", field=field)
    raise AssertionError("every value can be spelled")


def _unknown(unknown: Sequence[str], schema: Schema, where: str) -> InvalidInput:
    name = unknown[0]
    listed = ", ".join(map(shown, unknown[:NAMED])) + (f" and {len(unknown) - NAMED} more" if unknown[NAMED:] else "")
    if name == schema.target:
        advice = "that is what the model predicts; leave it out"
    else:
        near = hint(name, (column.name for column in schema.features))
        advice = near or "see the model's metadata for its inputs"
    return InvalidInput(
        f"{listed} {'are not inputs' if unknown[1:] else 'is not an input'} of this model",
        code="unknown_field",
        field=f"{where}.{name[:LONGEST]}",
        hint=advice,
    )

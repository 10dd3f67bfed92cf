"""Which columns a model takes: what the spec asks for, less what can't teach anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from millrace.data.free_text import is_free_text
from millrace.data.kinds import Inferred, column_of
from millrace.data.table import Numbers, Written, WrittenTable
from millrace.data.target import require
from millrace.data.unreadable import Mended, mend
from millrace.domain.errors import Rejected
from millrace.domain.report import Decision
from millrace.domain.schema import Column, Kind
from millrace.domain.spec import Spec, Task
from millrace.domain.spelling import spell
from millrace.domain.warning import Warned

OUTPUTS = {
    Task.BINARY: frozenset({"label", "probabilities"}),
    Task.MULTICLASS: frozenset({"label", "probabilities"}),
    Task.REGRESSION: frozenset({"prediction"}),
}


@dataclass(frozen=True, slots=True)
class Features:
    """The columns used, in the file's order, with how each was read and which were left out.

    `written` holds every column as it is read by its kind; `left_out` are the others but the target.
    """

    written: WrittenTable
    columns: tuple[Column, ...]
    left_out: tuple[Column, ...]
    decisions: tuple[Decision, ...]
    warned: tuple[Warned, ...]


def choose(table: WrittenTable, spec: Spec, target: str, task: Task) -> Features:
    """Choose the features among a table's columns.

    Those by which rows are grouped or weighed are none. Raises Rejected: unknown_column, target_as_feature,
    reserved_name, no_features.
    """
    asked = frozenset(_asked_for(list(table.columns), spec, target))
    written = dict(table.columns)
    kept: list[Column] = []
    left_out: list[Column] = []
    decisions: list[Decision] = []
    warned: list[Warned] = []
    for name in (name for name in table.columns if name != target):
        mended = mend(name, table.columns[name], spec)
        written[name], inferred = mended.written, _read(mended)
        if name not in asked:
            left_out.append(inferred.column)
            continue
        useless = _useless(inferred, mended.written)
        warned += [*mended.warned, *_doubtful(inferred, useless)]
        if useless:
            left_out.append(inferred.column)
            decisions.append(Decision(f"column {name}", "left out", useless.why))
            continue
        _check_name(name, task)
        kept.append(inferred.column)
        decisions.append(Decision(f"column {name}", inferred.column.kind, inferred.said))
    if not kept:
        raise Rejected(
            "no column is left to learn from",
            code="no_features",
            hint="add columns that differ between rows; a column of identifiers or of one value teaches nothing",
        )
    return Features(replace(table, columns=written), tuple(kept), tuple(left_out), tuple(decisions), tuple(warned))


def _read(mended: Mended) -> Inferred:
    """As inferred, but for categories that are free text."""
    inferred = mended.inferred
    is_category = inferred.column.kind is Kind.CATEGORY and not inferred.nearly and not inferred.looks
    if not is_category or not is_free_text(mended.written):
        return inferred
    return Inferred(
        column_of(inferred.column.name, Kind.TEXT), "most of its values are different texts of several words"
    )


def _check_name(name: str, task: Task) -> None:
    if name in OUTPUTS[task]:
        raise Rejected(
            f"a feature can't be called {name!r}, which is an output of the model",
            code="reserved_name",
            field=name,
            hint="rename the column, or list it under exclude in spec.yaml",
        )


def _asked_for(columns: Sequence[str], spec: Spec, target: str) -> list[str]:
    for name in spec.exclude:
        require(name, columns, "exclude")
    for name in spec.features or ():
        require(name, columns, "features")
        if name == target:
            raise Rejected(
                f"the spec's features name the target {name!r}",
                code="target_as_feature",
                field="features",
                hint="take it off the list",
            )
    for field, named in (("time", spec.time_column), ("group", spec.group), ("weights", spec.weights)):
        if named:
            _check_role(field, require(named, columns, field), target)
    others = {*spec.exclude, target, spec.group, spec.weights}
    wanted = set(columns if spec.features is None else spec.features) - others
    return [name for name in columns if name in wanted]


def _check_role(field: str, name: str, target: str) -> None:
    if name == target:
        raise Rejected(
            f"the spec's {field} names {name!r}, which is the target",
            code="target_as_feature",
            field=field,
            hint="name the right target in spec.yaml, or another column",
        )


@dataclass(frozen=True, slots=True)
class _Useless:
    """Why a column can't teach anything."""

    code: str
    why: str


def _useless(inferred: Inferred, written: Written) -> _Useless | None:
    """Why a column can't teach anything, or None. What is nearly a column of numbers is no identifier."""
    column = inferred.column
    if isinstance(written, Numbers) and column.kind is Kind.NUMBER and written.varies:
        return None
    if column.kind is not Kind.CATEGORY and _differ(column, written.texts):
        return None
    spelled = {spell(column, text) for text in written.texts}
    values = {value for value in spelled if value == value and value != column.missing}  # NaN differs from itself
    if not values:
        return _Useless("empty_column", "every value is missing")
    if len(values) == len(spelled) == 1:
        return _Useless("constant_column", "every row has the same value")
    present = int(np.array([bool(text) for text in written.texts])[written.codes].sum())
    if column.kind is Kind.CATEGORY and not inferred.nearly and len(values) == present:
        return _Useless("identifier_column", "every value stands once, as an identifier does")
    return None


def _differ(column: Column, texts: Sequence[str]) -> bool:
    """Whether two texts are different values, told at the first two that are: of thousands of columns it matters."""
    first: float | str | None = None
    for text in texts:
        value = spell(column, text)
        if value != value or value == column.missing:
            continue
        if first is not None and value != first:
            return True
        first = value
    return False


def _doubtful(inferred: Inferred, useless: _Useless | None) -> list[Warned]:
    """What its owner should know about how a column was read."""
    name, found = inferred.column.name, []
    if inferred.looks:
        says = f"column {name!r} looks like {inferred.looks}; it was read as text"
        found.append(
            Warned(
                "unread_spelling",
                says,
                "write them plainly, as 1234.5 or 2026-12-31; a unit belongs into the column's name",
                (name,),
            )
        )
    if useless:
        says = f"column {name!r} was left out: {useless.why}"
        found.append(Warned(useless.code, says, "nothing, unless it should have been of use", (name,)))
    elif inferred.doubt:
        found += inferred.warned
    elif inferred.nearly and not inferred.looks:
        says = f"column {name!r} was read as text: only {inferred.why}"
        found.append(Warned("nearly_numbers", says, "correct the other values, or leave them blank", (name,)))
    return found

"""Which columns a model takes: what the spec asks for, less what can't teach anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from millrace.data.kinds import infer
from millrace.data.table import Numbers, Written, WrittenTable
from millrace.data.target import require
from millrace.domain.errors import Rejected
from millrace.domain.report import Decision
from millrace.domain.schema import Column, Kind
from millrace.domain.spec import Spec, Task
from millrace.domain.spelling import spell

OUTPUTS = {
    Task.BINARY: frozenset({"label", "probabilities"}),
    Task.MULTICLASS: frozenset({"label", "probabilities"}),
    Task.REGRESSION: frozenset({"prediction"}),
}


@dataclass(frozen=True, slots=True)
class Features:
    """The columns used, in the file's order, with how each was read and which were left out."""

    columns: tuple[Column, ...]
    decisions: tuple[Decision, ...]
    warnings: tuple[str, ...]


def choose(table: WrittenTable, spec: Spec, target: str, task: Task) -> Features:
    """Choose the features among a table's columns.

    Raises Rejected: unknown_column, target_as_feature, reserved_name, no_features.
    """
    names = _asked_for(list(table.columns), spec, target)
    kept: list[Column] = []
    decisions: list[Decision] = []
    warnings: list[str] = []
    for name in names:
        written = table.columns[name]
        inferred = infer(name, written, spec)
        if inferred.looks:
            warnings.append(f"column {name!r} looks like {inferred.looks}; it was read as text")
        useless = _useless(inferred.column, written)
        if useless:
            decisions.append(Decision(f"column {name}", "left out", useless))
            warnings.append(f"column {name!r} was left out: {useless}")
            continue
        if name in OUTPUTS[task]:
            raise Rejected(
                f"a feature can't be called {name!r}, which is an output of the model",
                code="reserved_name",
                field=name,
                hint="rename the column, or list it under exclude in spec.yaml",
            )
        if inferred.doubt:
            warnings.append(f"column {name!r}: {inferred.doubt}")
        if inferred.nearly and not inferred.looks:
            warnings.append(f"column {name!r} was read as text: only {inferred.why}")
        kept.append(inferred.column)
        decisions.append(Decision(f"column {name}", inferred.column.kind, inferred.said))
    if not kept:
        raise Rejected(
            "no column is left to learn from",
            code="no_features",
            hint="add columns that differ between rows; a column of identifiers or of one value teaches nothing",
        )
    return Features(tuple(kept), tuple(decisions), tuple(warnings))


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
    wanted = set(columns if spec.features is None else spec.features) - set(spec.exclude) - {target}
    return [name for name in columns if name in wanted]


def _useless(column: Column, written: Written) -> str | None:
    """Why a column can't teach anything, or None."""
    if isinstance(written, Numbers) and column.kind is Kind.NUMBER and written.varies:
        return None
    spelled = {spell(column, text) for text in written.texts}
    values = {value for value in spelled if value == value and value != column.missing}  # NaN differs from itself
    if not values:
        return "every value is missing"
    if len(values) == len(spelled) == 1:
        return "every row has the same value"
    present = np.array([bool(text) for text in written.texts])[written.codes].sum()
    if column.kind is Kind.CATEGORY and len(values) == present:
        return "every value stands once, as an identifier does"
    return None

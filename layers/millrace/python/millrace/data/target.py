"""What is predicted: which column, and whether it is a class or a number; the report says how it was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from millrace.data.kinds import column_of, infer
from millrace.data.table import Index, Numbers, Written, WrittenTable
from millrace.domain import spelling
from millrace.domain.amount import counted
from millrace.domain.errors import Rejected
from millrace.domain.head import REPLACE_SPEC
from millrace.domain.report import Decision
from millrace.domain.schema import Column, Kind
from millrace.domain.spec import Spec, Task
from millrace.domain.suggestion import hint
from millrace.domain.warning import Warned

USUAL_NAMES = ("target", "label", "class", "y")
MAX_NUMBER_CLASSES = 20
MAX_CLASSES = 256
SMALLEST_SPREAD, LARGEST_SPREAD = 1e-30, 1e30  # of a number; squares of it stay within double precision


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """The answers, one per row of `rows`, the rows of the file that have one.

    `values` are numbers for regression, and indices into `classes` otherwise.
    """

    name: str
    task: Task
    classes: tuple[str, ...]
    values: NDArray[np.float64] | Index
    rows: Index
    decisions: tuple[Decision, ...]
    warned: tuple[Warned, ...] = ()


def require(name: str, columns: Sequence[str], field: str) -> str:
    """Return `name` if it is a column. Raises Rejected(code="unknown_column") with the nearest one."""
    if name in columns:
        return name
    meant = hint(name, columns) or f"the file's columns are {', '.join(columns[:20])};"
    raise Rejected(
        f"the spec's {field} names {name!r}, which is no column of the file",
        code="unknown_column",
        field=field,
        hint=f"{meant} {REPLACE_SPEC}",
    )


def choose_column(spec: Spec, columns: Sequence[str]) -> tuple[str, Decision | None]:
    """The spec's target, else the column with a usual name, else the last. Raises Rejected(code="unknown_column")."""
    if spec.target is not None:
        return require(spec.target, columns, "target"), None
    lowered = {name.lower(): name for name in reversed(columns)}
    for usual in USUAL_NAMES:
        if usual in lowered:
            name = lowered[usual]
            return name, Decision("target", name, f"the spec names none, and a column is called {usual!r}")
    return columns[-1], Decision("target", columns[-1], "the spec names none and no column has a usual name: the last")


def find(table: WrittenTable, spec: Spec) -> Target:
    """Choose the target and read it, leaving out the rows without one.

    Raises Rejected: unknown_column, constant_target, rare_class, too_many_classes, unsupported_target,
    target_not_number, wrong_class_count.
    """
    name, chosen = choose_column(spec, list(table.columns))
    written = table.columns[name]
    found = infer(name, written, spec)
    inferred = found.column.kind
    number = inferred is Kind.NUMBER
    rows = _answered(written, found.column)
    kept = written.take(rows)
    numbers = np.asarray(kept.spell(found.column), dtype=np.float64) if number else None
    distinct = len(kept.texts) if numbers is None else len(np.unique(numbers))
    if distinct < 2:
        raise Rejected(
            f"the target {name!r} has {counted(distinct, 'distinct value')}",
            code="constant_target",
            field=name,
            hint="name the right target in spec.yaml, or add rows with other answers",
        )
    task, why = _task(spec, inferred, numbers, kept, name)
    read = Decision(f"column {name}", inferred, found.said) if found.doubt else None
    decisions = tuple(d for d in (chosen, Decision("task", task, why) if why else None, read) if d is not None)
    if task is Task.REGRESSION and numbers is not None:
        _check_numbers(name, numbers)
        return Target(name, task, (), numbers, rows, decisions, found.warned)
    classes, indices = _classes(kept, numbers, inferred)
    _check_classes(name, task, classes, indices)
    return Target(name, task, classes, indices, rows, decisions, found.warned)


def _answered(written: Written, column: Column) -> Index:
    """The positions of the rows that have an answer."""
    if isinstance(written, Numbers) and column == Column(column.name, Kind.NUMBER):
        return np.flatnonzero(~np.isnan(written.values))
    present = np.array([text.lower() not in spelling.MISSING[column.kind] for text in written.texts])
    return np.flatnonzero(present[written.codes])


def _task(
    spec: Spec, kind: Kind, numbers: NDArray[np.float64] | None, kept: Written, name: str
) -> tuple[Task, str | None]:
    if spec.task is not None:
        if spec.task is Task.REGRESSION and numbers is None:
            raise Rejected(
                f"regression needs numbers and the target {name!r} is a {kind}",
                code="target_not_number",
                field=name,
                hint="set task to binary or multiclass, or name another target",
            )
        return spec.task, None
    if kind is Kind.DATE:
        raise Rejected(
            f"the target {name!r} is a date",
            code="unsupported_target",
            field=name,
            hint="predict a number or a class, for instance the days until that date",
        )
    if numbers is not None:
        distinct = len(np.unique(numbers))
        if np.any(numbers != np.floor(numbers)):
            return Task.REGRESSION, "the target is a number with fractions"
        if distinct > MAX_NUMBER_CLASSES:
            return Task.REGRESSION, f"the target is a number with {distinct} distinct values"
        task = Task.BINARY if distinct == 2 else Task.MULTICLASS
        return task, f"the target has only {distinct} distinct whole numbers"
    distinct = 2 if kind is Kind.BOOLEAN else len(kept.texts)
    return (Task.BINARY if distinct == 2 else Task.MULTICLASS), f"the target has {distinct} classes"


def _classes(kept: Written, numbers: NDArray[np.float64] | None, kind: Kind) -> tuple[tuple[str, ...], Index]:
    """Class names in order, and each row's index: numbers by size, false before true, anything else by text."""
    if numbers is not None:
        values, indices = np.unique(numbers, return_inverse=True)
        return tuple(spelling.written(float(value)) for value in values), indices.astype(np.int64)
    if kind is Kind.BOOLEAN:  # each answer in its commonest spelling, so that a stray "no" renames no "No"
        sides = np.array([spelling.spell(column_of("", Kind.BOOLEAN), text) for text in kept.texts], dtype=np.int64)
        counts = np.bincount(kept.codes, minlength=len(kept.texts))
        ranked = sorted(range(len(kept.texts)), key=lambda place: (-counts[place], kept.texts[place]))
        names = (next(kept.texts[place] for place in ranked if sides[place] == side) for side in (0, 1))
        return tuple(names), sides[kept.codes]
    classes = tuple(sorted(kept.texts))
    order = np.array([classes.index(text) for text in kept.texts], dtype=np.int64)
    return classes, order[kept.codes]


def _check_numbers(name: str, numbers: NDArray[np.float64]) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        spread = float(numbers.std())
    if not SMALLEST_SPREAD <= spread <= LARGEST_SPREAD:
        raise Rejected(
            f"the values of the target {name!r} lie too near to one another, or too far apart, to be computed with",
            code="target_out_of_range",
            field=name,
            hint=f"give it in another unit: its standard deviation is to be {SMALLEST_SPREAD:g} to {LARGEST_SPREAD:g}",
        )


def _check_classes(name: str, task: Task, classes: tuple[str, ...], indices: Index) -> None:
    if task is Task.BINARY and len(classes) != 2:
        raise Rejected(
            f"the spec says binary and the target {name!r} has {len(classes)} classes",
            code="wrong_class_count",
            field=name,
            hint="set task to multiclass, or name another target",
        )
    if len(classes) > MAX_CLASSES:
        raise Rejected(
            f"the target {name!r} has {len(classes)} classes and the limit is {MAX_CLASSES}",
            code="too_many_classes",
            field=name,
            hint="group the rare classes, or name another target",
        )
    counts = np.bincount(indices, minlength=len(classes))
    if counts.min() < 2:
        raise Rejected(
            f"the target {name!r} has {counted(int((counts < 2).sum()), 'class', 'classes')} of a single row",
            code="rare_class",
            field=name,
            hint="a class needs a row to train on and one to hold out: add rows, or group or remove those classes; "
            "where the target counts something, set task to regression",
        )

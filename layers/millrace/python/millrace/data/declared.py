"""What the spec says of rows rather than of columns: their times, their groups and their weights, read and checked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from millrace.data import row_hash, time_order
from millrace.data.features import Features
from millrace.data.table import Floats, Index, Numbers, Written, WrittenTable
from millrace.domain.errors import InvalidInput, Rejected
from millrace.domain.manifest import Manifest
from millrace.domain.notation import DecimalMark
from millrace.domain.report import Decision
from millrace.domain.schema import Column, Kind
from millrace.domain.spec import IN_ORDER, Spec
from millrace.domain.spelling import spell
from millrace.domain.warning import Warned

HOW = "held-out rows"
ORDERED = {Kind.NUMBER, Kind.DATE}


@dataclass(frozen=True, slots=True, eq=False)
class Declared:
    """Of each row, shape [rows]; None where the spec, and for times the data, say nothing.

    `times` in the unit of the column `ordered_by`, NaN where a row has none, or places in the file where that is
    `IN_ORDER`; where rows are grouped, of the group's newest row. `groups` are numbers from 0; `group_places` in [0, 1)
    are hashes of what stands in the column. `weights` have a mean of 1.
    """

    times: Floats | None = None
    groups: Index | None = None
    group_places: Floats | None = None
    weights: Floats | None = None
    ordered_by: str | None = None
    decisions: tuple[Decision, ...] = ()
    warned: tuple[Warned, ...] = ()

    def take(self, rows: Index) -> Declared:
        """The same for some rows, in their order."""
        return replace(
            self,
            times=None if self.times is None else self.times[rows],
            groups=None if self.groups is None else self.groups[rows],
            group_places=None if self.group_places is None else self.group_places[rows],
            weights=None if self.weights is None else self.weights[rows],
        )


NOTHING = Declared()


@dataclass(frozen=True, slots=True)
class _Order:
    column: Column | None  # None: the rows' places in the file
    decision: Decision
    warned: tuple[Warned, ...] = ()

    @property
    def name(self) -> str:
        """What the manifest keeps of it."""
        return IN_ORDER if self.column is None else self.column.name


def read(table: WrittenTable, used: Features, spec: Spec, rows: Index, serving: Manifest | None = None) -> Declared:
    """What the spec names of `table`, which has the file's rows at these positions.

    Where it names no time, it is the one by which the model that serves was judged, or, where none serves, one that is
    plain to see: were it found between two versions, one would be judged on rows that the other learned from.
    Raises Rejected: unsupported_time, invalid_weights.
    """
    places = None if spec.group is None else _group_places(table, table.columns[spec.group])
    groups = None if places is None else np.unique(places, return_inverse=True)[1].astype(np.int64)
    order = _order(used, spec, serving)
    times = None if order is None else _times(used.written, order.column, groups, rows)
    decisions = () if order is None else (order.decision,)
    if places is not None and order is None:
        decisions = (Decision(HOW, "whole groups", f"the spec names {spec.group!r}: chosen by a hash of its value"),)
    return Declared(
        times,
        groups,
        places,
        None if spec.weights is None else _weights(table.columns[spec.weights], spec, rows),
        None if order is None else order.name,
        decisions,
        () if order is None or times is None else (*order.warned, *_untimed(times, order.name)),
    )


def newest_of_group(times: Floats, groups: Index) -> Floats:
    """Each row's time as that of its group's newest row; NaN where the whole group has none."""
    newest = np.full(int(groups.max(initial=-1)) + 1, -np.inf)
    np.maximum.at(newest, groups, np.where(np.isnan(times), -np.inf, times))
    return np.where(np.isneginf(newest), np.nan, newest)[groups]


def _order(used: Features, spec: Spec, serving: Manifest | None) -> _Order | None:
    known = {column.name: column for column in (*used.columns, *used.left_out)}
    if spec.time == IN_ORDER:
        return _Order(None, Decision(HOW, "the last fifth", "the spec says that the rows stand in the order of time"))
    if spec.time:
        return _Order(_timed(known, spec.time), _newest(spec.time, "the spec names it as the time of the rows"))
    if spec.time is not None or spec.group is not None:
        return None
    if serving is not None:
        name = serving.ordered_by or ""
        if name == IN_ORDER:
            return _Order(None, Decision(HOW, "the last fifth", "the model that serves was judged so"))
        usable = name in known and known[name].kind in ORDERED and _varies(used.written.columns[name], known[name])
        return _Order(known[name], _newest(name, "the model that serves was judged so")) if usable else None
    found = time_order.find(used.written, _dates(known.values(), spec))
    if found is None:
        return None
    says = f"the rows are in order of {found!r}, so the newest fifth is held out, and not any"
    do = f"say `time: {found}` in spec.yaml if that is so, and `time: no` if it is not"
    return _Order(
        known[found], _newest(found, "the file is sorted by it"), (Warned("ordered_by_time", says, do, (found,)),)
    )


def _dates(columns: Iterable[Column], spec: Spec) -> list[Column]:
    return [column for column in columns if column.kind is Kind.DATE and column.name != spec.weights]


def _newest(name: str, why: str) -> Decision:
    return Decision(HOW, f"the newest fifth by {name}", why)


def _timed(known: dict[str, Column], name: str) -> Column:
    column = known[name]
    if column.kind not in ORDERED:
        raise Rejected(
            f"the spec's time names {name!r}, whose values are neither all dates nor all numbers",
            code="unsupported_time",
            field="time",
            hint="name a column of dates or numbers, or mend the values that are neither",
        )
    return column


def _varies(written: Written, column: Column) -> bool:
    times = np.asarray(written.spell(column), dtype=np.float64)
    return len(np.unique(times[~np.isnan(times)])) > 1


def _times(written: WrittenTable, column: Column | None, groups: Index | None, rows: Index) -> Floats:
    told = rows if column is None else written.columns[column.name].spell(column)
    times = np.asarray(told, dtype=np.float64)
    return times if groups is None else newest_of_group(times, groups)


def _untimed(times: Floats, name: str) -> tuple[Warned, ...]:
    rows = int(np.isnan(times).sum())
    if not rows:
        return ()
    says = f"{rows} of {len(times)} rows have no {name!r}: they are learned from as if they were older than all others"
    return (Warned("untimed_rows", says, "nothing, unless they should have one", (name,)),)


def _group_places(table: WrittenTable, column: Written) -> Floats:
    """A hash of each row's group; of the whole row where it has none, which makes it a group of its own."""
    if isinstance(column, Numbers):
        blank = np.isnan(column.values)
    else:
        blank = np.array([not text for text in column.texts], dtype=np.bool_)[column.codes]
    places = row_hash.of_values(column)
    return np.where(blank, row_hash.positions(table), places) if blank.any() else places


def _weights(written: Written, spec: Spec, rows: Index) -> Floats:
    """How much each row counts, of mean 1. `rows` are their positions in the file."""
    values = _as_numbers(written, spec.decimal or DecimalMark.POINT)
    wrong = np.flatnonzero(~(values >= 0.0))
    if len(wrong):
        what = "a negative weight" if values[wrong[0]] < 0.0 else "no weight that is a number"
        raise _invalid(f"row {rows[wrong[0]] + 1} of the data has {what} in {spec.weights!r}")
    largest = float(values.max(initial=0.0))
    if largest == 0.0:
        raise _invalid(f"every weight in {spec.weights!r} is zero")
    shares = values / largest  # so that no sum overflows
    return np.asarray(shares / shares.mean(), dtype=np.float64)


def _as_numbers(written: Written, decimal: DecimalMark) -> Floats:
    """Numbers; NaN for what is none."""
    if isinstance(written, Numbers) and decimal is DecimalMark.POINT:
        return written.values
    column = Column("", Kind.NUMBER, decimal=decimal)
    return np.array([_number(column, text) for text in written.texts], dtype=np.float64)[written.codes]


def _number(column: Column, text: str) -> float:
    try:
        return float(spell(column, text))
    except InvalidInput:
        return float("nan")


def _invalid(says: str) -> Rejected:
    return Rejected(says, code="invalid_weights", field="weights", hint="give every row a number of 0 or more")

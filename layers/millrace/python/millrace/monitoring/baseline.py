"""What a version's captures will be compared with: its training rows, and its answers to the rows it never saw."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millrace.domain.baseline import PREDICTION, SCORE, Baseline, Cells, ColumnBaseline
from millrace.domain.schema import Kind, Schema
from millrace.monitoring import cells

RARE = 0.001  # share of values that stood once, which is about the share of a next row's unseen ones (Good 1953)


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """What the model answered on the held-out rows, and how well.

    `predictions` are labels or numbers, shape [rows]; `probabilities`, of classes only, [rows, classes].
    `performance` and `deviations` are as in `Baseline`.
    """

    predictions: NDArray[Any]
    probabilities: NDArray[Any] | None = None
    performance: Mapping[str, float] = field(default_factory=dict)
    deviations: Mapping[str, float] = field(default_factory=dict)


def describe(
    schema: Schema,
    columns: Mapping[str, NDArray[Any]],
    held_out: HeldOut,
    *,
    withheld: Collection[str] = (),
    seed: int = 0,
) -> Baseline:
    """The baseline of typed training `columns`, of shape [rows] each; the same arguments give the same one.

    Missing is NaN for numbers and the schema's `missing` token for categories and text. Of `withheld` columns
    and of free text no value is kept: only how many rows hold one.
    """
    rows = len(held_out.predictions)
    answers = Kind.CATEGORY if schema.task.is_classification else Kind.NUMBER
    described = tuple(
        _counted(each.name, each.kind, columns[each.name], missing=each.missing)
        if each.name in withheld or each.kind is Kind.TEXT
        else _column(each.name, each.kind, columns[each.name], missing=each.missing, seed=seed)
        for each in schema.features
    )
    scores = None if held_out.probabilities is None else score(held_out.probabilities)
    return Baseline(
        rows=len(columns[schema.features[0].name]),
        columns=described,
        predictions=_answers(PREDICTION, answers, held_out.predictions, schema.classes),
        scores=None if scores is None else _answers(SCORE, Kind.NUMBER, scores, ()),
        performance=dict(held_out.performance),
        held_out=rows,
        deviations=dict(held_out.deviations),
    )


def score(probabilities: NDArray[Any]) -> NDArray[np.float64]:
    """The probability of the label that a model gave, which is the greatest; shape [rows]."""
    given: NDArray[np.float64] = np.asarray(probabilities, dtype=np.float64).max(axis=1)
    return given


def _column(name: str, kind: Kind, values: NDArray[Any], *, missing: str | None, seed: int) -> ColumnBaseline:
    if kind.is_text:
        return _category(name, values, missing, seed)
    ordered = np.sort(cells.finite(values))
    chosen = cells.BOOLEAN if kind is Kind.BOOLEAN else cells.of_numbers(ordered, bounded=True)
    return _of_numbers(name, kind, chosen, ordered, len(values))


def _answers(name: str, kind: Kind, values: NDArray[Any], classes: tuple[str, ...]) -> ColumnBaseline:
    """What a model answers has no bounds to keep to, and its classes are known before it answers."""
    if kind.is_text:
        known = Cells(values=tuple(dict.fromkeys(each[: cells.TEXT] for each in classes)))
        counts = cells.place_texts(known, cells.count_texts(cells.texts(values), None))
        return ColumnBaseline(name, kind, known, counts, sum(counts), 0)
    ordered = np.sort(cells.finite(values))
    return _of_numbers(name, kind, cells.of_numbers(ordered, bounded=False), ordered, len(values))


def _of_numbers(name: str, kind: Kind, chosen: Cells, ordered: NDArray[np.float64], rows: int) -> ColumnBaseline:
    counts = cells.place_ordered(chosen, ordered)
    least, greatest = cells.bounds(kind, ordered)
    return ColumnBaseline(name, kind, chosen, counts, len(ordered), rows - len(ordered), least, greatest)


def _category(name: str, values: NDArray[Any], missing: str | None, seed: int) -> ColumnBaseline:
    """Where not every value can have a cell, or some are rare, those that get one are chosen on half of the rows.

    A value that is common among the rows by which it was chosen is less so among others (the winner's curse), and
    there are values yet unseen: the other half shows both as captures will, so that neither looks like drift.
    """
    counted = cells.count_texts(cells.texts(values), missing)
    present = sum(counted.values())
    once = sum(times == 1 for times in counted.values())
    chosen = counted
    if len(counted) > cells.VALUES or once > RARE * present:
        half = np.random.default_rng(seed).random(len(values)) < 0.5
        chosen = cells.count_texts(cells.texts(values[half]), missing)
        counted = cells.count_texts(cells.texts(values[~half]), missing)
    known = cells.of_texts(chosen)
    counts = cells.place_texts(known, counted)
    return ColumnBaseline(name, Kind.CATEGORY, known, counts, present, len(values) - present)


def _counted(name: str, kind: Kind, values: NDArray[Any], *, missing: str | None) -> ColumnBaseline:
    there = sum(cells.count_texts(cells.texts(values), missing).values()) if kind.is_text else len(cells.finite(values))
    return ColumnBaseline(name, kind, Cells(), (there,), there, len(values) - there)

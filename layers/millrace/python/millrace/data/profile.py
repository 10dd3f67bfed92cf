"""The profile of a dataset version: every admitted row, vectorised, without the values that tell of a person."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from millrace.data import association
from millrace.data.admitted import Admitted
from millrace.data.distinct import count
from millrace.data.personal import Personal
from millrace.data.table import Index, Written
from millrace.domain.profile import (
    Booleans,
    Categories,
    Category,
    ColumnProfile,
    Histogram,
    Numbers,
    Profile,
    Quantile,
    Role,
)
from millrace.domain.schema import Column, Kind
from millrace.domain.spelling import spell

BINS = 30
TOP = 20
TEXT = 80  # characters of a value
SHARES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
IDENTIFIER = 0.5  # share of the present rows; a category with more distinct values than this tells rows apart
Floats = NDArray[np.float64]


def describe(rows: Admitted, sample: Admitted, personal: Mapping[str, Personal], unanswered: int) -> Profile:
    """Describe every column: `rows` are all admitted ones, `sample` those for what is costly.

    Of columns in `personal`, of free text and of categories that identify rows, counts only: no value is stored.
    """
    features = {column.name: column for column in rows.schema.features}
    left_out = {column.name: column for column in rows.left_out}
    described = []
    for name, written in rows.written.columns.items():
        withheld = f"it seems to hold {personal[name].what}" if name in personal else None
        if name in features:
            column = features[name]
            values = None if column.kind.is_text else np.asarray(rows.table[name], dtype=np.float64)
            strength = association.with_target(sample, column)
            described.append(_column(column, Role.FEATURE, written, values, strength, withheld))
        elif name in left_out:
            column = left_out[name]
            values = None if column.kind.is_text else np.asarray(written.spell(column), dtype=np.float64)
            described.append(_column(column, Role.LEFT_OUT, written, values, None, withheld))
        else:
            described.append(_target(rows, unanswered, withheld))
    return Profile(
        rows=rows.rows,
        unanswered=unanswered,
        columns=tuple(described),
        correlations=association.correlations(sample),
        measure=association.measure(sample),
        sampled=sample.rows,
    )


def _column(
    column: Column, role: Role, written: Written, values: Floats | None, strength: float | None, withheld: str | None
) -> ColumnProfile:
    if values is None:
        return _category(column, role, written, strength, withheld)
    present = values[~np.isnan(values)]
    distinct = count(present)
    is_boolean, is_shown = column.kind is Kind.BOOLEAN, withheld is None and len(present) > 0
    return ColumnProfile(
        name=column.name,
        kind=column.kind,
        role=role,
        present=len(present),
        missing=len(values) - len(present),
        distinct=distinct.number,
        distinct_is_estimated=distinct.is_estimated,
        numbers=_numbers(present) if is_shown and not is_boolean else None,
        booleans=_booleans(present) if is_shown and is_boolean else None,
        association=strength,
        withheld=withheld,
    )


def _category(
    column: Column, role: Role, written: Written, strength: float | None, withheld: str | None
) -> ColumnProfile:
    counts = np.bincount(written.codes, minlength=len(written.texts))
    there = np.array([spell(column, text) != column.missing for text in written.texts], dtype=np.bool_)
    present, distinct = int(counts[there].sum()), int(there.sum())
    if withheld is None and column.kind is Kind.TEXT:
        withheld = "it is free text"
    if withheld is None and distinct > IDENTIFIER * present:
        withheld = "it identifies rows: most of its values stand once"
    return ColumnProfile(
        name=column.name,
        kind=column.kind,
        role=role,
        present=present,
        missing=int(counts.sum()) - present,
        distinct=distinct,
        categories=_categories(written.texts, np.where(there, counts, 0)) if withheld is None else None,
        association=strength,
        withheld=withheld,
    )


def _target(rows: Admitted, unanswered: int, withheld: str | None) -> ColumnProfile:
    """The target by its answers: a class is a category, whatever it is written in."""
    schema = rows.schema
    column = Column(schema.target, Kind.CATEGORY if schema.classes else Kind.NUMBER)
    if not schema.classes:
        values = np.concatenate([np.asarray(rows.answers, dtype=np.float64), np.full(unanswered, np.nan)])
        return _column(column, Role.TARGET, rows.written.columns[schema.target], values, None, withheld)
    counts = np.bincount(np.asarray(rows.answers, dtype=np.int64), minlength=len(schema.classes))
    return ColumnProfile(
        name=column.name,
        kind=column.kind,
        role=Role.TARGET,
        present=rows.rows,
        missing=unanswered,
        distinct=len(schema.classes),
        categories=_categories(schema.classes, counts) if withheld is None else None,
        withheld=withheld,
    )


def _numbers(present: Floats) -> Numbers:
    least, greatest = float(present.min()), float(present.max())
    size = max(abs(least), abs(greatest), 1e-300)
    scaled = present / size  # so that squares and differences stay in range
    quantiles = (np.quantile(scaled, SHARES) * size).tolist()
    return Numbers(
        least=least,
        greatest=greatest,
        mean=min(max(float(scaled.mean()) * size, least), greatest),
        deviation=min(float(scaled.std()) * size, size),
        quantiles=tuple(
            Quantile(share, min(max(value, least), greatest)) for share, value in zip(SHARES, quantiles, strict=True)
        ),
        histogram=histogram(present, least, greatest),
    )


def histogram(present: Floats, least: float, greatest: float) -> Histogram:
    """At most 30 bins of one width over present values; one bin for a single value."""
    bins = BINS if greatest > least else 1
    share = np.arange(bins + 1) / bins
    edges = least * (1.0 - share) + greatest * share
    if not np.all(np.diff(edges) > 0):  # one value, or neighbours so near that no float lies between
        return Histogram((least, greatest), (len(present),))
    place = np.searchsorted(edges, present, side="right") - 1
    counts = np.bincount(np.minimum(place, bins - 1), minlength=bins)
    return Histogram(tuple(edges.tolist()), tuple(counts.tolist()))


def _booleans(present: Floats) -> Booleans:
    true = int((present == 1.0).sum())
    return Booleans(true, len(present) - true)


def _categories(values: tuple[str, ...], counts: Index) -> Categories:
    order = [k for k in np.argsort(-counts, kind="stable")[:TOP].tolist() if counts[k]]
    top = tuple(Category(values[k][:TEXT], int(counts[k])) for k in order)
    return Categories(top, int(counts.sum()) - sum(each.rows for each in top))

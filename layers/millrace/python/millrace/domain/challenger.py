"""What a retraining trains: the champion's question again, on captures that got their truth since."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from millrace.domain.manifest import Manifest
from millrace.domain.notation import DateOrder, DecimalMark
from millrace.domain.origin import Origin
from millrace.domain.schema import Column, Kind
from millrace.domain.spec import IN_ORDER, UNORDERED, Spec


def spec_of(champion: Manifest, columns: Collection[str]) -> Spec:
    """The champion's spec with what the data decided then, less what it names and these columns of captures lack.

    Where the spec leaves open how numbers and dates are written, it is as in the champion's columns: callers go on
    writing so.
    """
    spec, schema = champion.lineage.spec, champion.schema
    return replace(
        spec,
        target=schema.target,
        task=schema.task,
        features=spec.features if set(spec.features or ()) <= set(columns) else None,
        exclude=tuple(name for name in spec.exclude if name in columns),
        time=spec.time if spec.time in {UNORDERED, IN_ORDER, *(column.name for column in schema.features)} else None,
        group=None,  # as weights, it is no feature, so that captures lack it
        weights=None,
        decimal=spec.decimal or _decimal(schema.features),
        date_order=spec.date_order or _date_order(schema.features),
    )


def origin_of(champion: Origin, content: str) -> Origin:
    """The champion's place in the order of uploads, for a challenger made of other content.

    It is no older than what serves, so that the gate decides between the two, and older than any upload since.
    """
    return replace(champion, content=content)


def _decimal(columns: Iterable[Column]) -> DecimalMark | None:
    """The comma where any column has it: one without fractions is written alike by both, and read by the point."""
    marks = {column.decimal for column in columns if column.kind is Kind.NUMBER}
    return DecimalMark.COMMA if DecimalMark.COMMA in marks else next(iter(marks), None)


def _date_order(columns: Iterable[Column]) -> DateOrder | None:
    """The one order that any column has; None where two of them differ, or none needs one."""
    orders = {column.date_order for column in columns if column.date_order is not None}
    return orders.pop() if len(orders) == 1 else None

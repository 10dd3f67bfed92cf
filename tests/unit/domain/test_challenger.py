"""A challenger answers the champion's question, in its callers' notation, and takes its place in the order."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pytest

from millrace.domain import challenger
from millrace.domain.notation import DateOrder, DecimalMark
from millrace.domain.origin import Origin, in_order
from millrace.domain.schema import Column, Kind, Schema
from millrace.domain.spec import IN_ORDER, UNORDERED, Metric, Spec, Task
from tests import samples

COMMA = Column("amount", Kind.NUMBER, decimal=DecimalMark.COMMA)
POINT = Column("age", Kind.NUMBER)
CITY = Column("city", Kind.CATEGORY, "missing")
DAY, MONTH = (Column(f"{order}-first", Kind.DATE, date_order=order) for order in DateOrder)
ISO = Column("since", Kind.DATE)


def spec(*columns: Column, captured: Collection[str] = (), **wishes: Any) -> Spec:
    schema = Schema(columns, "class", Task.MULTICLASS, ("a", "b", "c"))
    made_from = replace(samples.manifest().lineage, spec=Spec(**wishes))
    return challenger.spec_of(samples.manifest(schema=schema, lineage=made_from), captured)


def test_what_the_data_decided_is_asked_for() -> None:
    made = spec(CITY, target=None, task=None)
    assert (made.target, made.task, made.features, made.exclude) == ("class", Task.MULTICLASS, None, ())


def test_what_captures_lack_is_not_named() -> None:
    wishes: dict[str, Any] = {"features": ("city", "age"), "exclude": ("name", "id")}
    made = spec(CITY, captured=("city", "age", "name", "id", "class"), **wishes)
    assert (made.features, made.exclude) == (("city", "age"), ("name", "id"))
    made = spec(CITY, captured=("city", "id", "class"), **wishes)
    assert (made.features, made.exclude) == (None, ("id",))


def test_every_other_wish_stays() -> None:
    wishes: dict[str, Any] = {
        "metric": Metric.F1,
        "margin": 0.01,
        "seed": 7,
        "backend": "batch",
        "promote": False,
        "folds": 3,
        "balance": True,
        "false_negative_cost": 9.0,
        "budget_seconds": 10.0,
        "trials": 5,
        "jobs": 4,
        "max_model_mb": 5.0,
        "max_row_ms": 0.5,
    }
    guards: dict[str, Any] = {
        "capture_rate": 0.5,
        "retrain_cooldown_hours": 1.0,
        "retrain_daily_limit": 9,
        "drift_rows": 300,
    }
    made = spec(CITY, **wishes, **guards)
    for name, value in (wishes | guards).items():
        assert getattr(made, name) == value


def test_what_is_no_feature_is_in_no_capture() -> None:
    """Else a retraining would ask for a column that is there without a value."""
    made = spec(ISO, time="since", group="household", weights="w", captured=("since", "class"))
    assert (made.time, made.group, made.weights) == ("since", None, None)
    made = spec(CITY, time="since", exclude=("since",), captured=("city", "since", "class"))
    assert (made.time, made.exclude) == (None, ("since",))
    assert spec(CITY, time=UNORDERED).time == UNORDERED
    assert spec(CITY, time=IN_ORDER).time == IN_ORDER  # captures are written hour after hour


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ((POINT, CITY), DecimalMark.POINT),
        ((COMMA, POINT, CITY), DecimalMark.COMMA),
        ((COMMA,), DecimalMark.COMMA),
        ((CITY, ISO), None),
    ],
)
def test_numbers_are_read_as_the_champion_reads_them(columns: tuple[Column, ...], expected: DecimalMark | None) -> None:
    assert spec(*columns).decimal == expected
    assert spec(*columns, decimal=DecimalMark.POINT).decimal == DecimalMark.POINT


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ((DAY, ISO), DateOrder.DAY),
        ((MONTH, POINT), DateOrder.MONTH),
        ((DAY, MONTH), None),
        ((ISO, CITY), None),
    ],
)
def test_dates_are_read_as_the_champion_reads_them(columns: tuple[Column, ...], expected: DateOrder | None) -> None:
    assert spec(*columns).date_order == expected
    assert spec(*columns, date_order=DateOrder.MONTH).date_order == DateOrder.MONTH


def test_a_challenger_s_challenger_asks_for_the_same() -> None:
    first = spec(COMMA, DAY)
    schema = Schema((COMMA, DAY), "class", Task.MULTICLASS, ("a", "b", "c"))
    again = samples.manifest(schema=schema, lineage=replace(samples.manifest().lineage, spec=first))
    assert challenger.spec_of(again, ()) == first


CHAMPION = Origin("upload", in_order("5"), in_order("6"))


def test_it_is_no_older_than_what_serves_and_no_newer() -> None:
    made = challenger.origin_of(CHAMPION, "captures")
    assert made.content == "captures"
    assert not made.is_older_than(CHAMPION)
    assert not CHAMPION.is_older_than(made)


def test_an_upload_since_is_newer_and_one_from_before_is_older() -> None:
    made = challenger.origin_of(CHAMPION, "captures")
    assert made.is_older_than(Origin("later", in_order("7")))
    assert made.is_older_than(Origin("upload", in_order("5"), in_order("7")))  # a new spec for the same upload
    assert Origin("late", in_order("4")).is_older_than(made)


def test_the_gate_compares_the_two() -> None:
    by_default = replace(CHAMPION, spec="", by_default=True)
    made = challenger.origin_of(by_default, "captures")
    assert not made.supersedes(by_default)
    assert not Origin("upload", in_order("5"), in_order("9")).supersedes(made)  # other content, so compared too

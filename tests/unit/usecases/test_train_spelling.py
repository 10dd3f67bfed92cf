"""A table as people write it is learnt from, and the model answers the same rows, as they stand, as in training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from millrace.adapters import documents
from millrace.data.read import read
from millrace.domain.errors import InvalidInput
from millrace.domain.manifest import Manifest
from millrace.domain.notation import DateOrder, DecimalMark
from millrace.domain.schema import Column, Kind
from millrace.domain.spec import Spec, Task
from millrace.inference.columns import from_rows
from millrace.inference.tabular import Regression, TabularModel
from millrace.learning import parity
from millrace.usecases.train import Trained, train
from tests.rows import csv_file
from tests.trained import job
from tests.writing import thousands

ROWS = 120


def as_written() -> dict[str, list[object]]:
    """Columns in local spellings, and a price that depends on each."""
    random = np.random.default_rng(0)
    income, share, days = (
        random.integers(500, 90_000, ROWS),
        random.integers(0, 100, ROWS),
        random.integers(0, 700, ROWS),
    )
    paid = random.random(ROWS) < 0.5
    price = income * 0.01 + share * 3.0 + days * 0.5 + paid * 50.0
    return {
        "income": [f"{thousands(str(each), '.')},50 €" for each in income],
        "share": ["-" if i % 19 == 0 else f"{each} %" for i, each in enumerate(share)],
        "since": [f"{date(2025, 1, 1) + timedelta(int(each)):%d.%m.%Y} 14:30" for each in days],
        "paid": ["on" if each else "Off" for each in paid],
        "price": [f"({each:.2f})".replace(".", ",") for each in price],
    }


def trained(folder: Path, rows: Mapping[str, Sequence[object]], spec: Spec | None = None) -> Trained:
    path = csv_file(folder / "data.csv", rows)
    return train(job(path, spec or Spec(target="price")))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("spelling"), as_written())


def test_the_schema_says_how_each_column_was_written(made: Trained) -> None:
    assert made.manifest.schema.features == (
        Column("income", Kind.NUMBER, decimal=DecimalMark.COMMA, currency="€"),
        Column("share", Kind.NUMBER),
        Column("since", Kind.DATE, date_order=DateOrder.DAY),
        Column("paid", Kind.BOOLEAN),
    )
    assert made.report.task is Task.REGRESSION
    assert made.report.warnings == ()
    assert documents.load(Manifest, documents.dump(made.manifest)) == made.manifest


def test_the_model_answers_the_rows_as_they_are_written(made: Trained, tmp_path: Path) -> None:
    rows = as_written()
    schema = documents.load(Manifest, documents.dump(made.manifest)).schema
    table = read(csv_file(tmp_path / "data.csv", rows)).spell(schema.features)
    in_training = parity.run(made.model, table, schema).values
    records = [dict(zip(schema_names(made), row, strict=True)) for row in zip(*inputs(rows, made), strict=True)]
    answer = TabularModel.load(made.model, schema).predict(from_rows(schema, records))
    assert isinstance(answer, Regression)
    np.testing.assert_array_equal(answer.values.reshape(-1), in_training.reshape(-1))
    assert answer.values.max() < 0  # brackets are a minus
    assert np.ptp(answer.values) > 100


def test_plain_numbers_and_iso_dates_are_answered_alike_and_another_order_or_currency_is_refused(made: Trained) -> None:
    schema = made.manifest.schema
    local = {"income": "12.345,50 €", "share": "7 %", "since": "03.02.2026 14:30", "paid": "on"}
    plain = {"income": 12345.5, "share": 0.07, "since": "2026-02-03T14:30:00Z", "paid": True}
    one, other = from_rows(schema, [local]), from_rows(schema, [plain])
    assert {name: values.tolist() for name, values in one.items()} == {n: v.tolist() for n, v in other.items()}
    for wrong in ({"income": "$5"}, {"income": "12,345.50"}, {"since": "02/13/2026"}):
        with pytest.raises(InvalidInput):
            from_rows(schema, [{**local, **wrong}])


def test_a_target_that_can_be_read_in_two_ways_is_warned_of(tmp_path: Path) -> None:
    rows = as_written()
    rows["price"] = [f"{1 + i % 60},{100 + i}" for i in range(ROWS)]
    rows["since"] = [f"0{1 + i % 9}/0{1 + i % 8}/2026" for i in range(ROWS)]
    report = trained(tmp_path, rows).report
    price, since = (warned.says for warned in report.warned if warned.code == "open_reading")
    assert price.startswith("column 'price': no value shows whether a comma")
    assert since.startswith("column 'since': no value shows whether its dates begin")
    whys = {decision.what: decision.why for decision in report.decisions}
    assert price.partition(": ")[2] in whys["column price"]
    assert since.partition(": ")[2] in whys["column since"]
    spec = Spec(target="price", decimal=DecimalMark.COMMA, date_order=DateOrder.MONTH)
    told = trained(tmp_path, rows, spec)
    assert told.report.warnings == ()
    assert replace(told.manifest.schema.features[2], name="x") == Column("x", Kind.DATE, date_order=DateOrder.MONTH)


def schema_names(made: Trained) -> list[str]:
    return [column.name for column in made.manifest.schema.features]


def inputs(rows: Mapping[str, Sequence[object]], made: Trained) -> list[Sequence[object]]:
    return [rows[name] for name in schema_names(made)]

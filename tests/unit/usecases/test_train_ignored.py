"""Callers go on sending what versions before took: a version knows what it makes nothing of."""

from __future__ import annotations

from pathlib import Path

from millrace.adapters import documents
from millrace.domain.manifest import Manifest
from millrace.inference import columns
from millrace.inference.tabular import Classification, TabularModel
from millrace.learning.champion import Champion
from millrace.usecases.train import Trained, train
from tests.rows import csv_file, mixed
from tests.trained import OneLine, job


def trained(path: Path, champion: Champion | None = None) -> Trained:
    return train(job(path, champion=champion), trainers=[OneLine()])


def test_a_version_takes_and_ignores_what_it_left_out(tmp_path: Path) -> None:
    rows = mixed()
    made = trained(csv_file(tmp_path / "data.csv", {"batch": ["B7"] * len(rows["age"]), **rows}))
    assert made.manifest.schema.ignored == ("batch",)
    answers(made, {"batch": "B7", "age": 30})
    answers(made, {"batch": "B8", "age": 30})


def test_a_challenger_takes_what_its_champion_took(tmp_path: Path) -> None:
    """Of the champion's inputs one became constant and one is no longer sent; one that it ignored teaches now."""
    rows = mixed()
    constant = ["B7"] * len(rows["age"])
    first = trained(csv_file(tmp_path / "data.csv", {"batch": constant, "site": constant, **rows}))
    del rows["since"]
    path = csv_file(tmp_path / "newer.csv", {"site": rows["city"], **rows, "city": ["Paris"] * len(constant)})
    second = trained(path, Champion(1, first.model, first.manifest))
    schema = second.manifest.schema
    assert {column.name for column in schema.features} == {"age", "member", "site"}
    assert schema.ignored == ("city", "since", "batch")
    assert documents.load(Manifest, documents.dump(second.manifest)).schema == schema
    answers(second, {"age": 30, "member": True, "since": "2024-06-01", "city": "Lima", "batch": "B7"})
    third = trained(path, Champion(2, second.model, second.manifest))
    assert third.manifest.schema.ignored == schema.ignored  # whoever began with the first goes on


def answers(made: Trained, row: dict[str, object]) -> None:
    schema = made.manifest.schema
    assert isinstance(TabularModel.load(made.model, schema).predict(columns.from_rows(schema, [row])), Classification)

from __future__ import annotations

import json
from pathlib import Path

import pytest

from millrace.domain.job import Job
from millrace.domain.schema import Column, Kind, Schema
from millrace.domain.spec import Spec, Task
from millrace.usecases import labelled_dataset
from millrace.usecases.gather_parts import listed_parts
from millrace.usecases.job_folder import lay_out
from millrace.usecases.join_truth import join
from millrace.usecases.labelled_dataset import dataset_of, labelled_rows
from tests.unit.usecases.labelling import HOUR, MODEL, TENANT, Desk, call

LATER = "2026-11-24T21"


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.version()
    return made


def live(desk: Desk, hour: int, rows: int, *, first: int = 0, version: int = 1) -> None:
    """So many calls of an hour with their truth, the ages counting."""
    names = [call(number, hour) for number in range(first, first + rows)]
    for number, name in enumerate(names, first):
        desk.answer(name, {"age": 100 * hour + number, "city": "Paris"}, version=version)
    desk.turned_out(*((name, "good") for name in names), arrived=f"{hour:02d}")
    join(TENANT, MODEL, None, desk.join_ports)


def ages(desk: Desk, rows: int = 100) -> list[list[int]]:
    """The ages in each part of the dataset version."""
    version = dataset_of(TENANT, MODEL, desk.dataset_ports, rows=rows)
    assert version is not None
    parts = listed_parts(TENANT, version.data, desk.blobs)
    return [[json.loads(line)["age"] for line in desk.truth.part(part)] for part in parts]


def test_without_a_joined_row_there_is_no_dataset(desk: Desk) -> None:
    assert dataset_of(TENANT, MODEL, desk.dataset_ports, rows=10) is None
    desk.turned_out((call(1), "good"))
    join(TENANT, MODEL, None, desk.join_ports)
    assert dataset_of(TENANT, MODEL, desk.dataset_ports, rows=10) is None
    assert labelled_rows(TENANT, MODEL, desk.truth) == 0
    assert desk.datasets.of_tenant(TENANT) == []


def test_hours_are_parts_of_one_version(desk: Desk) -> None:
    live(desk, 0, 3)
    live(desk, 1, 2)
    assert ages(desk) == [[0, 1, 2], [100, 101]]
    assert labelled_rows(TENANT, MODEL, desk.truth) == 5
    (version,) = desk.datasets.of_tenant(TENANT)
    assert (version.tenant, version.dataset, version.arrived) == (TENANT, MODEL, "01")
    assert version.data.key == f"{TENANT}/{MODEL}/labelled/{HOUR}--{LATER}"
    assert version.data.bucket == "captures"


def test_the_same_rows_are_the_same_version_and_others_are_another(desk: Desk) -> None:
    live(desk, 0, 3)
    first = dataset_of(TENANT, MODEL, desk.dataset_ports, rows=10)
    again = dataset_of(TENANT, MODEL, desk.dataset_ports, rows=10)
    assert first is not None
    assert again == first
    live(desk, 0, 1, first=3)
    other = dataset_of(TENANT, MODEL, desk.dataset_ports, rows=10)
    assert other is not None
    assert other.digest != first.digest
    assert len(desk.datasets.of_tenant(TENANT)) == 2
    parts = listed_parts(TENANT, first.data, desk.blobs)
    assert all(desk.truth.part(part) for part in parts)  # what a run may still train on stays


def test_the_newest_rows_are_taken_and_no_more(desk: Desk) -> None:
    for hour in range(3):
        live(desk, hour, 3)
    assert ages(desk, 4) == [[102], [200, 201, 202]]
    assert ages(desk, 6) == [[100, 101, 102], [200, 201, 202]]
    assert ages(desk, 1) == [[202]]


def test_only_rows_with_the_newest_columns_are_taken(desk: Desk) -> None:
    live(desk, 0, 1)
    live(desk, 1, 1)
    other = desk.version(schema=Schema((Column("age", Kind.NUMBER),), "class", Task.BINARY, ("bad", "good")))
    live(desk, 2, 2, version=other)
    assert ages(desk) == [[200, 201]]
    live(desk, 3, 1)
    assert ages(desk) == [[0], [100], [300]]


def test_small_neighbours_are_put_together_rather_than_dropped(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labelled_dataset, "MAX_PARTS", 5)
    for hour in range(12):
        live(desk, hour, 9 if hour == 6 else 1)
    parts = ages(desk)
    assert len(parts) <= 5
    assert [age for part in parts for age in part] == [
        *(100 * hour for hour in range(6)),
        *range(600, 609),
        *(100 * hour for hour in range(7, 12)),
    ]
    assert ages(desk) == parts
    assert len(desk.datasets.of_tenant(TENANT)) == 1


@pytest.mark.parametrize("sizes", [[1] * 30, [50, *[1] * 29], [1, 9] * 15, list(range(30)), [7] * 11])
def test_however_rows_fall_on_hours_there_are_no_more_parts_than_a_job_takes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, sizes: list[int]
) -> None:
    monkeypatch.setattr(labelled_dataset, "MAX_PARTS", 10)
    for hour, rows in enumerate(sizes):
        if rows:
            live(desk, hour, rows)
    parts = ages(desk, 10_000)
    assert len(parts) <= 10
    assert sum(map(len, parts)) == sum(sizes)


def test_a_job_finds_the_parts_in_its_folder(desk: Desk, tmp_path: Path) -> None:
    """They lie in the capture bucket, below an hour, and not where uploads do."""
    live(desk, 0, 2)
    live(desk, 1, 1)
    version = dataset_of(TENANT, MODEL, desk.dataset_ports, rows=10)
    assert version is not None
    job = Job(TENANT, MODEL, "f" * 32, 1, version.data, Spec())
    lay_out(tmp_path, job, desk.truth.landing, desk.blobs)
    names = [path.name for path in sorted((tmp_path / "input/data/training").iterdir())]
    assert [name[: len(f"part-{HOUR}")] for name in names] == [f"part-{HOUR}", f"part-{LATER}"]
    assert all(name.endswith(".jsonl.gz") for name in names)

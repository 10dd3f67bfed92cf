"""A job holds out the newest rows or whole groups where its spec, or the file, says that they belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from millrace.data import split
from millrace.data.split import Split
from millrace.data.table import Index
from millrace.domain.errors import Rejected
from millrace.domain.report import Report
from millrace.domain.spec import IN_ORDER, UNORDERED, Spec
from millrace.learning.champion import Champion
from millrace.usecases.train import Trained, train
from tests.rows import csv_file, mixed
from tests.trained import OneLine, job
from tests.unit.data.test_time_order import hours

ROWS = 160
STREAM = hours(ROWS)


@pytest.fixture
def learned(monkeypatch: pytest.MonkeyPatch) -> list[Index]:
    """The positions of the rows that were not held out, of each job."""
    seen: list[Index] = []
    real = split.split

    def spy(*asked: Any) -> Split:
        found = real(*asked)
        seen.append(found.train)
        return found

    monkeypatch.setattr(split, "split", spy)
    return seen


def trained(
    folder: Path, rows: Mapping[str, Sequence[object]], serving: Trained | None = None, **wishes: Any
) -> Trained:
    path = csv_file(folder / "data.csv", rows)
    champion = None if serving is None else Champion(1, serving.model, serving.manifest)
    return train(job(path, Spec(target="answer", **wishes), champion=champion), trainers=(OneLine(),))


def table(**more: Sequence[object]) -> dict[str, Sequence[object]]:
    return {**mixed(ROWS), **more}


def how(report: Report) -> list[str]:
    return [decision.choice for decision in report.decisions if decision.what == "held-out rows"]


def codes(report: Report) -> set[str]:
    return {warning.code for warning in report.warned}


def test_a_declared_time_holds_out_the_newest_fifth(tmp_path: Path, learned: list[Index]) -> None:
    turned = [*range(100, ROWS), *range(100)]
    made = trained(tmp_path, table(sold=[STREAM[i] for i in turned]), time="sold")
    assert sorted(turned[row] for row in learned[0]) == list(range(128))
    assert made.report.rows_held_out == 32
    assert made.manifest.ordered_by == "sold"
    assert how(made.report) == ["the newest fifth by sold"]
    assert "sold" in {column.name for column in made.manifest.schema.features}


def test_rows_in_the_order_of_time_hold_out_the_last_fifth(tmp_path: Path, learned: list[Index]) -> None:
    made = trained(tmp_path, table(), time=IN_ORDER)
    assert learned[0].tolist() == list(range(128))
    assert (made.manifest.ordered_by, how(made.report)) == (IN_ORDER, ["the last fifth"])
    trained(tmp_path, table(), made)
    assert learned[1].tolist() == list(range(128))


def test_a_stream_is_found_told_and_deniable(tmp_path: Path, learned: list[Index]) -> None:
    made = trained(tmp_path, table(at=STREAM))
    assert learned[0].tolist() == list(range(128))
    assert "ordered_by_time" in codes(made.report)
    assert made.manifest.ordered_by == "at"
    made = trained(tmp_path, table(at=STREAM), time=UNORDERED)
    assert learned[1].tolist() != list(range(128))
    assert "ordered_by_time" not in codes(made.report)
    assert (made.manifest.ordered_by, how(made.report)) == (None, [])


def test_a_challenger_is_split_as_the_model_that_serves_was(tmp_path: Path, learned: list[Index]) -> None:
    """Rows captured in order of a date must not be split anew: the champion has learned from what would be held out."""
    by_hash = trained(tmp_path, table(at=[*STREAM[1:], STREAM[0]]))
    made = trained(tmp_path, table(at=STREAM), by_hash)
    assert (made.manifest.ordered_by, learned[1].tolist() == list(range(128))) == (None, False)
    by_time = trained(tmp_path, table(at=STREAM))
    made = trained(tmp_path, table(at=[*STREAM[1:], STREAM[0]]), by_time)
    assert (made.manifest.ordered_by, learned[3].tolist()) == ("at", [*range(127), 159])


def test_a_declared_group_is_on_one_side_and_no_feature(tmp_path: Path, learned: list[Index]) -> None:
    groups = [i % 40 for i in range(ROWS)]
    made = trained(tmp_path, table(who=groups), group="who")
    held_out = set(range(ROWS)) - set(learned[0].tolist())
    assert {groups[row] for row in held_out}.isdisjoint(groups[row] for row in learned[0])
    assert made.report.rows_held_out == len(held_out)
    assert how(made.report) == ["whole groups"]
    assert "who" not in {column.name for column in made.manifest.schema.features}
    assert "who" in made.manifest.schema.ignored


def test_weights_are_no_feature_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    made = trained(tmp_path, table(w=[1 + i % 5 for i in range(ROWS)]), weights="w")
    assert "w" not in {column.name for column in made.manifest.schema.features}
    rows = table(w=[1] * ROWS)
    rows["answer"] = ["", *rows["answer"][1:]]
    rows["w"] = [*[1] * 99, -1, *[1] * 60]
    with pytest.raises(Rejected, match="row 100 of the data has a negative weight"):
        trained(tmp_path, rows, weights="w")


@pytest.mark.parametrize(
    ("wishes", "field"),
    [({"balance": True}, "balance"), ({"false_negative_cost": 2.0}, "false_negative_cost")],
)
def test_what_a_task_found_in_the_data_lacks_is_refused(tmp_path: Path, wishes: dict[str, Any], field: str) -> None:
    path = csv_file(tmp_path / "data.csv", mixed())
    with pytest.raises(Rejected) as refused:
        train(job(path, Spec(target="age", **wishes)))
    assert (refused.value.code, refused.value.field) == ("wish_mismatch", field)

"""What is still to be measured, when it stops, and what the table says of it all; on made-up cells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.automl import comparison, measure, plan, table
from benchmarks.automl.cells import Cell, Measured
from benchmarks.automl.datasets import DATA, DATASETS
from benchmarks.automl.known import Known
from benchmarks.automl.plan import Wanted
from benchmarks.automl.splits import Floats, Split
from benchmarks.automl.systems import System, identity
from benchmarks.figures import Row

PHONEME = Wanted(datasets=["phoneme"], systems=["millrace", "linear", "lightgbm", "flaml"], seconds=[60])
SKILL = {"millrace": 3.0, "flaml": 2.9, "lightgbm": 2.0, "linear": 0.5}


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Known:
    monkeypatch.setenv(DATA, str(tmp_path))
    path = tmp_path / "phoneme/data.csv"
    path.parent.mkdir()
    random = np.random.default_rng(0)
    lines = [f"{number:.3f},{int(number > 0)}" for number in random.normal(size=1000)]
    path.write_text("\n".join(["V1,class", *lines]) + "\n")
    return Known(tmp_path / "kept")


def made_up(cell: Cell, split: Split) -> tuple[Measured, Floats]:
    """Answers that know the truth as well as the system's skill."""
    noise = np.random.default_rng([cell.seed, len(cell.system)]).normal(size=len(split.held_out))
    chance = 1 / (1 + np.exp(-(SKILL[cell.system] * (split.truth - 0.5) + noise)))
    answers = np.column_stack([1 - chance, chance])
    row_ms = {"millrace": 0.1, "flaml": 10.0}.get(cell.system, 1.0)
    scores = measure.scores(split, answers)
    return Measured(
        scores, 54.0, 100.0, 2_000_000, row_ms, 20.0, {cell.system: "1.0"}, {"trees": 7.0, "without linear": 1.02}
    ), answers


@pytest.fixture
def all_measured(kept: Known) -> Known:
    for cell in plan.cells(PHONEME):
        kept.add(cell, *made_up(cell, kept.split("phoneme", cell.seed)))
    return kept


def lines(known: Known) -> dict[str, Row]:
    return {row.what: row for row in table.rows(known)}


def test_what_is_known_is_not_measured_again_and_failures_come_last(kept: Known) -> None:
    first, second, third, *rest = comparison.missing(kept, PHONEME)
    kept.add(second, *made_up(second, kept.split("phoneme", second.seed)))
    kept.add(first, Measured(error="no"), None)
    again = Known(kept.folder)
    assert comparison.missing(again, PHONEME) == [third, *rest, first]
    assert comparison.missing(kept, PHONEME) == [third, *rest]  # this run tried it
    assert again.find(second) == kept.find(second)


def test_data_that_is_not_here_is_left_out(kept: Known) -> None:
    assert comparison.missing(kept, Wanted(datasets=["adult"])) == []
    assert lines(kept)["adult"].value == "skipped"


def test_no_cell_begins_that_would_not_end_in_time(kept: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    asked: list[Cell] = []

    def measured(cell: Cell, _system: object, split: Split) -> tuple[Measured, Floats]:
        asked.append(cell)
        now[0] += plan.expected_seconds(cell)
        return made_up(cell, split)

    monkeypatch.setattr(measure, "measure", measured)
    todo = comparison.missing(kept, PHONEME)
    quick = plan.expected_seconds(Cell("phoneme", "linear", 0, None))
    comparison.fill(kept, todo, plan.expected_seconds(todo[0]) + quick + 1, clock=lambda: now[0])
    assert asked == todo[:2]
    assert kept.fresh == set(asked)
    assert comparison.missing(kept, PHONEME) == todo[2:]


def test_code_that_changed_makes_only_its_own_cells_stale(all_measured: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    def changed(system: System) -> dict[str, str]:
        return {**identity(system), **({"code": "new"} if system.name == "millrace" else {})}

    monkeypatch.setattr("benchmarks.automl.known.identity", changed)
    assert {cell.system for cell in comparison.missing(Known(all_measured.folder), PHONEME)} == {"millrace"}


def test_the_table_tells_scores_beside_the_best_peers(all_measured: Known) -> None:
    found = lines(all_measured)
    ours, flaml = found["phoneme 60 s: millrace"], found["phoneme 60 s: flaml"]
    assert ours.value.startswith("auc 0.9")
    assert "+-" in ours.value
    assert "of flaml's" in ours.note
    assert "of lightgbm's" in flaml.note  # ours is no peer
    assert "seeds 3 of 3, fresh" in ours.note
    assert "kept from before" in lines(Known(all_measured.folder))["phoneme 60 s: millrace"].note


def test_the_table_tells_wins_from_ties(all_measured: Known) -> None:
    found = lines(all_measured)
    assert found["phoneme 60 s: millrace against flaml"].value == "tie"
    assert "the best peer" in found["phoneme 60 s: millrace against flaml"].note
    assert found["phoneme 60 s: millrace against linear"].value == "better"
    assert "WORSE" not in found["phoneme 60 s: millrace against linear"].note


def test_ranks_are_of_systems_that_share_seeds(all_measured: Known) -> None:
    found = lines(all_measured)
    assert found["mean rank at 60 s: linear"].value == "4.00"
    assert found["mean rank at 60 s: lightgbm"].value == "3.00"
    assert found["mean rank at 60 s: lightgbm"].note == "of 4, 1 datasets"
    all_measured.add(Cell("phoneme", "catboost", 9, None), Measured(error="no"), None)  # a seed that is not asked for
    assert lines(all_measured)["mean rank at 60 s: linear"].note == "of 4, 1 datasets"


def test_who_failed_is_last(all_measured: Known) -> None:
    for seed in range(3):
        all_measured.add(Cell("phoneme", "flaml", seed, 60), Measured(error="it\nbroke"), None)
    found = lines(all_measured)
    assert found["mean rank at 60 s: flaml"].value == "4.00"
    assert (found["phoneme 60 s: flaml"].value, found["phoneme 60 s: flaml"].note) == ("failed", "broke")
    assert "phoneme 60 s: millrace against flaml" not in found


def test_the_table_tells_what_answers_cost(all_measured: Known) -> None:
    found = lines(all_measured)
    ours = found["phoneme 60 s: millrace, kept, a row"]
    assert ours.value == "2.00 MB, 0.10 ms"
    assert "10,000 rows 20 ms" in ours.note
    assert "0.90 of the budget at most" in ours.note
    assert "trees 7" in ours.note
    assert "without" not in ours.note
    assert "flaml takes 100 times as long for a row" in ours.note
    assert "of the budget" not in found["phoneme 60 s: linear, kept, a row"].note
    assert found["flaml is"].note == "flaml 1.0"


def test_the_table_tells_what_each_part_adds(all_measured: Known) -> None:
    added = lines(all_measured)["loss at 60 s without linear"]
    assert (added.value, added.note) == ("+2.00 %", "phoneme +2.00 %")


def test_budgets_for_which_nobody_was_asked_are_not_shown(all_measured: Known) -> None:
    assert not any("15 s" in what for what in lines(all_measured))
    cell = Cell("phoneme", "flaml", 0, 15)
    all_measured.add(cell, *made_up(cell, all_measured.split("phoneme", 0)))
    assert {"phoneme 15 s: flaml", "phoneme 15 s: linear"} <= lines(all_measured).keys()


def test_an_interrupt_ends_the_measuring_and_keeps_the_table(
    all_measured: Known, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> Iterator[None]:
        raise KeyboardInterrupt

    monkeypatch.setattr(comparison, "Known", lambda: all_measured)
    monkeypatch.setattr(comparison, "fill", interrupted)
    *_, last = comparison.compare(PHONEME, 1.0)
    assert last.value == "12 fresh"
    assert "stopped" in capsys.readouterr().out
    assert DATASETS["phoneme"].seeds == 3

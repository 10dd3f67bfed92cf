"""Which cells come first, and which stand at several budgets."""

from __future__ import annotations

from benchmarks.automl import plan
from benchmarks.automl.cells import Cell
from benchmarks.automl.datasets import DATASETS, Field
from benchmarks.automl.plan import Wanted
from benchmarks.automl.systems import SYSTEMS

ALL = plan.cells()
PEERS = {"linear", "random-forest", "lightgbm", "xgboost", "catboost", "flaml", "autogluon-medium", "autogluon-best"}


def test_every_dataset_and_seed_has_ours_and_all_its_peers() -> None:
    assert len(set(ALL)) == len(ALL)
    for dataset in DATASETS.values():
        for seconds in dataset.budgets:
            found = {(c.system, c.seed) for c in ALL if c.dataset == dataset.name and c.seconds in (seconds, None)}
            names = {Field.TABULAR: PEERS, Field.TEXT: {"tfidf-linear"}, Field.LARGE: {"lightgbm-stopped"}}
            assert {(name, s) for name in names[dataset.field] | {"millrace"} for s in range(dataset.seeds)} <= found


def test_systems_without_a_budget_are_measured_once() -> None:
    assert [c.seconds for c in ALL if (c.dataset, c.system, c.seed) == ("adult", "lightgbm", 0)] == [None]
    assert {c.seconds for c in ALL if (c.dataset, c.system, c.seed) == ("adult", "flaml", 0)} == {15, 60, 240}
    assert plan.at(DATASETS["adult"], SYSTEMS["lightgbm"], 1, 240) == Cell("adult", "lightgbm", 1, None)
    assert plan.at(DATASETS["adult"], SYSTEMS["flaml"], 1, 240) == Cell("adult", "flaml", 1, 240)


def test_the_main_budget_and_the_first_seed_come_first_and_the_large_last() -> None:
    def place(dataset: str, system: str, seed: int, seconds: int | None) -> int:
        return ALL.index(Cell(dataset, system, seed, seconds))

    ours = place("adult", "millrace", 0, 60)
    assert ours < place("adult", "flaml", 0, 60) < place("adult", "millrace", 1, 60)
    assert place("elec2", "lightgbm", 0, None) < place("credit-g", "autogluon-best", 0, 60)
    assert place("credit-g", "millrace", 9, 60) < place("credit-g", "millrace", 0, 15)
    assert place("credit-g", "millrace", 9, 15) < place("credit-g", "millrace", 0, 240)
    assert {cell.dataset for cell in ALL[-2:]} == {"large"}


def test_half_an_hour_is_enough_for_ours_and_the_quick_peers_everywhere() -> None:
    first = ALL[: ALL.index(Cell("credit-g", "flaml", 0, 60))]
    assert {cell.dataset for cell in first} == DATASETS.keys() - {"large"}
    asked = sum(plan.expected_seconds(cell) for cell in first if cell.seconds is not None)
    assert asked < 30 * 60


def test_parts_can_be_asked_for() -> None:
    some = plan.cells(Wanted(datasets=["adult", "car"], systems=["millrace", "linear"], seeds=[0, 5], seconds=[15]))
    assert set(some) == {
        Cell("adult", "millrace", 0, 15),
        Cell("adult", "linear", 0, None),
        *(Cell("car", "millrace", seed, 15) for seed in (0, 5)),
        *(Cell("car", "linear", seed, None) for seed in (0, 5)),
    }

"""What alone tells the answer is pointed out; what is merely strong, or an identifier, is not."""

from __future__ import annotations

import numpy as np
import pytest

from millrace.data import leakage
from millrace.data.admitted import Admitted
from millrace.domain.spec import Spec
from tests.admitted import admitted

ROWS = 1000


def leaks(columns: dict[str, list[object]]) -> list[str]:
    found = leakage.find(rows(columns))
    assert {warning.code for warning in found} <= {"target_leak"}
    return [name for warning in found for name in warning.columns]


def rows(columns: dict[str, list[object]]) -> Admitted:
    return admitted(columns, Spec(target="answer"))


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(7)


def test_columns_that_tell_a_class(random: np.random.Generator) -> None:
    late = random.random(ROWS) < 0.3
    noise = random.normal(size=ROWS)
    columns: dict[str, list[object]] = {
        "fee": [12.5 + value if yes else 0 for yes, value in zip(late, noise, strict=True)],
        "score": (late + noise / 100.0).tolist(),
        "state": ["overdue" if yes else str(random.choice(["open", "paid"])) for yes in late],
        "closed": [
            None if yes else "2024-01-31" if value > 0 else "2024-02-01" for yes, value in zip(late, noise, strict=True)
        ],
        "strong": (late * 2.0 + noise).tolist(),
        "noise": noise.tolist(),
        "answer": ["late" if yes else "paid" for yes in late],
    }
    assert leaks(columns) == ["fee", "score", "state", "closed"]


def test_identifiers_don_t_pass_for_a_rule(random: np.random.Generator) -> None:
    order = random.permutation(ROWS)
    columns: dict[str, list[object]] = {
        "number": order.tolist(),
        "account": [f"a{place // 2}" for place in range(ROWS)],  # each twice, with the same answer
        "x": random.normal(size=ROWS).tolist(),
        "answer": [["yes", "no"][place // 2 % 2] for place in range(ROWS)],
    }
    assert leaks(columns) == []


def test_a_number_that_says_where_in_a_sorted_file_a_row_stands_is_no_rule_of_the_world_but_a_leak() -> None:
    columns: dict[str, list[object]] = {"number": [*range(ROWS)], "answer": [*["a"] * 400, *["b"] * 600]}
    assert leaks(columns) == ["number"]


def test_a_rare_class_is_not_predicted_by_always_saying_the_other(random: np.random.Generator) -> None:
    columns: dict[str, list[object]] = {
        "x": random.normal(size=ROWS).tolist(),
        "answer": ["rare" if place % 100 == 0 else "usual" for place in range(ROWS)],
    }
    assert leaks(columns) == []


def test_columns_that_tell_one_of_many_classes(random: np.random.Generator) -> None:
    kinds = random.integers(0, 30, ROWS)
    columns: dict[str, list[object]] = {
        "code": [f"c{kind}" for kind in kinds],
        "third": (kinds % 3).tolist(),
        "answer": [f"kind {kind}" for kind in kinds],
    }
    assert leaks(columns) == ["code"]


def test_columns_that_tell_a_number(random: np.random.Generator) -> None:
    size = random.lognormal(3.0, 1.0, ROWS)
    columns: dict[str, list[object]] = {
        "gross": (size * 1.19).tolist(),
        "root": np.sqrt(size).tolist(),
        "strong": (size * random.normal(1.0, 0.3, ROWS)).tolist(),
        "noise": random.normal(size=ROWS).tolist(),
        "answer": size.tolist(),
    }
    assert leaks(columns) == ["gross", "root"]


def test_the_figure_is_told() -> None:
    columns: dict[str, list[object]] = {"x": [0, 1] * 50, "answer": ["a", "b"] * 50}
    (warning,) = leakage.find(rows(columns))
    assert warning.says == "column 'x' alone predicts 'answer' almost perfectly (avoided errors 1.000)"


def test_no_more_than_a_bounded_sample_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leakage, "SAMPLE", 100)
    columns: dict[str, list[object]] = {"x": [0, 1] * 500, "answer": ["a", "b"] * 500}
    assert leaks(columns) == ["x"]
    assert rows(columns).sample(100).rows == 100

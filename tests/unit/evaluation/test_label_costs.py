"""What wrong labels cost, beside a plain count of them."""

from __future__ import annotations

import numpy as np
import pytest

from millrace.evaluation import label_costs
from millrace.evaluation.guess import Guess
from millrace.evaluation.metrics import Index
from millrace.evaluation.threshold import Costs

COSTS = Costs(2.0, 9.0)
CLASSES = ("no", "yes")
TRUTH = np.array([0, 0, 0, 1, 1, 0])


def guess(*labels: int) -> Guess:
    """These labels, whatever the probabilities."""
    return Guess(np.full((len(labels), 2), 0.5), np.array(labels))


def test_each_kind_of_wrong_label_has_its_price() -> None:
    found = label_costs.judge(COSTS, CLASSES, TRUTH, TRUTH, guess(0, 1, 1, 0, 1, 0), None, seed=0)
    assert found.held_out == pytest.approx((2 * 2.0 + 9.0) / 6)
    assert (found.false_positive, found.false_negative) == (2.0, 9.0)
    assert (found.champion, found.saved_over_champion) == (None, None)


@pytest.mark.parametrize(
    ("train", "label", "cost"), [([0, 0, 0, 0, 1], "yes", 4 * 2.0 / 6), ([0, 0, 0, 0, 0, 1], "no", 2 * 9.0 / 6)]
)
def test_the_constant_is_the_label_that_was_cheaper_in_training(train: list[int], label: str, cost: float) -> None:
    found = label_costs.judge(COSTS, CLASSES, np.array(train), TRUTH, guess(*TRUTH), None, seed=0)
    assert found.constant_label == label
    assert found.constant == pytest.approx(cost)


def test_a_label_of_neither_class_is_wrong() -> None:
    assert label_costs.of_rows(np.array([0, 1]), np.array([-1, -1]), COSTS).tolist() == [2.0, 9.0]


def test_what_is_saved_is_paired_with_the_champions_rows() -> None:
    truth: Index = np.random.default_rng(0).integers(0, 2, 400)
    alarm = np.where(np.arange(400) % 4 == 0, 1 - truth, truth)
    found = label_costs.judge(COSTS, CLASSES, truth, truth, guess(*alarm), guess(*alarm), seed=0)
    assert found.saved_over_champion is not None
    assert (found.saved_over_champion.low, found.saved_over_champion.high) == (0.0, 0.0)
    better = label_costs.judge(COSTS, CLASSES, truth, truth, guess(*truth), guess(*alarm), seed=0)
    assert better.held_out == 0.0
    assert better.champion == pytest.approx(found.held_out)
    assert better.saved_over_champion is not None
    assert 0.0 < better.saved_over_champion.low < found.held_out < better.saved_over_champion.high
    assert better.saved_over_constant is not None
    assert better.saved_over_constant.low < better.constant < better.saved_over_constant.high


def test_one_row_is_no_sample() -> None:
    found = label_costs.judge(COSTS, CLASSES, TRUTH, np.array([1]), guess(0), None, seed=0)
    assert (found.held_out, found.saved_over_constant) == (9.0, None)

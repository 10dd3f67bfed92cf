"""Wins are told from noise, and ranks share what is equal."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.automl.compare import Judged, Verdict, half_width, mean_ranks, ranks, resampled, spread, verdict
from millrace.domain.spec import Metric
from millrace.evaluation.metrics import auc

ROWS, HELD_OUT = 800, 240


def judged(seed: int, noise: float, draw: int = 7) -> Judged:
    """Answers about one split's rows: the less noise, the better."""
    truth = np.random.default_rng(99).integers(0, 2, ROWS)
    held_out = np.sort(np.random.default_rng(seed).permutation(ROWS)[:HELD_OUT])
    scores = truth[held_out] + np.random.default_rng([seed, draw]).normal(0.0, noise, HELD_OUT)
    chance = 1.0 / (1.0 + np.exp(-scores))
    return Judged(held_out, truth[held_out], np.column_stack([1.0 - chance, chance]))


def auc_by_seed(noise: float, draw: int) -> tuple[list[Judged], list[float]]:
    splits = [judged(seed, noise, draw) for seed in range(3)]
    return splits, [auc(each.truth.astype(np.int64), each.answers) or 0.0 for each in splits]


def against(ours: float, theirs: float, draw: int = 7) -> Verdict:
    sides = [auc_by_seed(noise, draw) for noise, draw in ((ours, 7), (theirs, draw))]
    a, b = ((resampled(Metric.AUC, splits, ROWS), scores) for splits, scores in sides)
    return verdict(Metric.AUC, HELD_OUT, a, b)


def test_a_clear_win_is_better_and_a_clear_loss_worse() -> None:
    assert against(0.5, 1.0).word == "better"
    worse = against(1.0, 0.5)
    assert worse.word == "worse"
    assert worse.is_worse_by_rows


def test_a_small_win_is_a_tie() -> None:
    found = against(1.0, 1.02, draw=8)
    assert found.word == "tie"
    assert not found.is_worse_by_rows


def test_the_same_answers_tie() -> None:
    assert against(1.0, 1.0) == Verdict(0.0, 0.0, 0.0, 0.0)
    assert against(1.0, 1.0).word == "tie"


def test_of_losses_less_is_better() -> None:
    ours, theirs = np.full(1000, 1.0), np.full(1000, 2.0)
    found = verdict(Metric.RMSE, 100, (ours, [1.0]), (theirs, [2.0]))
    assert (found.gain, found.word, found.by_seed) == (1.0, "better", None)


def test_what_one_seed_contradicts_is_a_tie() -> None:
    draws = np.random.default_rng(0).normal(0.02, 0.001, 1000)
    found = verdict(Metric.AUC, HELD_OUT, (draws, [0.9, 0.85, 0.8]), (np.zeros(1000), [0.8, 0.84, 0.85]))
    assert found.low > 0.0
    assert found.word == "tie"


def test_splits_that_share_their_rows_are_not_independent() -> None:
    same = [judged(0, 1.0)] * 3
    apart = [Judged(each.held_out, each.truth, each.answers) for each in (judged(seed, 1.0) for seed in range(3))]
    alone = resampled(Metric.AUC, same[:1], ROWS).std()
    assert resampled(Metric.AUC, same, ROWS).std() == pytest.approx(alone)
    assert resampled(Metric.AUC, apart, ROWS).std() < 0.9 * alone


def test_a_resampled_metric_is_about_the_metric() -> None:
    draws = resampled(Metric.AUC, [judged(0, 1.0)], ROWS)
    assert draws.shape == (1000,)
    assert 0.7 < np.median(draws) < 0.82


def test_equal_scores_share_a_rank_and_who_failed_is_last() -> None:
    found = ranks({"a": 0.9, "b": 0.8, "c": 0.9, "d": None}, greater_is_better=True)
    assert found == {"a": 1.5, "b": 3.0, "c": 1.5, "d": 4.0}
    assert ranks({"a": 0.9, "b": 0.8}, greater_is_better=False) == {"a": 2.0, "b": 1.0}


def test_mean_ranks_are_over_datasets_and_the_best_is_first() -> None:
    assert mean_ranks([{"a": 2.0, "b": 1.0}, {"a": 1.0, "b": 2.0}, {"a": 2.0, "b": 1.0}]) == {
        "b": pytest.approx(4 / 3),
        "a": pytest.approx(5 / 3),
    }
    assert list(mean_ranks([{"a": 2.0, "b": 1.0}])) == ["b", "a"]
    assert mean_ranks([]) == {}


def test_few_seeds_have_no_interval_and_one_has_no_spread() -> None:
    assert half_width([0.1, 0.2]) is None
    assert half_width([0.1, 0.2, 0.3]) == pytest.approx(4.303 * 0.1 / 3**0.5, rel=1e-3)
    assert spread([0.5]) is None
    assert spread([0.5, 0.7]) == pytest.approx(0.02**0.5)

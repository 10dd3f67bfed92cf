from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from millrace.domain.diagnostics import LearningCurve, MoreRows
from millrace.domain.spec import Metric
from millrace.evaluation.learning_curve import learning_curve, sizes
from millrace.evaluation.metrics import Index

SIZES = (100, 200, 400, 800, 1600)


def drawn(
    score: Callable[[int], float], metric: Metric = Metric.ACCURACY, noise: float = 0.001, seed: int = 0
) -> LearningCurve:
    """The curve of a model whose score is a function of its rows, give or take some noise."""
    random = np.random.default_rng(seed)
    found = learning_curve(
        lambda rows: score(len(rows)) + random.normal(0.0, noise), 1600, SIZES, metric, "linear", seed=seed
    )
    assert found is not None
    return found


def rising(rows: int) -> float:
    return 0.9 - 2.0 / math.sqrt(rows)


def test_points_are_means_and_deviations_from_few_rows_to_all() -> None:
    found = drawn(rising, noise=0.0)
    assert [point.rows for point in found.points] == list(SIZES)
    assert [point.mean for point in found.points] == pytest.approx([rising(rows) for rows in SIZES])
    assert [point.spread for point in found.points] == pytest.approx([0.0] * 5, abs=1e-12)
    assert (found.metric, found.model) == (Metric.ACCURACY, "linear")
    noisy = drawn(rising, noise=0.05)
    assert 0.01 < noisy.points[0].spread < 0.15


def test_a_curve_that_rises_beyond_its_noise_wants_more_data() -> None:
    found = drawn(rising)
    assert found.verdict is MoreRows.HELP
    assert found.gain == pytest.approx((rising(1600) - rising(400)) / 2, abs=0.005)
    assert found.says.startswith("more data would help: twice the rows should make accuracy better by about 0.02")


def test_an_error_that_falls_is_a_gain() -> None:
    found = drawn(lambda rows: 20.0 * rows**-0.5, Metric.RMSE)
    assert (found.verdict, found.gain > 0) == (MoreRows.HELP, True)


@pytest.mark.parametrize("seed", range(5))
def test_a_curve_that_is_flat_at_its_end_wants_none(seed: int) -> None:
    found = drawn(lambda rows: min(0.9, 0.5 + rows / 750), seed=seed)
    assert found.verdict is MoreRows.LITTLE
    assert found.says.startswith("more data of this kind would help little")
    assert drawn(lambda _: 0.8, noise=0.0).verdict is MoreRows.LITTLE


def test_a_rise_within_the_noise_is_no_promise() -> None:
    found = drawn(lambda rows: 0.8 + rows / 1e6, noise=0.2)
    assert found.verdict is MoreRows.LITTLE
    assert found.noise > abs(found.gain) / 2


def test_more_rows_that_do_harm_are_told() -> None:
    found = drawn(lambda rows: 0.9 - rows / 8000)
    assert found.verdict is MoreRows.HARM
    assert "another kind or another time" in found.says


def test_samples_are_drawn_anew_and_lie_within_the_larger_ones() -> None:
    seen: list[Index] = []

    def score(rows: Index) -> float:
        seen.append(rows)
        return float(len(rows))

    assert learning_curve(score, 60, (20, 40, 60), Metric.AUC, "m", seed=1, repeats=2) is not None
    assert [len(rows) for rows in seen] == [20, 40, 60] * 2
    assert set(seen[0]) < set(seen[1]) < set(seen[2]) == set(range(60))
    assert set(seen[0]) != set(seen[3])
    before = [rows.tolist() for rows in seen]
    learning_curve(score, 60, (20, 40, 60), Metric.AUC, "m", seed=1, repeats=2)
    assert [rows.tolist() for rows in seen[6:]] == before


def test_sizes_without_a_figure_are_left_out_and_one_alone_is_no_curve() -> None:
    found = learning_curve(
        lambda rows: float("nan") if len(rows) < 40 else 0.5, 60, (20, 40, 60), Metric.AUC, "m", seed=0
    )
    assert found is not None
    assert [point.rows for point in found.points] == [40, 60]
    assert learning_curve(lambda _: 0.5, 60, (60,), Metric.AUC, "m", seed=0) is None


def test_each_size_is_half_of_the_next() -> None:
    assert sizes(1600) == (50, 100, 200, 400, 800, 1600)
    assert sizes(1_000_000, most=3) == (250_000, 500_000, 1_000_000)
    assert sizes(70) == (70,)

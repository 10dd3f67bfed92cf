from __future__ import annotations

import numpy as np
import pytest

from millrace.data import association
from millrace.domain.profile import Measure
from millrace.domain.spec import Spec
from tests.admitted import admitted


def test_pearson_is_over_the_rows_that_hold_both() -> None:
    random = np.random.default_rng(0)
    values = random.normal(size=(500, 4))
    values[:, 1] += values[:, 0]
    values[:, 2] = 3.0  # constant
    values[random.random((500, 4)) < 0.2] = np.nan
    found = association.pearson(values)
    for i in range(4):
        for j in range(4):
            both = ~np.isnan(values[:, i]) & ~np.isnan(values[:, j])
            if 2 in (i, j):
                assert np.isnan(found[i, j])
            else:
                assert found[i, j] == pytest.approx(np.corrcoef(values[both, i], values[both, j])[0, 1])


def test_pearson_holds_for_large_numbers_far_from_nought() -> None:
    values = np.stack([np.arange(100.0) * 1e300, 1e9 + np.arange(100.0), -np.arange(100.0)], axis=1)
    np.testing.assert_allclose(association.pearson(values), [[1, 1, -1], [1, 1, -1], [-1, -1, 1]], atol=1e-6)


def test_cramers_v_of_the_same_of_nothing_and_of_chance() -> None:
    random = np.random.default_rng(0)
    classes = random.integers(0, 3, 2000)
    assert association.cramers_v(classes, classes) == pytest.approx(1.0, abs=1e-3)
    assert association.cramers_v(random.integers(0, 50, 2000), classes) < 0.1
    assert association.cramers_v(np.zeros(2000, dtype=np.int64), classes) == 0.0
    assert association.cramers_v(np.arange(2000), classes) == pytest.approx(0.0, abs=0.1)  # an identifier


def test_cramers_v_by_hand() -> None:
    """Two by two, 30 and 10 against 10 and 30: chi2 = 20, phi2 = 0.25 less 1/79 for chance, over 1 less 1/79."""
    groups = np.repeat([0, 0, 1, 1], [30, 10, 10, 30])
    classes = np.repeat([0, 1, 0, 1], [30, 10, 10, 30])
    assert association.cramers_v(groups, classes) == pytest.approx(np.sqrt((0.25 - 1 / 79) / (1 - 1 / 79)))


def test_eta_by_hand() -> None:
    """Two groups of two: the squares inside sum to 1, all to 17: 1 - 1 / 17 * 3 / 2."""
    assert association.eta(np.array([0, 0, 1, 1]), np.array([1.0, 2.0, 5.0, 6.0])) == pytest.approx(
        np.sqrt(1 - 1 / 17 * 3 / 2)
    )
    assert association.eta(np.array([0, 0, 1, 1]), np.array([5.0, 5.0, 5.0, 5.0])) == 0.0
    assert association.eta(np.arange(4), np.array([1.0, 2.0, 5.0, 6.0])) == 0.0


def test_each_kind_of_feature_with_either_kind_of_target() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=600)
    columns: dict[str, list[object]] = {
        "square": (x**2).tolist(),
        "gap": [None if value > 0.5 else 7 + value % 0.1 for value in x],
        "word": ["big" if value > 0.5 else "small" for value in x],
        "noise": random.normal(size=600).tolist(),
        "number": x.tolist(),
        "answer": ["yes" if value > 0.5 else "no" for value in x],
    }
    for target, measure in (("answer", Measure.CRAMERS_V), ("number", Measure.ETA)):
        sample = admitted(columns, Spec(target=target))
        assert association.measure(sample) is measure
        found = {column.name: association.with_target(sample, column) or 0.0 for column in sample.schema.features}
        assert min(found["gap"], found["word"]) > 0.7
        assert found["square"] < found["word"]
        assert found["noise"] < 0.2


def test_no_more_than_thirty_numbers_are_correlated() -> None:
    columns: dict[str, list[object]] = {f"x{k}": [(k + 1) * row % 37 for row in range(40)] for k in range(33)}
    found = association.correlations(admitted({**columns, "word": ["a", "b"] * 20, "answer": ["a", "b"] * 20}))
    assert (len(found.columns), len(found.matrix), found.left_out) == (30, 30, 3)

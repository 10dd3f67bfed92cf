"""P-values are corrected as scipy corrects them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from millrace.monitoring.discovery import adjusted


@pytest.mark.parametrize("count", [1, 2, 30, 500])
def test_it_is_benjamini_hochberg(count: int) -> None:
    p_values = np.random.default_rng(count).beta(0.3, 1.0, count)
    expected = stats.false_discovery_control(p_values, method="bh")
    np.testing.assert_allclose(adjusted(p_values.tolist()), expected, rtol=1e-12)


def test_no_test_is_no_p_value() -> None:
    assert adjusted([]) == []


def test_where_nothing_drifted_a_finding_is_as_rare_as_the_level() -> None:
    random = np.random.default_rng(0)
    found = sum(min(adjusted(random.random(100).tolist())) <= 0.01 for _ in range(2_000))
    assert found <= 2_000 * 0.01 + 3 * (2_000 * 0.01) ** 0.5

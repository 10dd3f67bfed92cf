from __future__ import annotations

import numpy as np

from millrace.learning import forest

LEAST = np.finfo(np.float32).min


def test_a_threshold_is_the_fp32_number_that_says_the_same() -> None:
    assert forest.floored(np.array([0.5, 0.1, float(LEAST)])).tolist() == [0.5, 0.09999999403953552, LEAST]


def test_below_the_least_number_there_is_none() -> None:
    assert forest.below(np.array([LEAST, 1.0], dtype=np.float32)).tolist() == [-np.inf, 0.9999999403953552]

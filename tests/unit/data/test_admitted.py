from __future__ import annotations

import numpy as np

from tests.admitted import admitted


def test_a_sample_is_bounded_in_order_and_always_the_same() -> None:
    rows = admitted({"x": [*range(500)], "answer": ["a", "b"] * 250})
    sample = rows.sample(100)
    x = np.asarray(sample.table["x"], dtype=np.float64)
    assert (sample.rows, sample.written.rows, len(sample.answers)) == (100, 100, 100)
    assert np.all(np.diff(x) > 0)
    assert np.array_equal(sample.answers, x.astype(np.int64) % 2)
    assert sample.written.columns["x"].texts[0] == str(int(x[0]))
    assert np.array_equal(x, np.asarray(rows.sample(100).table["x"], dtype=np.float64))
    assert rows.sample(500) is rows

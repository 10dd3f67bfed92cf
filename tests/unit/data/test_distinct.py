from __future__ import annotations

import numpy as np
import pytest

from millrace.data import distinct


def test_few_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distinct, "_CHUNK", 7)
    assert distinct.count(np.array([])) == distinct.Count(0)
    assert distinct.count(np.array([0.0, -0.0, 1.5, 1.5])) == distinct.Count(2)
    assert distinct.count(np.arange(10_000.0) % 321) == distinct.Count(321)


def test_many_in_one_piece_are_counted() -> None:
    assert distinct.count(np.arange(300_000.0)) == distinct.Count(300_000)


@pytest.mark.parametrize("scale", [1.0, 0.1, 86400.0])
def test_many_in_pieces_are_estimated_within_a_few_hundredths(monkeypatch: pytest.MonkeyPatch, scale: float) -> None:
    monkeypatch.setattr(distinct, "_CHUNK", 250_000)
    found = distinct.count(np.arange(1_000_000.0) % 400_000 * scale)
    assert found.is_estimated
    assert abs(found.number - 400_000) < 12_000

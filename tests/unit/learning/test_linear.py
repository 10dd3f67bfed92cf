from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from millrace.data.table import Table
from millrace.domain.schema import Column, Kind, Schema
from millrace.domain.spec import Task
from millrace.learning import linear
from millrace.learning.linear import LinearTrainer
from millrace.learning.trainer import Budget


def test_noise_is_penalised_more_than_signal() -> None:
    random = np.random.default_rng(0)
    columns = tuple(Column(f"x{i}", Kind.NUMBER) for i in range(30))
    table = Table({column.name: random.normal(size=60) for column in columns}, 60)
    to = Schema(columns, "y", Task.BINARY, ("a", "b"))
    sizes = []
    for answers in (random.integers(0, 2, 60), (table["x0"] > 0).astype(np.int64)):
        fitted = LinearTrainer().fit(table, answers, to, seed=0, budget=Budget())
        sizes.append(np.abs(fitted.core.score(fitted.encoding.transform(table))).mean())
    assert sizes[0] < sizes[1]


@pytest.mark.parametrize("size", [0, 1000])
def test_either_solver_finds_the_same(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(200, 3))
    answers = np.digitize(x[:, 0] + random.normal(0, 0.5, 200), [-0.5, 0.5])
    monkeypatch.setattr(linear, "NEWTON_SIZE", size)
    monkeypatch.setattr(linear, "STRENGTHS", (0.3,))
    columns = tuple(Column(f"x{i}", Kind.NUMBER) for i in range(3))
    to = Schema(columns, "y", Task.MULTICLASS, ("a", "b", "c"))
    table = Table({column.name: x[:, i] for i, column in enumerate(columns)}, 200)
    found = LinearTrainer().fit(table, answers, to, seed=0, budget=Budget()).predict(table)
    scaled = (x - x.mean(axis=0)) / x.std(axis=0)
    peer = LogisticRegression(C=0.3, max_iter=1000).fit(scaled, answers)
    np.testing.assert_allclose(found, peer.predict_proba(scaled), atol=2e-3)

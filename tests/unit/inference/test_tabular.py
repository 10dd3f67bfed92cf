"""Real graphs on the real runtime."""

from __future__ import annotations

import dataclasses
import math
import sys

import numpy as np
import pytest

from benchmarks.sessions import forest, held
from millrace.domain.errors import Corrupt
from millrace.domain.schema import MISSING_TOKEN, Column, Kind, Schema
from millrace.inference.columns import from_rows
from millrace.inference.tabular import Classification, Regression, TabularModel, session_bytes
from tests import tiny

ROWS: list[dict[str, object]] = [tiny.ROW, {"age": None, "city": "never seen"}, {"member": "no", "city": ""}]
SCORES = [
    tiny.score(30, 1, 86400, "Paris"),
    tiny.score(math.nan, math.nan, math.nan, "never seen"),
    tiny.score(math.nan, 0, math.nan, MISSING_TOKEN),
]


def test_a_classification_has_labels_and_probabilities_in_the_schemas_order() -> None:
    prediction = TabularModel.load(tiny.model(), tiny.CLASSIFIES).predict(from_rows(tiny.CLASSIFIES, ROWS))
    assert isinstance(prediction, Classification)
    good = 1 / (1 + np.exp(-np.array(SCORES)))
    assert prediction.labels.tolist() == ["good", "bad", "good"]
    assert prediction.probabilities.dtype == np.float32
    np.testing.assert_allclose(prediction.probabilities, np.stack([1 - good, good], axis=1), rtol=1e-5)


def test_a_regression_has_values() -> None:
    model = TabularModel.load(tiny.model(tiny.REGRESSES), tiny.REGRESSES, threads=2)
    prediction = model.predict(from_rows(tiny.REGRESSES, ROWS))
    assert isinstance(prediction, Regression)
    np.testing.assert_allclose(prediction.values, SCORES)


@pytest.mark.parametrize("content", [b"", b"not a graph", tiny.model()[:200], tiny.model()[:-40]])
def test_bytes_that_are_no_graph_are_corrupt(content: bytes) -> None:
    with pytest.raises(Corrupt) as caught:
        TabularModel.load(content, tiny.CLASSIFIES)
    assert caught.value.code == "model_unloadable"


def _with(*features: Column) -> Schema:
    return dataclasses.replace(tiny.CLASSIFIES, features=features)


@pytest.mark.parametrize(
    "schema",
    [
        _with(*tiny.FEATURES[:3]),
        _with(*tiny.FEATURES, Column("more", Kind.NUMBER)),
        _with(*tiny.FEATURES[:3], Column("city", Kind.NUMBER)),
        tiny.REGRESSES,
    ],
)
def test_a_graph_of_another_schema_is_refused_at_load(schema: Schema) -> None:
    with pytest.raises(Corrupt, match="do not agree"):
        TabularModel.load(tiny.model(), schema)


measured = pytest.mark.skipif(sys.platform != "linux", reason="resident memory is read from /proc")


@measured
@pytest.mark.parametrize(("trees", "columns", "count"), [(1, 2, 50), (500, 20, 10), (10, 1000, 5)])
def test_a_session_holds_no_more_than_it_is_taken_to(trees: int, columns: int, count: int) -> None:
    """And much more than its file, by which alone it can't be judged."""
    model, manifest = forest(trees, columns)
    found = held(model, manifest, count=count)
    assert 3 * len(model) < found < 1.5 * session_bytes(len(model), columns)


@measured
def test_a_session_does_not_keep_what_its_largest_call_took(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALLOC_MMAP_THRESHOLD_", "131072")  # so that the allocator returns what is freed
    model, manifest = forest(1, 20)
    matrix = 10_000 * 20 * 8
    assert held(model, manifest, count=20, rows=10_000) < matrix / 2

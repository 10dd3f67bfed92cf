"""One form of every library's trees: walked here, scored by the library, and run in ONNX Runtime."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnxruntime as ort
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import TensorProto

from millrace.domain.schema import Column, Kind
from millrace.domain.spec import Task
from millrace.learning import forest, forests
from millrace.learning.catboost import CatBoostTrainer
from millrace.learning.forest import Tree, Trees
from millrace.learning.forests import ForestTrainer, Votes
from millrace.learning.lightgbm import LightGbmTrainer
from millrace.learning.onnx_graph import Graph
from millrace.learning.trainer import Core, Floats, Lesson, Rows, Trainer
from millrace.learning.xgboost import XgBoostTrainer

Single = NDArray[np.float32]
LARGEST = np.finfo(np.float32).max
GROWERS: tuple[Trainer, ...] = (
    LightGbmTrainer(),
    XgBoostTrainer(),
    CatBoostTrainer(),
    ForestTrainer(),
)
EVERY = pytest.mark.parametrize("trainer", GROWERS, ids=lambda trainer: trainer.name)
TASKS = pytest.mark.parametrize("task", list(Task))


@pytest.fixture(autouse=True)
def _small_forests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forests, "_bounds", lambda _: (15, 100))


def in_the_graph(core: Core, matrix: Single, outputs: int) -> Floats:
    """Scores of ONNX Runtime, from an FP32 matrix as it is."""
    columns = [Column(str(i), Kind.NUMBER) for i in range(matrix.shape[1])]
    graph = Graph(columns, ["scores"])
    joined = graph.cast(graph.concat([column.name for column in columns]), TensorProto.FLOAT)
    graph.add("Identity", core.build(graph, joined), output="scores")
    model = graph.finish([("scores", TensorProto.DOUBLE, outputs)]).SerializeToString()
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    feeds = {column.name: matrix[:, [i]].astype(np.float64) for i, column in enumerate(columns)}
    return np.asarray(session.run(["scores"], feeds)[0])


def lesson(task: Task, matrix: Single, rounds: int = 12) -> Lesson:
    """Answers that depend on the columns, on thresholds that occur, and on what is missing."""
    known = np.nan_to_num(matrix, nan=-1.0)
    signal = known[:, 0] * 2.0 + (known[:, 1] > 0.1) - (known[:, 2] > 0)
    if task is Task.REGRESSION:
        return Lesson(task, 0, Rows(matrix, (signal - signal.mean()) / signal.std()), rounds=rounds)
    classes = 2 if task is Task.BINARY else 3
    edges = np.quantile(signal, np.arange(1, classes) / classes)
    return Lesson(task, classes, Rows(matrix, np.searchsorted(edges, signal)), rounds=rounds)


def rounded(seed: int = 0, rows: int = 200) -> Single:
    """Few values, each often, so that thresholds lie on or beside them; a tenth is missing."""
    random = np.random.default_rng(seed)
    matrix = np.round(random.normal(size=(rows, 3)), 1).astype(np.float32)
    matrix[random.random(matrix.shape) < 0.1] = np.nan
    return matrix


def at_the_edges(trees: Trees, matrix: Single) -> Single:
    """Every threshold, what occurs, and the next FP32 numbers on either side; in every column."""
    edges = np.unique(np.concatenate([trees.threshold, matrix.ravel()]))
    # LightGBM puts thresholds around 0 at 1e-35 and takes the numbers there for 0, whichever side they are on.
    edges = edges[np.isfinite(edges) & (np.abs(edges) < LARGEST) & (np.abs(edges) != np.float32(1e-35))]
    up, down = np.nextafter(edges, np.float32(np.inf)), np.nextafter(edges, np.float32(-np.inf))
    more = np.array([np.nan, 0.0, -0.0, LARGEST, -LARGEST, 1e-40, -1e-40], dtype=np.float32)
    probe = np.concatenate([edges, up, down, more]).astype(np.float32)
    return np.column_stack([probe, probe[::-1], np.roll(probe, 5)])


def trees_of(core: Core) -> Trees:
    found = core.trees if isinstance(core, Votes) else core
    assert isinstance(found, Trees)
    return found


def bare(core: Core) -> Core:
    """The same without the library's own model."""
    assert isinstance(core, (Trees, Votes))
    return replace(core, native=None)


@EVERY
@TASKS
def test_the_library_the_walk_and_the_graph_agree_at_every_threshold(trainer: Trainer, task: Task) -> None:
    asked = lesson(task, rounded())
    core = trainer.fit(asked, trainer.portfolio[-1])
    probe = at_the_edges(trees_of(core), asked.rows.matrix)
    own = core.score(probe)
    np.testing.assert_allclose(bare(core).score(probe), own, rtol=0, atol=2e-5)
    np.testing.assert_allclose(in_the_graph(core, probe, asked.outputs), own, rtol=0, atol=2e-5)


@EVERY
@pytest.mark.parametrize("high", [True, False])
def test_missing_goes_where_it_was_learned_to_belong(trainer: Trainer, high: bool) -> None:
    """To the left and to the right."""
    x = np.arange(100, dtype=np.float32)
    x[::4] = np.nan
    answers = np.where(np.isnan(x), 1.0 if high else -1.0, np.where(x > 50, 0.5, -0.5))
    core = trainer.fit(Lesson(Task.REGRESSION, 0, Rows(x.reshape(-1, 1), answers), rounds=40), trainer.portfolio[0])
    probe = np.array([[np.nan], [0.0], [50.0], [51.0], [99.0], [-5.0]], dtype=np.float32)
    found = in_the_graph(core, probe, 1)
    np.testing.assert_allclose(found, core.score(probe), rtol=0, atol=1e-5)
    assert found[0, 0] > 0.6 if high else found[0, 0] < -0.6


@EVERY
def test_missing_where_training_had_none_goes_the_librarys_way(trainer: Trainer) -> None:
    x = np.linspace(-1.0, 1.0, 60, dtype=np.float32).reshape(-1, 1)
    answers = (x[:, 0] > 0.3).astype(np.float64) - 0.35
    core = trainer.fit(Lesson(Task.REGRESSION, 0, Rows(x, answers), rounds=10), trainer.portfolio[0])
    probe = np.array([[np.nan], [0.0]], dtype=np.float32)
    np.testing.assert_allclose(in_the_graph(core, probe, 1), core.score(probe), rtol=0, atol=1e-5)


@EVERY
@TASKS
def test_trees_that_learnt_nothing_are_a_constant(trainer: Trainer, task: Task) -> None:
    count = 30
    matrix = np.zeros((count, 1), dtype=np.float32)
    classes = {Task.BINARY: 2, Task.MULTICLASS: 3, Task.REGRESSION: 0}[task]
    answers = np.arange(count) % classes if classes else np.linspace(-1.0, 1.0, count)
    asked = Lesson(task, classes, Rows(matrix, answers), rounds=3)
    core = trainer.fit(asked, trainer.portfolio[0])
    for rows in (0, 1, 4):
        found = in_the_graph(core, matrix[:rows], asked.outputs)
        assert found.shape == (rows, asked.outputs)
        np.testing.assert_allclose(found, core.score(matrix[:rows]), rtol=0, atol=1e-6)


@given(
    st.lists(st.floats(width=64, allow_nan=False, allow_infinity=False), min_size=1, max_size=20),
    st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=20),
)
@settings(max_examples=100, deadline=None)
def test_a_rounded_threshold_decides_as_it_did(thresholds: list[float], numbers: list[float]) -> None:
    """For every FP32 number; thresholds of libraries lie within FP32."""
    exact = np.clip(np.array(thresholds), -float(LARGEST), float(LARGEST))
    values = np.concatenate([np.array(numbers, dtype=np.float32), exact.astype(np.float32)])
    for threshold, floored in zip(exact, forest.floored(exact), strict=True):
        np.testing.assert_array_equal(values <= floored, values.astype(np.float64) <= threshold)
    single = exact.astype(np.float32)
    for threshold, below in zip(single, forest.below(single), strict=True):
        np.testing.assert_array_equal(values <= below, values < threshold)


def grown_by_hand() -> Trees:
    """x0 <= 1 (missing right): 1 to output 0; else x1 <= 2 (missing left): 10 to output 1, else 100 to output 0."""
    tree = Tree(
        feature=np.array([0, 1], dtype=np.int32),
        threshold=np.array([1.0, 2.0], dtype=np.float32),
        left=np.array([~0, ~1], dtype=np.int32),
        right=np.array([1, ~2], dtype=np.int32),
        missing_left=np.array([False, True]),
        value=np.array([1.0, 10.0, 100.0], dtype=np.float32),
        target=np.array([0, 1, 0], dtype=np.int32),
    )
    stump = Tree.leaf(np.array([0.5]), np.array([1], dtype=np.int32))
    return forest.grown([stump, tree, stump, tree], np.array([-1.0, -2.0]), "hand/1", rounds=2)


PROBE = np.array([[1.0, 0.0], [1.5, 2.0], [1.5, 2.5], [np.nan, np.nan], [np.nan, 3.0]], dtype=np.float32)
EXPECTED = np.array([[1.0, -1.0], [-1.0, 19.0], [199.0, -1.0], [-1.0, 19.0], [199.0, -1.0]])


def test_trees_as_one_would_read_them() -> None:
    trees = grown_by_hand()
    np.testing.assert_array_equal(trees.score(PROBE), EXPECTED)
    np.testing.assert_array_equal(in_the_graph(trees, PROBE, 2), EXPECTED)


def test_rows_are_walked_by_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forest, "_PART", 8)
    np.testing.assert_array_equal(grown_by_hand().walk(PROBE), EXPECTED)


def test_what_is_dumped_is_loaded() -> None:
    trees = grown_by_hand()
    again = forest.load(trees.dump(), "hand/1")
    np.testing.assert_array_equal(again.score(PROBE), EXPECTED)
    assert (again.rounds, again.size, again.cost) == (2, trees.size, trees.cost)
    assert forest.load(replace(trees, rounds=None).dump(), "hand/1").rounds is None


def test_the_mean_is_the_mean_and_of_rounds_too() -> None:
    one, other = grown_by_hand(), replace(grown_by_hand(), rounds=5)
    doubled = replace(other, value=other.value * 3, base=other.base * 3)
    mean = one.mean([doubled])
    np.testing.assert_allclose(mean.score(PROBE), EXPECTED * 2.0)
    np.testing.assert_allclose(in_the_graph(mean, PROBE, 2), EXPECTED * 2.0)
    assert mean.rounds == 4
    assert mean.size == one.size * 2


@EVERY
@TASKS
def test_the_mean_of_librarys_models_is_the_walk_of_all_their_trees(trainer: Trainer, task: Task) -> None:
    asked = lesson(task, rounded(), rounds=6)
    first, second = (trainer.fit(replace(asked, seed=seed), trainer.portfolio[0]) for seed in (0, 1))
    mean = first.mean([second])
    probe = rounded(1, 60)
    np.testing.assert_allclose(bare(mean).score(probe), mean.score(probe), rtol=0, atol=2e-5)
    np.testing.assert_allclose(in_the_graph(mean, probe, asked.outputs), mean.score(probe), rtol=0, atol=2e-5)


def test_judged_forests_answer_and_are_not_taken_apart() -> None:
    """What only judges needs no arrays of trees."""
    trainer = ForestTrainer()
    for task in Task:
        asked = lesson(task, rounded())
        judged = trainer.fit(replace(asked, judge=asked.rows), trainer.portfolio[0])
        serving = trainer.fit(asked, trainer.portfolio[0])
        probe = rounded(1, 40)
        np.testing.assert_allclose(judged.score(probe), serving.score(probe), rtol=0, atol=1e-5)
        assert judged.size == 0


def test_extra_trees_part_more_than_what_is_missing() -> None:
    """A stand-in for NaN far below all numbers would leave random thresholds nothing else to part."""
    random = np.random.default_rng(0)
    x = random.normal(170.0, 10.0, (400, 1)).astype(np.float32)
    answers = np.asarray((x[:, 0] - 170.0) / 10.0, dtype=np.float64)
    x[::10] = np.nan
    trainer = ForestTrainer()
    core = trainer.fit(Lesson(Task.REGRESSION, 0, Rows(x, answers)), {**trainer.portfolio[0], "max_features": 1.0})
    splits = trees_of(core)
    assert (np.abs(splits.threshold - 170.0) < 50.0).all()
    there = ~np.isnan(x[:, 0])
    assert np.corrcoef(core.score(x)[there, 0], answers[there])[0, 1] > 0.97

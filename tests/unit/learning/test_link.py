from __future__ import annotations

import numpy as np
import onnxruntime as ort
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto

from millrace.domain.schema import Column, Kind
from millrace.domain.spec import Task
from millrace.learning.link import Link
from millrace.learning.onnx_graph import Graph
from millrace.learning.trainer import Floats


def in_the_graph(link: Link, scores: Floats) -> Floats:
    columns = [Column(str(i), Kind.NUMBER) for i in range(scores.shape[1])]
    graph = Graph(columns, ["out"])
    graph.add("Identity", link.build(graph, graph.concat([column.name for column in columns])), output="out")
    model = graph.finish([("out", TensorProto.DOUBLE, "width")]).SerializeToString()
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(["out"], {str(i): scores[:, [i]] for i in range(scores.shape[1])})[0])


@pytest.mark.parametrize("task", [Task.BINARY, Task.MULTICLASS])
def test_two_classes_have_one_score_and_more_one_each(task: Task) -> None:
    assert Link.to_classes(task, 2).outputs == 1
    assert Link.to_classes(task, 3).outputs == 3


def test_scores_become_probabilities() -> None:
    two = Link.to_classes(Task.BINARY, 2).apply(np.array([[0.0], [np.log(3.0)], [-800.0], [800.0]]))
    np.testing.assert_allclose(two, [[0.5, 0.5], [0.25, 0.75], [1.0, 0.0], [0.0, 1.0]], atol=1e-15)
    three = Link.to_classes(Task.MULTICLASS, 3).apply(np.log(np.array([[1.0, 2.0, 7.0]])) + 900.0)
    np.testing.assert_allclose(three, [[0.1, 0.2, 0.7]])


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30), st.booleans())
@settings(max_examples=80, deadline=None)
def test_what_is_wanted_is_the_inverse_of_what_is_applied(answers: list[float], is_log: bool) -> None:
    values = np.abs(np.array(answers)) if is_log else np.array(answers)
    link = Link.to_unit_of(values, is_log=is_log)
    wanted = link.wanted(values)
    np.testing.assert_allclose(
        link.apply(np.asarray(wanted, dtype=np.float64).reshape(-1, 1))[:, 0], values, rtol=1e-8, atol=1e-8
    )


def test_what_is_wanted_has_mean_0_and_deviation_1_by_the_rows_weights() -> None:
    random = np.random.default_rng(0)
    values, weights = random.lognormal(3.0, 1.0, 200), random.random(200)
    for is_log in (False, True):
        wanted = Link.to_unit_of(values, weights, is_log=is_log).wanted(values)
        centre = np.average(wanted, weights=weights)
        assert centre == pytest.approx(0.0, abs=1e-12)
        assert np.average((wanted - centre) ** 2, weights=weights) == pytest.approx(1.0)


def test_a_constant_target_is_itself() -> None:
    link = Link.to_unit_of(np.full(5, 3.0))
    assert link.apply(np.zeros((2, 1))).tolist() == [[3.0], [3.0]]
    assert np.asarray(link.wanted(np.full(5, 3.0))).tolist() == [0.0] * 5


def test_classes_are_wanted_as_they_are() -> None:
    answers = np.array([0, 2, 1])
    assert Link.to_classes(Task.MULTICLASS, 3).wanted(answers) is answers


def test_a_logarithm_never_becomes_infinite() -> None:
    link = Link(Task.REGRESSION, 1, centre=1.0, scale=1.0, is_log=True)
    assert np.isfinite(link.apply(np.array([[1e9], [-1e9]]))).all()
    assert link.apply(np.array([[-1e9]]))[0, 0] == -1.0


@pytest.mark.parametrize(
    "link",
    [
        Link.to_classes(Task.BINARY, 2),
        Link.to_classes(Task.MULTICLASS, 3),
        Link(Task.REGRESSION, 1, 5e6, 1e3),
        Link(Task.REGRESSION, 1, 7.5, 1.3, is_log=True),
    ],
    ids=["binary", "multiclass", "regression", "log"],
)
def test_the_graph_says_the_same(link: Link) -> None:
    scores = np.random.default_rng(0).normal(0.0, 4.0, (50, link.outputs))
    scores[0], scores[1] = 900.0, -900.0
    np.testing.assert_allclose(in_the_graph(link, scores), link.apply(scores), rtol=1e-12, atol=1e-15)

"""Each map of probabilities answers in ONNX Runtime as it does in numpy, to the last digits of FP64."""

from __future__ import annotations

import numpy as np
import onnxruntime as ort
import pytest
from onnx import TensorProto

from millrace.domain.schema import Column, Kind
from millrace.evaluation import calibration
from millrace.evaluation.calibration import AsIs, Calibration
from millrace.evaluation.metrics import Floats
from millrace.learning import calibrate
from millrace.learning.onnx_graph import Graph
from tests.unit.evaluation.test_calibration import drawn, odd, two


def answered(learned: Calibration, probabilities: Floats) -> Floats:
    classes = probabilities.shape[1]
    graph = Graph([Column(f"p{k}", Kind.NUMBER) for k in range(classes)], ["out"])
    graph.add(
        "Identity", calibrate.build(learned, graph, graph.concat([f"p{k}" for k in range(classes)])), output="out"
    )
    model = graph.finish([("out", TensorProto.DOUBLE, classes)])
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    feeds = {f"p{k}": probabilities[:, k : k + 1] for k in range(classes)}
    return np.asarray(session.run(["out"], feeds)[0], dtype=np.float64)


EDGES = two(np.array([0.0, 1e-300, 1e-16, 1e-9, 0.5, 1.0 - 1e-9, 1.0]))


@pytest.mark.parametrize("fit", [calibration.fit_temperature, calibration.fit_platt, calibration.fit_isotonic])
def test_two_classes_agree(fit: calibration.Fit) -> None:
    truth, right = drawn(3_000, 2)
    learned = fit(odd(right), truth, np.ones(len(truth)))
    for probabilities in (odd(right), right, EDGES, right[:1]):
        np.testing.assert_allclose(answered(learned, probabilities), learned.apply(probabilities), rtol=0, atol=1e-12)


@pytest.mark.parametrize("fit", [calibration.fit_temperature, calibration.fit_isotonic])
@pytest.mark.parametrize("classes", [3, 20])
def test_more_classes_agree(fit: calibration.Fit, classes: int) -> None:
    truth, right = drawn(3_000, classes)
    learned = fit(right, truth, np.ones(len(truth)))
    corners = np.eye(classes)
    for probabilities in (right, corners, right[:1]):
        np.testing.assert_allclose(answered(learned, probabilities), learned.apply(probabilities), rtol=0, atol=1e-12)


def test_nothing_is_added_where_probabilities_are_right() -> None:
    np.testing.assert_array_equal(answered(AsIs(), EDGES), EDGES)


def test_a_map_without_a_twin_is_no_silent_identity() -> None:
    class Squared:
        step = "squared/1"

        def apply(self, probabilities: Floats) -> Floats:
            return probabilities**2

    with pytest.raises(TypeError, match="Squared"):
        answered(Squared(), EDGES)

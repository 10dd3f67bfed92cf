"""A small neural network for tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto
from sklearn.neural_network import MLPClassifier, MLPRegressor

from millrace.domain.spec import Task
from millrace.evaluation import metrics
from millrace.learning.onnx_graph import Graph
from millrace.learning.space import Real, Settings, Space, Whole
from millrace.learning.trainer import Arrays, Floats, Lesson, Matrix, Plan, Rows

STEP = "neural/1"
MOST_EPOCHS = 100
PATIENCE = 8
NOTHING = 1e-20
LEAST_GAIN = 1e-5  # of the judging rows' loss, for which an epoch is kept
Layers = tuple[tuple[NDArray[np.float32], NDArray[np.float32]], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Networks:
    """Networks of the same shape, whose scores are averaged: of each, coefficients [in, out] and intercepts [out]."""

    networks: tuple[Layers, ...]
    step: str = STEP
    rounds: int | None = None

    @property
    def size(self) -> int:
        """Bytes they take."""
        return 4 * sum(coefficients.size for layers in self.networks for coefficients, _ in layers)

    @property
    def cost(self) -> float:
        """About how many microseconds a row takes."""
        return 8.0 * len(self.networks) + self.size / 12_000.0

    def score(self, matrix: Matrix) -> Floats:
        """Scores, shape [rows, outputs]."""
        return np.asarray(np.mean([_forward(layers, matrix) for layers in self.networks], axis=0), dtype=np.float64)

    def build(self, graph: Graph, matrix: str) -> str:
        """The same in a graph, in FP32."""
        outputs = []
        for layers in self.networks:
            tensor = matrix
            for place, (coefficients, intercept) in enumerate(layers):
                if place:
                    tensor = graph.add("Relu", tensor)
                tensor = graph.add("Gemm", tensor, graph.constant(coefficients), graph.constant(intercept))
            outputs.append(tensor)
        mean = outputs[0] if len(outputs) == 1 else graph.add("Mean", *outputs)
        return graph.cast(mean, TensorProto.DOUBLE)

    def mean(self, others: Sequence[Self]) -> Networks:
        """All of them."""
        every = [self, *others]
        rounds = round(float(np.mean([each.rounds or 1 for each in every])))
        return Networks(tuple(layers for each in every for layers in each.networks), rounds=rounds)

    def dump(self) -> Arrays:
        """Every layer."""
        found: dict[str, NDArray[Any]] = {"rounds": np.array(self.rounds or 0)}
        for i, layers in enumerate(self.networks):
            for j, (coefficients, intercept) in enumerate(layers):
                found |= {f"{i}.{j}.coefficients": coefficients, f"{i}.{j}.intercept": intercept}
        return found


@dataclass(frozen=True, slots=True)
class NeuralTrainer:
    """A `Trainer` of scikit-learn's perceptrons; the epoch is kept that the judging rows like best."""

    name: str = "neural"
    version: int = 2
    plan: Plan = Plan.QUANTILES
    bagged: bool = True

    @property
    def space(self) -> Space:
        """Width, and how fast and how freely it learns."""
        return {
            "width": Whole(32, 192, log=True),
            "layers": Whole(1, 3),
            "learning_rate": Real(5e-4, 1e-2, log=True),
            "penalty": Real(1e-6, 1e-1, log=True),
            "batch": Whole(32, 512, log=True),
        }

    @property
    def portfolio(self) -> Sequence[Settings]:
        """Two layers that learn fast."""
        return (
            {"width": 96, "layers": 2, "learning_rate": 2e-3, "penalty": 1e-3, "batch": 64},
            {"width": 160, "layers": 2, "learning_rate": 1e-3, "penalty": 3e-2, "batch": 128},
        )

    def suits(self, task: Task, classes: int, rows: int, width: int) -> bool:  # noqa: ARG002  # the contract's
        """Where an epoch is short."""
        return rows * width <= 20_000_000 and width <= 2_000

    def seconds(self, rows: int, width: int, classes: int) -> float:  # noqa: ARG002  # the contract's
        """Nothing: it ends when it is told to."""
        return 0.0

    def fit(self, lesson: Lesson, settings: Settings) -> Networks:
        """Learn epoch by epoch."""
        rows = lesson.rows
        kind = MLPClassifier if lesson.task.is_classification else MLPRegressor
        model = kind(
            hidden_layer_sizes=(int(settings["width"]),) * int(settings["layers"]),
            learning_rate_init=float(settings["learning_rate"]),
            alpha=float(settings["penalty"]),
            batch_size=max(1, min(int(settings["batch"]), len(rows.answers) // 2)),
            random_state=lesson.seed,
        )
        course = _Course(lesson, model)
        while course.goes_on:
            course.step()
        return Networks((course.kept,), rounds=course.made)

    def load(self, arrays: Arrays) -> Networks:
        """From a checkpoint."""
        found: dict[int, list[tuple[NDArray[np.float32], NDArray[np.float32]]]] = {}
        for name in sorted(name for name in arrays if name.endswith(".coefficients")):
            network, layer, _ = name.split(".")
            found.setdefault(int(network), []).append((arrays[name], arrays[f"{network}.{layer}.intercept"]))
        return Networks(tuple(tuple(found[i]) for i in sorted(found)), rounds=int(arrays["rounds"]) or None)


@dataclass(slots=True)
class _Course:
    """Epochs of one network: all that were asked for, or as many as the judging rows like, the best of them kept."""

    lesson: Lesson
    model: Any
    kept: Layers = ()
    made: int = 0
    epoch: int = 0
    best: float = np.inf

    @property
    def goes_on(self) -> bool:
        """Whether there is another epoch."""
        if self.epoch and self.lesson.budget.is_over:
            return False
        waited = self.epoch - self.made if self.lesson.judge is not None else 0
        return self.epoch < (self.lesson.rounds or MOST_EPOCHS) and waited < PATIENCE

    def step(self) -> None:
        """Learn from every row once."""
        lesson, rows = self.lesson, self.lesson.rows
        known = lesson.task.is_classification and not self.epoch
        more = {"classes": np.arange(max(2, lesson.classes))} if known else {}
        self.model.partial_fit(rows.matrix, rows.answers, sample_weight=rows.weights, **more)
        self.epoch += 1
        layers = _layers(self.model)
        loss = -np.inf if lesson.judge is None else _loss(lesson, _forward(layers, lesson.judge.matrix), lesson.judge)
        if not self.kept or lesson.judge is None or loss < self.best - LEAST_GAIN:
            self.kept, self.made, self.best = layers, self.epoch, loss


def _layers(model: Any) -> Layers:
    """Its layers, less what is next to nothing: a processor takes a hundred times as long for such numbers."""
    for coefficients in model.coefs_:
        coefficients[np.abs(coefficients) < NOTHING] = 0.0
    return tuple(
        (coefficients.astype(np.float32), intercept.astype(np.float32))
        for coefficients, intercept in zip(model.coefs_, model.intercepts_, strict=True)
    )


def _forward(layers: Layers, matrix: Matrix) -> NDArray[np.float32]:
    tensor = matrix
    for place, (coefficients, intercept) in enumerate(layers):
        tensor = (np.maximum(tensor, 0) if place else tensor) @ coefficients + intercept
    return np.asarray(tensor, dtype=np.float32)


def _loss(lesson: Lesson, scores: NDArray[np.float32], judge: Rows) -> float:
    """Mean log loss, or mean squared error."""
    values = scores.astype(np.float64)
    if not lesson.task.is_classification:
        losses = (values[:, 0] - judge.answers) ** 2
    elif lesson.outputs == 1:
        losses = np.logaddexp(0.0, np.where(judge.answers == 1, -values[:, 0], values[:, 0]))
    else:
        powers = np.exp(values - values.max(axis=1, keepdims=True))
        losses = metrics.log_losses(
            np.asarray(judge.answers, dtype=np.int64), powers / powers.sum(axis=1, keepdims=True)
        )
    return float(np.average(losses, weights=judge.weights))

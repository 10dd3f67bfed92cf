"""Linear models over the sparse matrix of texts: support vectors whose margins are made probabilities, and ridge."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Ridge
from sklearn.svm import LinearSVC

from millrace.domain.spec import Task
from millrace.evaluation import metrics
from millrace.learning import folds
from millrace.learning.onnx_graph import Graph
from millrace.learning.pipeline import Link
from millrace.learning.trainer import Answers, Floats

STEP = "text-linear/1"
PARTS = 4  # of the rows, one of which says how far margins are to be trusted
FEW = 40  # rows, below which no part can be spared for that
_USUAL = 4.0  # by which margins are multiplied then
_RANGE = (-2.0, 4.0)  # natural logarithms of what margins may be multiplied by
_NEVER = -2.0  # the margin of a class that no row has: a sure no is -1
_TOLERANCE = 1e-2  # ten times less costs twice the time and changes no figure
_RIDGE_TOLERANCE = 1e-4
_ITERATIONS = 200


@dataclass(frozen=True, slots=True)
class TextLinearSettings:
    """Hyper-parameters. `strength` is C, the inverse of the penalty; for ridge its penalty is 1 / C.

    A row of a class that n rows have weighs as n ** -`balance`: 0 serves accuracy, 1 each class alike (macro F1).
    """

    strength: float = 0.3
    balance: float = 0.5


USUAL = TextLinearSettings()


@dataclass(frozen=True, slots=True, eq=False)
class TextLinear:
    """`coefficients` FP32 of shape [width, outputs] and `intercept` FP32 of shape [outputs].

    Classes have one output, of which the logistic function is the probability of the second, or where they are three
    or more one each, of which the softmax is; numbers have one, the prediction.
    """

    coefficients: NDArray[np.float32]
    intercept: NDArray[np.float32]
    step: str = STEP

    def score(self, matrix: sp.csr_matrix) -> Floats:
        """Scores, FP64, shape [rows, outputs]."""
        return np.asarray(matrix @ self.coefficients + self.intercept, dtype=np.float64)

    def build(self, graph: Graph, matrix: str) -> str:
        """The same in a graph, from an FP32 tensor [rows, width]; FP32."""
        product = graph.add("MatMul", matrix, graph.constant(self.coefficients))
        return graph.plus(product, graph.constant(self.intercept.reshape(1, -1)))


def fit_linear(
    matrix: sp.csr_matrix,
    answers: Answers,
    classes: int,
    settings: TextLinearSettings,
    weights: Floats | None = None,
    *,
    seed: int,
) -> TextLinear:
    """Fit on the rows of `matrix`, FP32 [rows, width]; the same arguments give the same coefficients.

    `answers` [rows] are class indices below `classes`, or numbers of mean 0 and deviation 1 where `classes` is 0.
    `weights` [rows]: None weighs all alike.

    Classes are told apart one against the rest (squared hinge loss, liblinear), and margins multiplied by the one
    number that makes rows least surprising on which nothing was fitted (temperature, Guo et al. 2017).
    """
    if not classes:
        return _fit_numbers(matrix, np.asarray(answers, dtype=np.float64), settings, weights)
    indices = np.asarray(answers, dtype=np.int64)
    margins = _fit_margins(matrix, indices, classes, settings, weights, seed)
    trust = _trust(matrix, indices, classes, settings, weights, seed)
    return _rounded(margins[0] * trust, margins[1] * trust)


def _fit_numbers(
    matrix: sp.csr_matrix, answers: Floats, settings: TextLinearSettings, weights: Floats | None
) -> TextLinear:
    model = Ridge(alpha=1.0 / settings.strength, solver="sparse_cg", tol=_RIDGE_TOLERANCE)
    model.fit(matrix.astype(np.float64), answers, sample_weight=weights)
    return _rounded(np.asarray(model.coef_).reshape(-1, 1), np.atleast_1d(model.intercept_))


def _fit_margins(
    matrix: sp.csr_matrix,
    answers: NDArray[np.int64],
    classes: int,
    settings: TextLinearSettings,
    weights: Floats | None,
    seed: int,
) -> tuple[Floats, Floats]:
    """Coefficients [width, outputs] and intercept [outputs] of margins, about -1 for no and 1 for yes."""
    outputs = 1 if classes == 2 else classes
    counts = np.bincount(answers, minlength=classes)
    there = np.flatnonzero(counts)
    coefficients = np.zeros((matrix.shape[1], outputs))
    if len(there) < 2:
        sure = -_NEVER if there.tolist() == [1] else _NEVER
        return coefficients, np.where(np.arange(classes) == there[0], 1.0, _NEVER) if outputs > 1 else np.array([sure])
    intercept = np.full(outputs, _NEVER)
    shares = (counts[there].mean() / np.maximum(counts, 1)) ** settings.balance
    each = shares[answers] if weights is None else shares[answers] * weights
    model = LinearSVC(C=settings.strength, random_state=seed, tol=_TOLERANCE, max_iter=_ITERATIONS)
    with warnings.catch_warnings():
        # A fit that stopped early is still a candidate: cross-validation says what it is worth.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(matrix, answers, sample_weight=each)
    places = there if len(model.intercept_) > 1 else np.array([0])
    if outputs > 1 and len(there) == 2:  # of many classes only two are there: one margin, for and against
        coefficients[:, there] = model.coef_.T * np.array([-1.0, 1.0])
        intercept[there] = model.intercept_ * np.array([-1.0, 1.0])
        return coefficients, intercept
    coefficients[:, places] = model.coef_.T
    intercept[places] = model.intercept_
    return coefficients, intercept


def _trust(
    matrix: sp.csr_matrix,
    answers: NDArray[np.int64],
    classes: int,
    settings: TextLinearSettings,
    weights: Floats | None,
    seed: int,
) -> float:
    """What margins are to be multiplied by, from a part of the rows that another fit did not see."""
    task = Task.BINARY if classes == 2 else Task.MULTICLASS
    outside = folds.assign(answers, task, PARTS, seed) == 0
    if len(answers) < FEW or not outside.any():
        return _USUAL
    inside = ~outside
    part = None if weights is None else weights[inside]
    coefficients, intercept = _fit_margins(matrix[inside], answers[inside], classes, settings, part, seed)
    margins = np.asarray(matrix[outside] @ coefficients + intercept, dtype=np.float64)
    link, truth = Link.to_classes(task, classes), answers[outside]
    each = None if weights is None or not weights[outside].any() else weights[outside]

    def surprise(power: float) -> float:
        return float(np.average(metrics.log_losses(truth, link.apply(margins * np.exp(power))), weights=each))

    return float(np.exp(minimize_scalar(surprise, bounds=_RANGE, method="bounded").x))


def _rounded(coefficients: Floats, intercept: Floats) -> TextLinear:
    """FP32, so that the last bits of a solver's arithmetic, which differ between machines, are gone."""
    return TextLinear(np.ascontiguousarray(coefficients, dtype=np.float32), np.asarray(intercept, dtype=np.float32))

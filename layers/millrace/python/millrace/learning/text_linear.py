"""Linear models over the sparse matrix of texts: logistic regression or squared hinges, with a temperature; ridge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from onnx import TensorProto
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.svm import LinearSVC

from millrace.domain.spec import Task
from millrace.evaluation import metrics
from millrace.learning import folds
from millrace.learning.link import Link
from millrace.learning.onnx_graph import Graph
from millrace.learning.trainer import Answers, Arrays, Floats, Rows

STEP = "text-linear/1"
PARTS = 4  # of the rows, one of which says how far scores are to be trusted
SMALL = 5000  # rows, below which each of them does, since one would be noise and fits are quick
FEW = 40  # rows, below which no part can be spared for that
_USUAL = 1.5  # by which scores are multiplied then: the penalty makes them too small
_RANGE = (-1.5, 2.5)  # natural logarithms of what scores may be multiplied by
_NEVER = -10.0  # the score of a class that no row has
_TOLERANCE = 1e-4
_HINGED = 0.05  # C of squared hinges for a strength of 1, so that one space of strengths serves both losses
_LONGEST = 200  # passes of the solver of squared hinges at most: a weak penalty needs more than pay

LOSSES = ("logistic", "squared hinge")


@dataclass(frozen=True, slots=True)
class TextLinearSettings:
    """Hyper-parameters. `strength` is C, the inverse of the penalty; for ridge its penalty is 1 / C.

    `epochs` is how often each row is looked at by the logistic loss. A row of a class that n rows have weighs as
    n ** -`balance`: 0 serves accuracy, 1 each class alike (macro F1). `loss` is of classes: a multinomial logistic one,
    or for each class against the others a squared hinge, which heeds only rows near the border.
    """

    strength: float = 5.0
    balance: float = 0.5
    epochs: int = 12
    loss: str = "logistic"


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
    rounds: int | None = None

    @property
    def size(self) -> int:
        """Bytes it takes."""
        return self.coefficients.nbytes

    @property
    def cost(self) -> float:
        """About how many microseconds a row takes, the matrix included."""
        return 250.0 + self.coefficients.size / 8_000.0

    def score(self, matrix: sp.csr_matrix) -> Floats:
        """Scores, FP64, shape [rows, outputs]."""
        return np.asarray(matrix @ self.coefficients + self.intercept, dtype=np.float64)

    def build(self, graph: Graph, matrix: str) -> str:
        """The same in a graph, from an FP32 tensor [rows, width]; an FP64 one."""
        product = graph.add("MatMul", matrix, graph.constant(self.coefficients))
        return graph.cast(graph.plus(product, graph.constant(self.intercept.reshape(1, -1))), TensorProto.DOUBLE)

    def mean(self, others: Sequence[Self]) -> TextLinear:
        """The mean of all."""
        every = [self, *others]
        coefficients = np.mean(np.stack([each.coefficients for each in every]), axis=0, dtype=np.float64)
        intercept = np.mean(np.stack([each.intercept for each in every]), axis=0, dtype=np.float64)
        return TextLinear(np.asarray(coefficients, dtype=np.float32), np.asarray(intercept, dtype=np.float32))

    def dump(self) -> Arrays:
        """Both arrays."""
        return {"coefficients": self.coefficients, "intercept": self.intercept}


def fit_linear(
    matrix: sp.csr_matrix,
    answers: Answers,
    classes: int,
    settings: TextLinearSettings,
    weights: Floats | None = None,
    *,
    seed: int,
    judge: Rows | None = None,
) -> TextLinear:
    """Fit on the rows of `matrix`, FP32 [rows, width]; the same arguments give the same coefficients.

    `answers` [rows] are class indices below `classes`, or numbers of mean 0 and deviation 1 where `classes` is 0.
    `weights` [rows]: None weighs all alike.

    Classes by multinomial logistic regression (SAGA, stopped after `epochs`: fitting longer changed no figure) or by
    squared hinges (liblinear), and scores multiplied by the one number that makes rows least surprising on which
    nothing was fitted (temperature, Guo et al. 2017): the rows of `judge`, or parts of these that other fits leave out.
    """
    if not classes:
        return _fit_numbers(matrix, np.asarray(answers, dtype=np.float64), settings, weights)
    indices = np.asarray(answers, dtype=np.int64)
    coefficients, intercept = _fit_classes(matrix, indices, classes, settings, weights, seed)
    if judge is None:
        trust = _trust(matrix, indices, classes, settings, weights, seed)
    else:
        scores = np.asarray(judge.matrix @ coefficients + intercept, dtype=np.float64)
        trust = _least_surprising(scores, np.asarray(judge.answers, dtype=np.int64), classes, judge.weights)
    return _rounded(coefficients * trust, intercept * trust)


def _fit_numbers(
    matrix: sp.csr_matrix, answers: Floats, settings: TextLinearSettings, weights: Floats | None
) -> TextLinear:
    model = Ridge(alpha=1.0 / settings.strength, solver="sparse_cg", tol=_TOLERANCE)
    model.fit(matrix.astype(np.float64), answers, sample_weight=weights)
    return _rounded(np.asarray(model.coef_).reshape(-1, 1), np.atleast_1d(model.intercept_))


def _fit_classes(
    matrix: sp.csr_matrix,
    answers: NDArray[np.int64],
    classes: int,
    settings: TextLinearSettings,
    weights: Floats | None,
    seed: int,
) -> tuple[Floats, Floats]:
    """Coefficients [width, outputs] and intercept [outputs], before it is known how far they are to be trusted."""
    counts = np.bincount(answers, minlength=classes)
    there = np.flatnonzero(counts)
    coefficients = np.zeros((matrix.shape[1], classes))
    intercept = np.full(classes, _NEVER)
    intercept[there] = 0.0
    if len(there) > 1:
        shares = (counts[there].mean() / np.maximum(counts, 1)) ** settings.balance
        each = shares[answers] if weights is None else shares[answers] * weights
        model = _model(settings, seed).fit(matrix, answers, sample_weight=each)
        both = len(there) == 2  # one score, for the second and against the first
        coefficients[:, there] = np.outer(model.coef_[0], (-0.5, 0.5)) if both else model.coef_.T
        intercept[there] = model.intercept_[0] * np.array([-0.5, 0.5]) if both else model.intercept_
    if classes > 2:
        return coefficients, intercept
    return coefficients[:, 1:] - coefficients[:, :1], intercept[1:] - intercept[:1]


def _model(settings: TextLinearSettings, seed: int) -> Any:
    if settings.loss == "logistic":
        return LogisticRegression(C=settings.strength, solver="saga", max_iter=settings.epochs, random_state=seed)
    return LinearSVC(C=settings.strength * _HINGED, dual=True, max_iter=_LONGEST, random_state=seed)


def _trust(
    matrix: sp.csr_matrix,
    answers: NDArray[np.int64],
    classes: int,
    settings: TextLinearSettings,
    weights: Floats | None,
    seed: int,
) -> float:
    """What scores are to be multiplied by, from rows that another fit did not see."""
    task = Task.BINARY if classes == 2 else Task.MULTICLASS
    number = folds.assign(answers, task, PARTS, seed)
    judged = range(PARTS) if len(answers) < SMALL else range(1)
    if len(answers) < FEW or not np.isin(number, judged).any():
        return _USUAL
    scores, rows = [], []
    for part in judged:
        inside, outside = np.flatnonzero(number != part), np.flatnonzero(number == part)
        theirs = None if weights is None else weights[inside]
        coefficients, intercept = _fit_classes(matrix[inside], answers[inside], classes, settings, theirs, seed)
        scores.append(np.asarray(matrix[outside] @ coefficients + intercept, dtype=np.float64))
        rows.append(outside)
    found, seen = np.concatenate(scores), np.concatenate(rows)
    return _least_surprising(found, answers[seen], classes, None if weights is None else weights[seen])


def _least_surprising(scores: Floats, truth: NDArray[np.int64], classes: int, weights: Floats | None) -> float:
    """What scores [rows, outputs] are to be multiplied by for the least log loss of `truth` [rows]."""
    link = Link.to_classes(Task.BINARY if classes == 2 else Task.MULTICLASS, classes)
    each = None if weights is None or not weights.any() else weights

    def surprise(power: float) -> float:
        return float(np.average(metrics.log_losses(truth, link.apply(scores * np.exp(power))), weights=each))

    return float(np.exp(minimize_scalar(surprise, bounds=_RANGE, method="bounded").x))


def _rounded(coefficients: Floats, intercept: Floats) -> TextLinear:
    """FP32, so that the last bits of a solver's arithmetic, which differ between machines, are gone."""
    return TextLinear(np.ascontiguousarray(coefficients, dtype=np.float32), np.asarray(intercept, dtype=np.float32))

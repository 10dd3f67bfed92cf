"""Candidates compared by cross-validation on the training rows; a restart does not repeat what is scored."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from millrace.data.table import Index, Table
from millrace.domain import digest
from millrace.domain.errors import Rejected
from millrace.domain.report import Candidate
from millrace.domain.schema import Schema
from millrace.domain.spec import Metric, Task
from millrace.evaluation import metrics
from millrace.learning import folds
from millrace.learning.checkpoint import Checkpoint, Scores
from millrace.learning.trainer import Answers, Budget, Floats, Trainer


@dataclass(frozen=True, slots=True)
class Question:
    """How candidates are compared. `identity` names the rows and the spec, so that a checkpoint fits no others."""

    schema: Schema
    metric: Metric
    folds: int
    seed: int
    identity: str


@dataclass(frozen=True, slots=True)
class Ranked:
    """A trainer with its line of the leaderboard."""

    trainer: Trainer
    candidate: Candidate


def search(
    trainers: Sequence[Trainer],
    table: Table,
    answers: Answers,
    question: Question,
    budget: Budget,
    checkpoint: Checkpoint,
) -> list[Ranked]:
    """Every trainer's leaderboard line, the best first; of equals the one listed first.

    Raises Rejected(code="metric_undefined") where no fold allows the metric.
    """
    number = folds.assign(answers, question.schema.task, question.folds, question.seed)
    ranked = []
    for trainer in trainers:
        key = digest.of_value([question.identity, trainer.name, trainer.version])
        scores = checkpoint.load(key)
        if scores is None:
            scores = _cross_validate(trainer, table, answers, number, question, budget)
            checkpoint.save(key, scores)
        ranked.append(Ranked(trainer, _line(trainer.name, scores, question.metric)))
    sign = -1.0 if question.metric.greater_is_better else 1.0
    return sorted(ranked, key=lambda line: sign * line.candidate.score)


def measure(task: Task, truth: Answers, predicted: Floats, labels: Index | None = None) -> dict[Metric, float]:
    """Metrics of probabilities [rows, classes] or of predictions [rows, 1]."""
    if task.is_classification:
        return metrics.classification(np.asarray(truth, dtype=np.int64), predicted, labels)
    return metrics.regression(np.asarray(truth, dtype=np.float64), predicted[:, 0])


def _cross_validate(
    trainer: Trainer, table: Table, answers: Answers, number: Index, question: Question, budget: Budget
) -> Scores:
    """One score per fold that allows the metric: a fold with one class has no AUC."""
    started = time.monotonic()
    found = []
    for fold in range(question.folds):
        inside, outside = np.flatnonzero(number != fold), np.flatnonzero(number == fold)
        if not len(outside) or not len(inside):
            continue
        fitted = trainer.fit(table.take(inside), answers[inside], question.schema, seed=question.seed, budget=budget)
        score = measure(question.schema.task, answers[outside], fitted.predict(table.take(outside)))
        if question.metric in score:
            found.append(score[question.metric])
    return Scores(tuple(found), time.monotonic() - started)


def _line(name: str, scores: Scores, metric: Metric) -> Candidate:
    if not scores.folds:
        raise Rejected(
            f"{metric} can't be computed on any fold of the training rows",
            code="metric_undefined",
            field="metric",
            hint="add rows of the rare classes, or choose log_loss or rmse",
        )
    return Candidate(name, float(np.mean(scores.folds)), float(np.std(scores.folds)), round(scores.seconds, 3))

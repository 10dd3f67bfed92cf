"""The baseline of a version: what the job has read and computed anyway, counted for what captures are compared with."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from millrace.domain.baseline import Baseline
from millrace.domain.profile import Profile
from millrace.domain.report import Metrics
from millrace.domain.schema import Schema
from millrace.domain.spec import Metric
from millrace.evaluation.metrics import log_losses
from millrace.learning.parity import Answered
from millrace.learning.trainer import Answers
from millrace.monitoring.baseline import HeldOut, describe
from millrace.usecases.evaluate import Evaluation, Rows


def describe_baseline(
    schema: Schema, train: Rows, truth: Answers, judged: Evaluation, profile: Profile, *, seed: int
) -> Baseline:
    """Count the training rows, and the answers to the held-out ones, whose `truth` [rows] is known.

    Of a column whose values the profile withholds, none is stored here either.
    """
    answered = judged.answered
    is_classification = schema.task.is_classification
    held_out = HeldOut(
        predictions=answered.labels if is_classification else answered.values[:, 0],
        probabilities=answered.values if is_classification else None,
        performance=_performance(judged.held_out),
        deviations=_deviations(schema, answered, truth),
    )
    withheld = {column.name for column in profile.columns if column.withheld is not None}
    return describe(schema, train.table.columns, held_out, withheld=withheld, seed=seed)


def _performance(metrics: Metrics) -> Mapping[str, float]:
    return {metric.value: value for metric, value in metrics.items()}


def _deviations(schema: Schema, answered: Answered, truth: Answers) -> Mapping[str, float]:
    if schema.task.is_classification:
        return {Metric.LOG_LOSS.value: float(log_losses(np.asarray(truth, dtype=np.int64), answered.values).std())}
    errors = answered.values[:, 0] - np.asarray(truth, dtype=np.float64)
    return {Metric.MAE.value: float(np.abs(errors).std())}

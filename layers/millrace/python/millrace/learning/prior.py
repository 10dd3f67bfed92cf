"""What is answered where nothing can be learned: rows of one class, a constant target, columns that never vary."""

from __future__ import annotations

import numpy as np

from millrace.learning.trainer import Floats, Lesson


def scores(lesson: Lesson) -> Floats:
    """The same scores for every row, shape [outputs]: the answers' mean, or their classes' shares, none of them 0.

    The shares are those of Laplace's rule of succession: a class counts one row more than it has.
    """
    rows = lesson.rows
    if not lesson.task.is_classification:
        return np.array([np.average(rows.answers, weights=rows.weights)], dtype=np.float64)
    classes = np.asarray(rows.answers, dtype=np.int64)
    weights = None if rows.weights is None else rows.weights / rows.weights.mean()
    counts = np.bincount(classes, weights, minlength=max(2, lesson.classes)) + 1.0
    shares: Floats = np.log(counts / counts.sum())
    return shares if lesson.outputs > 1 else shares[1:] - shares[:1]

"""Linear members for tables with free text, over TF-IDF and the other columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from millrace.domain.spec import Task
from millrace.learning.space import OneOf, Real, Settings, Space
from millrace.learning.text_linear import LOSSES, TextLinear, TextLinearSettings, fit_linear
from millrace.learning.trainer import Arrays, Lesson, Plan

WORDS = 200  # columns of the matrix that a text of middling length is in


@dataclass(frozen=True, slots=True)
class TextTrainer:
    """A `Trainer` of linear models over words, pairs of words and runs of characters, or over runs only."""

    name: str = "text-linear"
    version: int = 3
    plan: Plan = Plan.TEXT
    bagged: bool = False

    @property
    def space(self) -> Space:
        """The inverse of the penalty's strength, how much rare classes weigh, and what is punished."""
        return {
            "strength": Real(1.0, 60.0, log=True),
            "balance": Real(0.0, 1.0, of_classes=True),
            "loss": OneOf(LOSSES, of_classes=True),
        }

    @property
    def portfolio(self) -> Sequence[Settings]:
        """Good on short messages and contracts; what errs elsewhere than that; for many classes; where rows are few."""
        return (
            {"strength": 5.0, "balance": 0.5, "loss": "logistic"},
            {"strength": 8.0, "balance": 0.5, "loss": "squared hinge"},
            {"strength": 20.0, "balance": 0.0, "loss": "logistic"},
            {"strength": 5.0, "balance": 0.0, "loss": "logistic"},
        )

    def suits(self, task: Task, classes: int, rows: int, width: int) -> bool:  # noqa: ARG002  # the contract's
        """Everywhere."""
        return True

    def seconds(self, rows: int, width: int, classes: int) -> float:  # noqa: ARG002  # the contract's
        """Of the solver's passes over the rows."""
        return 6e-8 * rows * WORDS * max(1, classes - 1)

    def fit(self, lesson: Lesson, settings: Settings) -> TextLinear:
        """Solve, and learn how far scores are to be trusted."""
        balance, loss = float(settings.get("balance", 0.0)), str(settings.get("loss", LOSSES[0]))
        told = TextLinearSettings(float(settings["strength"]), balance, loss=loss)
        rows = lesson.rows
        classes = max(2, lesson.classes) if lesson.task.is_classification else 0
        return fit_linear(rows.matrix, rows.answers, classes, told, rows.weights, seed=lesson.seed, judge=lesson.judge)

    def load(self, arrays: Arrays) -> TextLinear:
        """From a checkpoint."""
        return TextLinear(arrays["coefficients"], arrays["intercept"])

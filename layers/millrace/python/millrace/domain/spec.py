"""What the user asked for. Every field has a default; the wire form is protocol/spec.py."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum

from millrace.domain import digest
from millrace.domain.notation import DateOrder, DecimalMark


class Task(StrEnum):
    """What is predicted."""

    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"

    @property
    def is_classification(self) -> bool:
        """Whether the target is a class rather than a number."""
        return self is not Task.REGRESSION


class Metric(StrEnum):
    """What the gate and the leaderboard compare; `Task` decides which are meaningful."""

    LOG_LOSS = "log_loss"
    AUC = "auc"
    ACCURACY = "accuracy"
    F1 = "f1"
    BRIER = "brier"
    RMSE = "rmse"
    MAE = "mae"
    R2 = "r2"

    @property
    def greater_is_better(self) -> bool:
        """The metric's direction."""
        return self in {Metric.AUC, Metric.ACCURACY, Metric.F1, Metric.R2}

    @property
    def is_classification(self) -> bool:
        """Whether the metric judges classes."""
        return self not in {Metric.RMSE, Metric.MAE, Metric.R2}


DEFAULT_METRIC = {Task.BINARY: Metric.LOG_LOSS, Task.MULTICLASS: Metric.LOG_LOSS, Task.REGRESSION: Metric.RMSE}
UNORDERED = ""  # as `time`: these rows are in no order, whatever they look like
IN_ORDER = " "  # as `time`: they stand in the order of time; no column has a blank name


@dataclass(frozen=True, slots=True)
class Spec:
    """A user's wishes. None means: decide it from the data and say in the report how.

    `features` names the columns to use; None takes all but the target. `exclude` names columns never used.
    `time` names the column by which rows are ordered; where it is `UNORDERED`, none is looked for, and where it is
    `IN_ORDER`, their places in the file say it. Rows that share a value of `group` are never on two sides of a split;
    `weights` says how much each row counts. Neither is a feature.
    `margin` is how much worse than the champion, in the metric's unit, a challenger may be.
    `decimal` and `date_order` are how numbers and dates are written where a column's values leave it open.
    `balance` has classes count alike, however many rows they have. The two costs are those of a wrong label, of two
    classes the second being the positive one. The search ends after `budget_seconds` of search, fit and export, or,
    where `trials` is given, after so many, whatever time they take. `max_model_mb` (10^6 bytes) and `max_row_ms` (the
    median of one row on one thread) bound what it may choose. `folds` are those of cross-validation.
    `seed` makes a run repeatable. `backend` is a row of the job backends' table, where so many `jobs` search at once.

    Calls are captured at `capture_rate`, from 0 to 1, with the inputs `capture_fields`, None for all. Drift is looked
    for in the newest captures, about `drift_rows` of them and of `drift_least_hours` at least, but never more than of
    `drift_hours`, where there are `drift_least_rows`; in no column of `drift_exclude`.
    `retrain` lets drift begin a run, where `retrain_least_rows` new ones have truth, no more often than every
    `retrain_cooldown_hours` and `retrain_daily_limit` times in a day; it learns from the newest `retrain_rows` of them.
    """

    target: str | None = None
    task: Task | None = None
    features: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    time: str | None = None
    group: str | None = None
    weights: str | None = None
    decimal: DecimalMark | None = None
    date_order: DateOrder | None = None
    metric: Metric | None = None
    margin: float = 0.0
    balance: bool = False
    false_positive_cost: float = 1.0
    false_negative_cost: float = 1.0
    budget_seconds: float = 60.0
    trials: int | None = None
    folds: int | None = None
    jobs: int = 1
    max_model_mb: float = 20.0
    max_row_ms: float = 1.0
    seed: int = 0
    backend: str | None = None
    promote: bool = True
    capture_rate: float = 1.0
    capture_fields: tuple[str, ...] | None = None
    drift_rows: int = 5_000
    drift_hours: int = 168
    drift_least_hours: float = 24.0
    drift_exclude: tuple[str, ...] = ()
    drift_least_rows: int = 200
    retrain: bool = True
    retrain_cooldown_hours: float = 6.0
    retrain_daily_limit: int = 2
    retrain_least_rows: int = 500
    retrain_rows: int = 100_000

    @property
    def time_column(self) -> str | None:
        """The column that `time` names, if it names one."""
        return None if self.time in {UNORDERED, IN_ORDER} else self.time

    @property
    def has_costs(self) -> bool:
        """Whether a wrong label of one class costs another than one of the other."""
        return self.false_positive_cost != self.false_negative_cost

    @property
    def digest(self) -> str:
        """Names the spec in a run's id: what differs from the defaults, so that a new field renames no old spec."""
        defaults = asdict(Spec())
        return digest.of_value({name: value for name, value in asdict(self).items() if value != defaults[name]})

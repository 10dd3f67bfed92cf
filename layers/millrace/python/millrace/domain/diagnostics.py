"""What a report draws of a model's answers to the held-out rows: figures, few enough to store with every version."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from millrace.domain.profile import Histogram
from millrace.domain.schema import Kind
from millrace.domain.spec import Metric


@dataclass(frozen=True, slots=True)
class Curve:
    """A line through (`x`, `y`) for one class, `label`, against all others; `area` is that of the line before thinning.

    ROC: false and true positive rate, from (0, 0) to (1, 1). Precision over recall: from recall 0, where precision is
    1 by convention, on; its area is the average precision.
    """

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    area: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """For one class: mean `predicted` probability and `observed` frequency in bins that hold `counts` rows.

    `error` is the mean absolute difference of the two, weighted by rows (expected calibration error).
    """

    label: str
    predicted: tuple[float, ...]
    observed: tuple[float, ...]
    counts: tuple[int, ...]
    error: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """Held-out rows by true class (`counts`' rows) and predicted one (its columns), both in the order of `classes`.

    Where `grouped` is above 0, the last of both is the rest: that many rarer classes taken together.
    """

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    grouped: int = 0


@dataclass(frozen=True, slots=True)
class Scatter:
    """True and predicted values of some held-out rows, drawn at random and in the order of truth."""

    truth: tuple[float, ...]
    predicted: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Importance:
    """How much worse the metric gets when one feature's values are shuffled: mean and deviation over the repeats."""

    feature: str
    mean: float
    spread: float


@dataclass(frozen=True, slots=True)
class Importances:
    """Permutation importance of the exported graph's features, the greatest first, on `rows` of the held-out rows."""

    metric: Metric
    rows: int
    repeats: int
    features: tuple[Importance, ...]


@dataclass(frozen=True, slots=True)
class Dependence:
    """The model's answers to the same rows with one feature set to each of some values in turn (partial dependence).

    The values are `numbers` in order (a date's in seconds since 1970-01-01T00:00Z, a boolean's 0 and 1), or
    `categories`, the commonest first, None being a missing one. `mean` is the mean answer at each. From `low` to `high`
    lies the middle half of the rows' answers, each row's moved by what sets its own mean apart: where the band is wide,
    the feature moves one row otherwise than another. An answer is the probability of `label`, of several classes the
    one that the feature moves most, or a prediction where there are none.
    """

    feature: str
    kind: Kind
    label: str | None
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    numbers: tuple[float, ...] = ()
    categories: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Dependences:
    """Those of the features that matter most, on `rows` of the held-out rows."""

    rows: int
    features: tuple[Dependence, ...]


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """How well a model does that was fitted on `rows`: mean and standard deviation over as many drawings of them."""

    rows: int
    mean: float
    spread: float


class MoreRows(StrEnum):
    """Whether more data would help, as far as the learning curve tells."""

    HELP = "help"
    LITTLE = "little"
    HARM = "harm"


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """The metric over the rows that a `model` was fitted on, from few to all, and what that says of more.

    `gain` is how much better twice the rows would make the metric, were its last slope to go on, and `noise` that
    slope's standard error over the drawings; `says` is the verdict in one sentence.
    """

    metric: Metric
    model: str
    points: tuple[CurvePoint, ...]
    gain: float
    noise: float
    verdict: MoreRows
    says: str


@dataclass(frozen=True, slots=True)
class ClassRows:
    """How many rows of a class were trained on, and how many held out."""

    label: str
    train: int
    held_out: int


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """Curves of two classes are the second's; of more, the most frequent ones'. A residual is truth - prediction."""

    classes: tuple[ClassRows, ...] = ()
    roc: tuple[Curve, ...] = ()
    precision_recall: tuple[Curve, ...] = ()
    calibration: tuple[Calibration, ...] = ()
    confusion: Confusion | None = None
    residuals: Histogram | None = None
    scatter: Scatter | None = None
    importances: Importances | None = None
    dependences: Dependences | None = None
    learning_curve: LearningCurve | None = None

"""What a dataset version holds, column by column: drift is measured against it and a report's pictures show it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from millrace.domain.schema import Kind


class Role(StrEnum):
    """What a column was to the run that described it."""

    TARGET = "target"
    FEATURE = "feature"
    LEFT_OUT = "left out"


class Measure(StrEnum):
    """How strongly a column goes with the target, from 0 (not at all) to 1; both are corrected for chance."""

    CRAMERS_V = "cramers_v"  # the target is a class: Cramér's V, corrected as in Bergsma 2013
    ETA = "eta"  # the target is a number: the correlation ratio, corrected as in Kelley 1935


@dataclass(frozen=True, slots=True)
class Quantile:
    """The value below which this share of the present values lies."""

    share: float
    value: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """`counts` of values between neighbouring `edges`, of which there is one more; the last bin is closed."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Numbers:
    """A number's or a date's present values, dates in seconds since 1970-01-01T00:00Z.

    `deviation` is the population's standard deviation.
    """

    least: float
    greatest: float
    mean: float
    deviation: float
    quantiles: tuple[Quantile, ...]
    histogram: Histogram


@dataclass(frozen=True, slots=True)
class Category:
    """A value, cut to 80 characters, and its rows."""

    value: str
    rows: int


@dataclass(frozen=True, slots=True)
class Categories:
    """A category's commonest values, most rows first, and the rows that hold any other."""

    top: tuple[Category, ...]
    rest: int


@dataclass(frozen=True, slots=True)
class Booleans:
    """Rows of either answer."""

    true: int
    false: int


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column. `present` rows hold a value and `missing` ones don't.

    `distinct` counts different values; an estimate where `distinct_is_estimated`. Of `numbers`, `categories` and
    `booleans` the one of its kind is there, unless no value is, or `withheld` says why values are not stored.
    `association` with the target is by the profile's `measure`; free text has none.
    """

    name: str
    kind: Kind
    role: Role
    present: int
    missing: int
    distinct: int
    distinct_is_estimated: bool = False
    numbers: Numbers | None = None
    categories: Categories | None = None
    booleans: Booleans | None = None
    association: float | None = None
    withheld: str | None = None


@dataclass(frozen=True, slots=True)
class Correlations:
    """Pearson's coefficient of each two numeric columns, over the rows that hold both; None where one is constant.

    `matrix` is square and in the order of `columns`; `left_out` numeric columns are beyond the bound.
    """

    columns: tuple[str, ...]
    matrix: tuple[tuple[float | None, ...], ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Profile:
    """A dataset version as one run saw it: the `rows` that have an answer; `unanswered` ones are left out.

    Everything is over all these rows, but for correlations and associations: those are over `sampled` of them, drawn
    at random with a fixed seed.
    """

    rows: int
    unanswered: int
    columns: tuple[ColumnProfile, ...]
    correlations: Correlations
    measure: Measure
    sampled: int
    schema_version: int = 1

    def column(self, name: str) -> ColumnProfile | None:
        """The column of this name."""
        return next((column for column in self.columns if column.name == name), None)

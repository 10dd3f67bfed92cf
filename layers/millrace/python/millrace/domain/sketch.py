"""What is kept of captured rows once they were read: counts in a baseline's cells, which add up."""

from __future__ import annotations

from dataclasses import dataclass

from millrace.domain.baseline import Baseline, ColumnBaseline


@dataclass(frozen=True, slots=True)
class ColumnSketch:
    """One column of captured rows, counted in its baseline's cells.

    `unreadable` rows hold what is no value of the column's kind; they are neither present nor missing. `least` and
    `greatest` are of the present numbers.
    """

    counts: tuple[int, ...]
    present: int = 0
    missing: int = 0
    unreadable: int = 0
    least: float | None = None
    greatest: float | None = None

    def plus(self, other: ColumnSketch) -> ColumnSketch:
        """Of both their rows. Raises ValueError where they count in different cells."""
        return ColumnSketch(
            tuple(ours + theirs for ours, theirs in zip(self.counts, other.counts, strict=True)),
            self.present + other.present,
            self.missing + other.missing,
            self.unreadable + other.unreadable,
            min((each for each in (self.least, other.least) if each is not None), default=None),
            max((each for each in (self.greatest, other.greatest) if each is not None), default=None),
        )


@dataclass(frozen=True, slots=True)
class Scored:
    """Captured rows whose truth is known: sums from which the metrics of the whole follow.

    `correct` and `log_loss` are sums over classes, `squared` and `absolute` of a number's errors. `log_loss_squares`
    sums the squares of the rows' log losses, where there are several rows.
    """

    rows: int = 0
    correct: int = 0
    log_loss: float = 0.0
    squared: float = 0.0
    absolute: float = 0.0
    log_loss_squares: float = 0.0

    @property
    def squares(self) -> float:
        """The sum of the squares of the log losses; a single row's is that of its own."""
        return self.log_loss**2 if self.rows == 1 else self.log_loss_squares

    def plus(self, other: Scored) -> Scored:
        """Of both their rows."""
        return Scored(
            self.rows + other.rows,
            self.correct + other.correct,
            self.log_loss + other.log_loss,
            self.squared + other.squared,
            self.absolute + other.absolute,
            self.squares + other.squares,
        )


@dataclass(frozen=True, slots=True)
class Sketch:
    """Captured rows of one version: `columns`, `predictions` and `scores` in the order of its baseline."""

    rows: int
    columns: tuple[ColumnSketch, ...]
    predictions: ColumnSketch
    scores: ColumnSketch | None = None

    def plus(self, other: Sketch) -> Sketch:
        """Of both their rows. Raises ValueError where they are of different baselines."""
        scores = self.scores.plus(other.scores) if self.scores and other.scores else self.scores or other.scores
        return Sketch(
            self.rows + other.rows,
            tuple(ours.plus(theirs) for ours, theirs in zip(self.columns, other.columns, strict=True)),
            self.predictions.plus(other.predictions),
            scores,
        )


@dataclass(frozen=True, slots=True)
class Chunk:
    """Neighbouring captures of one version, from the time `since` to `until`, ISO 8601 in UTC."""

    version: int
    since: str
    until: str
    sketch: Sketch


@dataclass(frozen=True, slots=True)
class HourSketch:
    """All that was sketched of one partition, in the order of time, and the keys of the objects that were read.

    Of these the `damaged` ones could not be read to their end, and count for nothing.
    """

    chunks: tuple[Chunk, ...] = ()
    objects: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    schema_version: int = 1


def empty(baseline: Baseline) -> Sketch:
    """A sketch of no row."""

    def nothing(column: ColumnBaseline) -> ColumnSketch:
        return ColumnSketch((0,) * column.cells.size)

    return Sketch(
        0,
        tuple(map(nothing, baseline.columns)),
        nothing(baseline.predictions),
        nothing(baseline.scores) if baseline.scores else None,
    )

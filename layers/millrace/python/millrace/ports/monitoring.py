"""What watching models needs from outside: captures, truth, metrics, alarms, and the record of retrainings.

Every call may raise Unavailable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from millrace.domain.capture import Capture, CaptureLine, Partition
from millrace.domain.retraining import Retraining
from millrace.domain.run import DataLocation
from millrace.domain.truth import Labelled, Truth, TruthFile


class Captures(Protocol):
    """Where an answer is recorded before it leaves."""

    def record(self, capture: Capture) -> None:
        """Keep it durably: once this returns, it is not lost. Raises Unavailable when it can't be kept."""
        ...


class DeadLetters(Protocol):
    """Messages that nobody can read, kept for a person to look at."""

    def keep(self, message: str) -> None:
        """Store one durably."""
        ...


class CaptureStore(Protocol):
    """The capture bucket, by model and hour."""

    def write(self, partition: Partition, lines: Iterable[bytes]) -> str:
        """Store captured rows, one at least, as one object; its key. The same lines again are the same object."""
        ...

    def hours(self, tenant: str, model: str, since: str) -> Sequence[str]:
        """The hours that hold captures, from `since` (`2026-11-24T20`) on, in order."""
        ...

    def objects(self, partition: Partition) -> Sequence[str]:
        """The keys of the partition's capture objects, in order."""
        ...

    def read(self, key: str) -> Iterator[CaptureLine]:
        """The rows of one capture object, one at a time. Raises NotFound, Corrupt."""
        ...


class TruthStore(Protocol):
    """Truth as it arrived, by the hour of what it is about, and what became of it."""

    def add(self, partition: Partition, truths: Sequence[Truth]) -> str:
        """Store truth about captures of this hour as one object and return its key; the same again is the same."""
        ...

    def hours(self, tenant: str, model: str) -> Sequence[str]:
        """The hours about which there is truth, in order."""
        ...

    def objects(self, partition: Partition) -> Sequence[str]:
        """The keys of the partition's truth objects, in order."""
        ...

    def by_hour(self, tenant: str, model: str) -> Mapping[str, Sequence[str]]:
        """The keys of all of a model's truth objects by hour, each in order."""
        ...

    def read(self, key: str) -> Sequence[Truth]:
        """The truth in one object. Raises NotFound, Corrupt."""
        ...

    def note(self, file: TruthFile) -> None:
        """Keep what became of a file; of the same upload again, the newer word."""
        ...

    def files(self, tenant: str, limit: int) -> Sequence[TruthFile]:
        """What became of a tenant's files of truth, at most so many, those that arrived last first."""
        ...

    def keep_believed(self, partition: Partition, truths: Sequence[Truth]) -> str:
        """Store what an hour's truth came to, for `read`, and return its key; the same again is the same."""
        ...

    def keep_part(self, partition: Partition, lines: Sequence[bytes]) -> DataLocation:
        """Store joined rows as a part of a dataset version; the same lines again are the same part."""
        ...

    def part(self, location: DataLocation) -> Sequence[bytes]:
        """The lines of a part. Raises NotFound, Corrupt."""
        ...

    def index(self, partition: Partition) -> Labelled | None:
        """What the partition was last joined to, or None."""
        ...

    def keep_index(self, partition: Partition, labelled: Labelled) -> None:
        """Keep what the partition is joined to now, in place of an earlier one."""
        ...


class Metrics(Protocol):
    """Numbers over time, on which alarms stand."""

    def publish(self, name: str, value: float) -> None:
        """Add a value, now."""
        ...

    def latest(self, name: str, minutes: int) -> float | None:
        """The newest value of the last so many minutes; None where there is none."""
        ...


class Alarms(Protocol):
    """The alarms of models, on their drift metrics."""

    def put(self, tenant: str, model: str) -> None:
        """Create the model's alarm, or leave it as it should be."""
        ...

    def remove(self, tenant: str, model: str) -> None:
        """Delete it; does nothing where there is none."""
        ...


class Retrainings(Protocol):
    """What was decided about retraining, by model."""

    def add(self, decision: Retraining) -> None:
        """Append a refusal, or a word that the breaker may close; equal refusals of one day become one, counted."""
        ...

    def start(self, decision: Retraining, after: str | None) -> bool:
        """Append a started one where the last started one is still that of this time; else False, appending nothing."""
        ...

    def begun(self, tenant: str, model: str, limit: int) -> Sequence[Retraining]:
        """At most so many decisions that are no refusals, newest first, with strongly consistent reads."""
        ...

    def of_model(self, tenant: str, model: str, limit: int) -> Sequence[Retraining]:
        """At most so many decisions, newest first."""
        ...

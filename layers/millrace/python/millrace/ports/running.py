"""What makes things happen, and tells of it: time, the state machine, the job queue, events, logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from millrace.domain.spec import Spec


class Clock(Protocol):
    """Time, so that tests can move it."""

    def now(self) -> str:
        """ISO 8601 in UTC with milliseconds and 'Z': fixed width, so text order is time order."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never going back."""
        ...


class SpecReader(Protocol):
    """Turns a spec.yaml's bytes into a Spec."""

    def __call__(self, text: bytes) -> Spec:
        """Raises Rejected(code="invalid_spec", field=...) for a spec that can't be used."""
        ...


class Workflow(Protocol):
    """The state machine that trains."""

    def start(self, name: str, payload: Mapping[str, object]) -> None:
        """Start an execution by a unique name; starting the same name again does nothing."""
        ...

    def stop(self, name: str, cause: str) -> None:
        """End an execution at once; does nothing when it is over or unknown."""
        ...

    def status(self, name: str) -> str | None:
        """RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED; None for an execution that is not known."""
        ...


class Announcements(Protocol):
    """Events we publish about runs, for anybody who listens."""

    def publish(self, kind: str, detail: Mapping[str, object]) -> None:
        """Put one event on the bus; `kind` is its detail-type."""
        ...


class JobQueue(Protocol):
    """Where a worker finds jobs."""

    def receive(self, wait_seconds: int) -> JobMessage | None:
        """The next message, hidden from other workers for the queue's visibility time; None if none came."""
        ...

    def extend(self, message: JobMessage, seconds: int) -> None:
        """Keep a message hidden while its job lives. Raises NotFound when it was deleted or came back already."""
        ...

    def delete(self, message: JobMessage) -> None:
        """The job is answered; forget the message."""
        ...


class JobMessage(Protocol):
    """What a worker received: the address of the job's document and the token that answers for it."""

    @property
    def job_uri(self) -> str:
        """s3://bucket/key of the Job document."""
        ...

    @property
    def token(self) -> str:
        """The state machine's task token."""
        ...


class TaskReporter(Protocol):
    """How a worker answers the state machine. A token that is no longer known raises NotFound."""

    def heartbeat(self, token: str) -> None:
        """The job lives."""
        ...

    def succeed(self, token: str, output: Mapping[str, object]) -> None:
        """The job is done."""
        ...

    def fail(self, token: str, error: str, cause: str) -> None:
        """The job ended without a model: `error` is a stable code, `cause` the Failure document as JSON."""
        ...


class LogLines(Protocol):
    """The stage's logs, for the command line."""

    def since(self, milliseconds: int) -> Iterator[str]:
        """Lines of every function newer than this Unix time, oldest first."""
        ...

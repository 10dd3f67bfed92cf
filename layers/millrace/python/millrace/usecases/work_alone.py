"""One job without a queue: a container that a service starts for it is a worker whose one message is its argument."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from millrace.domain.errors import Unavailable
from millrace.domain.job_end import HANDED_BACK, JobFailure
from millrace.domain.run import Failure
from millrace.ports import Blobs, Documents, JobMessage, Landing
from millrace.usecases.work import Bench, RunJob, work_once

KEEP_SECONDS = 60.0  # three times in which checkpoints are stored


class Ending(IntEnum):
    """How it ended, as the container's exit code."""

    DONE = 0  # the result is stored
    FAILED = 1  # why is stored, if the bucket took it
    HANDED_BACK = HANDED_BACK  # the same job may go on elsewhere, from the checkpoints


@dataclass(frozen=True, slots=True)
class Container:
    """What a container works with. `stop` asks it to store its checkpoints and end."""

    landing: Landing
    blobs: Blobs
    documents: Documents
    run_job: RunJob
    scratch: Path | None
    say: Callable[[str], None]
    stop: threading.Event


def work_alone(job_uri: str, container: Container, *, keep_seconds: float = KEEP_SECONDS) -> Ending:
    """See the job of this s3:// address through: its result or its failure is a document beside it."""
    answer = _Answer(container.documents)
    bench = Bench(
        queue=_Argument(_Message(job_uri)),
        reporter=answer,
        landing=container.landing,
        blobs=container.blobs,
        documents=container.documents,
        run_job=container.run_job,
        visibility_seconds=keep_seconds,
        scratch=container.scratch,
        say=container.say,
        stop=container.stop,
    )
    try:
        work_once(bench)
    except Unavailable as error:
        container.say(f"{error}")
        return Ending.HANDED_BACK
    if answer.given is None:
        return Ending.HANDED_BACK if container.stop.is_set() else Ending.FAILED
    return answer.given


@dataclass(frozen=True, slots=True)
class _Message:
    """Implements ports.JobMessage. What answers for the job is its own address."""

    job_uri: str

    @property
    def token(self) -> str:
        return self.job_uri


@dataclass(slots=True)
class _Argument:
    """Implements ports.JobQueue with the one message that there is."""

    message: JobMessage | None

    def receive(self, _: int) -> JobMessage | None:
        """The message, once."""
        taken, self.message = self.message, None
        return taken

    def extend(self, message: JobMessage, seconds: int) -> None:
        """Nobody else can take it."""

    def delete(self, message: JobMessage) -> None:
        """It is gone with the container."""


@dataclass(slots=True)
class _Answer:
    """Implements ports.TaskReporter: the state machine waits for the service, so only a failure needs its document."""

    documents: Documents
    given: Ending | None = field(default=None)

    def heartbeat(self, token: str) -> None:
        """The service sees for itself that the container lives."""

    def succeed(self, token: str, output: Mapping[str, object]) -> None:  # noqa: ARG002  # the port's
        """The result is stored already."""
        self.given = Ending.DONE

    def fail(self, token: str, error: str, cause: str) -> None:
        """Write the failure beside the job."""
        _, _, key = token.removeprefix("s3://").partition("/")
        self.documents.write(JobFailure(error, Failure(**json.loads(cause))), f"{key.rpartition('/')[0]}/failure.json")
        self.given = Ending.FAILED

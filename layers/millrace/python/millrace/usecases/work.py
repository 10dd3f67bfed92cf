"""One training job from the queue to its answer. A worker that dies leaves the message for the next one."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from millrace.domain import digest
from millrace.domain.errors import InvalidInput, MillraceError, NotFound, Unavailable
from millrace.domain.job import (
    BASELINE_FILE,
    MANIFEST_FILE,
    MODEL_FILE,
    PROFILE_FILE,
    REPORT_FILE,
    Job,
    JobResult,
    PartResult,
)
from millrace.domain.run import Failure
from millrace.ports import Blobs, Documents, JobMessage, JobQueue, Landing, TaskReporter
from millrace.usecases.checkpoints import Checkpoints
from millrace.usecases.job_folder import FAILED, FREE_DISK, environment, lay_out, read_failure

OUTPUTS = (MODEL_FILE, MANIFEST_FILE, REPORT_FILE, PROFILE_FILE, BASELINE_FILE)
BEATS = 3  # signs of life within one visibility time: two may be lost
WAIT_SECONDS = 20  # the queue's longest poll

RunJob = Callable[[Path, Mapping[str, str], Callable[[], bool]], int]
"""Run the entry point in this folder under these variables until it ends, or the callable says that it is to end.

Returns the exit code, negative for a signal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What a worker works with. `stop` asks it to leave its job to another; `say` takes a line for its log."""

    queue: JobQueue
    reporter: TaskReporter
    landing: Landing
    blobs: Blobs
    documents: Documents
    run_job: RunJob
    visibility_seconds: float
    scratch: Path | None = None
    say: Callable[[str], None] = lambda _: None
    stop: threading.Event = field(default_factory=threading.Event)


class _JobEnded(Exception):  # an outcome, told by raising
    """The job ended without a model."""

    def __init__(self, kind: str, failure: Failure) -> None:
        super().__init__(failure.message)
        self.kind, self.failure = kind, failure


class _GivenUp(Exception):  # an outcome, told by raising
    """Nobody waits for this job's answer any more, or this worker is to stop."""


def work_once(
    bench: Bench, *, wait_seconds: int = WAIT_SECONDS, on_wait: Callable[[bool], None] = lambda _: None
) -> bool:
    """Take a message and see it through; False when none came. `on_wait` hears when waiting for one begins and ends.

    The message is deleted only once its answer is given. Else it comes back by itself, and doing its job again gives
    the same files: so when a service does not answer, which raises Unavailable, and when the answer is not taken.
    """
    on_wait(True)  # noqa: FBT003  # the callable's one argument
    try:
        message = bench.queue.receive(wait_seconds)
    finally:
        on_wait(False)  # noqa: FBT003  # the callable's one argument
    if message is None:
        return False
    try:
        _work(bench, message)
    except Unavailable:
        raise
    except MillraceError as error:  # of this message; the queue sets it aside after a few tries
        bench.say(f"could not see the job through: {type(error).__name__}: {error}")
    return True


def _work(bench: Bench, message: JobMessage) -> None:
    say, whose = bench.say, _whose(message)
    bench = replace(bench, say=lambda line: say(f"{whose}: {line}"))
    with Pulse(bench, message) as pulse:
        try:
            _see_through(bench, message, pulse)
        except (_GivenUp, NotFound):  # NotFound: the answer's token is not known any more
            if bench.stop.is_set() and not pulse.unwanted:
                bench.say("left the job to another worker")
                with suppress(NotFound):  # it came back already
                    bench.queue.extend(message, 0)
                return
            bench.say("nobody waits for this job any more")
    bench.queue.delete(message)


def _whose(message: JobMessage) -> str:
    """Tenant, run and attempt, as the job's address has them: `acme/runs/<run id>/1`."""
    return message.job_uri.removeprefix("s3://").partition("/")[2].rpartition("/")[0]


class Pulse:
    """Signs of life: the message stays hidden, the state machine hears a heartbeat, checkpoints are stored."""

    def __init__(self, bench: Bench, message: JobMessage) -> None:
        self._bench, self._message = bench, message
        self._done = threading.Event()
        self._unwanted = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="pulse", daemon=True)
        self.checkpoints: Checkpoints | None = None

    @property
    def unwanted(self) -> bool:
        """Whether the state machine no longer knows the job's token."""
        return self._unwanted.is_set()

    def is_over(self) -> bool:
        """Whether the job is to be ended now."""
        return self.unwanted or self._bench.stop.is_set()

    def check(self) -> None:
        """Raise where the job is to be ended now."""
        if self.is_over():
            raise _GivenUp

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._done.wait(self._bench.visibility_seconds / BEATS):
            self._hold()  # first: a state machine that is slow to answer must not give the job to a second worker
            try:
                self._bench.reporter.heartbeat(self._message.token)
            except NotFound:
                self._unwanted.set()
                return
            except MillraceError as error:
                self._bench.say(f"no heartbeat this time: {error}")
            self._keep()

    def _hold(self) -> None:
        try:
            self._bench.queue.extend(self._message, round(self._bench.visibility_seconds))
        except MillraceError as error:
            self._bench.say(f"could not extend the message this time: {error}")

    def _keep(self) -> None:
        try:
            if self.checkpoints is not None:
                self.checkpoints.save()
        except (MillraceError, OSError) as error:
            self._bench.say(f"could not store checkpoints this time: {error}")


def _see_through(bench: Bench, message: JobMessage, pulse: Pulse) -> None:
    """Do the job and answer. Raises _GivenUp, NotFound for an unknown token, Unavailable."""
    try:
        output = {"result": _result(bench, message, pulse)}
    except _JobEnded as end:
        bench.say(f"the job ended without a model: {end.failure.code}")
        bench.reporter.fail(message.token, end.kind, digest.canonical(asdict(end.failure)).decode())
    else:
        bench.reporter.succeed(message.token, output)


def _result(bench: Bench, message: JobMessage, pulse: Pulse) -> str:
    """The address of the job's result, found if an earlier worker stored it, else made. Raises _JobEnded."""
    try:
        bucket_key = _key(message.job_uri)
        job = bench.documents.read(Job, bucket_key)
        bench.say(f"job {job.run_id} attempt {job.attempt} of {job.tenant}/{job.dataset}")
        done = _stored(bench, job) or _do(bench, job, pulse)
        # Another worker on the same message may have been faster: what the gate may have read already stays.
        return bench.documents.write(_stored(bench, job) or done, job.result_key)
    except Unavailable:
        raise
    except MillraceError as error:
        raise _JobEnded(FAILED, Failure.of(error)) from error
    except OSError as error:
        failure = Failure("worker_disk", f"the worker could not write its files: {error.strerror}", FREE_DISK)
        raise _JobEnded(FAILED, failure) from error


def _stored(bench: Bench, job: Job) -> JobResult | PartResult | None:
    try:
        if job.part is not None:
            return bench.documents.read(PartResult, job.result_key)
        return bench.documents.read(JobResult, job.result_key)
    except NotFound:
        return None


def _do(bench: Bench, job: Job, pulse: Pulse) -> JobResult | PartResult:
    """Run the job in a folder of its own, which is removed whatever happens."""
    with tempfile.TemporaryDirectory(prefix="millrace-job-", dir=bench.scratch, ignore_cleanup_errors=True) as folder:
        base = Path(folder)
        lay_out(base, job, bench.landing, bench.blobs)
        pulse.check()
        checkpoints = Checkpoints(job, base / "checkpoints", bench.blobs, bench.documents)
        if checkpoints.restore():
            bench.say("goes on from stored checkpoints")
        if job.parts:
            bench.say(f"begins with {checkpoints.gather()} checkpoints of {job.parts} jobs")
        pulse.checkpoints = checkpoints
        began = time.monotonic()
        exit_code = bench.run_job(base, environment(base, job), pulse.is_over)
        bench.say(f"the job ended with exit code {exit_code} after {time.monotonic() - began:.3f} s")
        pulse.checkpoints = None
        given_up = pulse.unwanted or (exit_code != 0 and pulse.is_over())
        if given_up or (exit_code != 0 and job.part is not None):
            with suppress(MillraceError, OSError):  # then the next worker begins earlier, and who gathers has more
                checkpoints.save()
        if given_up:
            raise _GivenUp
        if exit_code != 0:
            raise _JobEnded(*read_failure(base, exit_code))
        if job.part is not None:
            checkpoints.save()
            return PartResult(checkpoints.count)
        return _collect(bench.blobs, job.tenant, base / "model")


def _collect(blobs: Blobs, tenant: str, folder: Path) -> JobResult:
    absent = [name for name in OUTPUTS if not (folder / name).is_file()]
    if absent:
        raise _JobEnded(FAILED, Failure("job_incomplete", f"the job ended well but left no {', '.join(absent)}"))
    model, manifest, report, profile, baseline = (blobs.put(tenant, (folder / name).read_bytes()) for name in OUTPUTS)
    return JobResult(model, manifest, report, profile, baseline)


def _key(uri: str) -> str:
    """The key of an s3:// address. Raises InvalidInput."""
    _, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not key:
        raise InvalidInput("the message holds no s3:// address", code="invalid_message", field="job_uri")
    return key

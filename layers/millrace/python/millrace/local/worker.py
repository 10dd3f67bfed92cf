"""A worker: polls the job queue under the worker's role and sees each job through, in the foreground or behind.

Run as `python -m millrace.local.worker STAGE ENTRY_POINT` it takes its cloud and credentials from the environment.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from millrace.adapters.blobs import S3Blobs
from millrace.adapters.document_store import S3Documents
from millrace.adapters.job_queue import SqsJobQueue
from millrace.adapters.landing import S3Landing
from millrace.adapters.session import Clients
from millrace.adapters.stage import StageOutputs
from millrace.adapters.task_reporter import StepFunctionsTaskReporter
from millrace.domain.errors import Corrupt, MillraceError, NotFound, Unavailable
from millrace.edge.training import TRIALS
from millrace.local import openmp, process
from millrace.local.scratch import own_folder
from millrace.usecases.work import WAIT_SECONDS, Bench, RunJob, work_once

RECORD, LOG, JOBS = "worker.json", "worker.log", "jobs"  # in the state folder, which is its current one
POLLS = "polls the stage"  # what it says once it can
START_SECONDS = 10.0  # that it is waited for
LONGEST_WAIT = 60.0  # seconds between tries while a service does not answer
PATIENCE = 10.0  # seconds a job has to end by itself once asked
KEPT = (
    *("PATH", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "VIRTUAL_ENV"),
    TRIALS,
)
# The job's process ends with its worker, however that ends: a shell in the job's group waits for the end of a pipe that
# only the worker can write to, and then kills the group. It does not heed SIGTERM, which asks the job to end by itself.
TIED = 'exec 3<&0 </dev/null; (( trap "" TERM; read -r _ <&3; kill -KILL 0 ) &); exec "$@" 3<&-'

Say = Callable[[str], None]


class _Idle(BaseException):
    """Told to stop while waiting for a message."""


@dataclass(slots=True)
class Stopper:
    """Turns SIGTERM and SIGINT into a wish to stop: at once while idle, else once the job was handed back."""

    event: threading.Event
    idle: bool = False

    def install(self) -> None:
        """Handle both signals from now on. Main thread only."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def _on_signal(self, _: int, __: FrameType | None) -> None:
        self.event.set()
        if self.idle:
            self.idle = False
            raise _Idle


def job_runner(entry_point: Path) -> RunJob:
    """How this machine runs a job: as a process of its own, in a session of its own, without our credentials."""

    def run_job(base: Path, told: Mapping[str, str], is_over: Callable[[], bool]) -> int:
        env = {name: os.environ[name] for name in KEPT if name in os.environ}
        env["HOME"] = str(base / "tmp")  # ours holds credentials
        env |= openmp.variables(env, openmp.link()) | dict(told)
        command = ["/bin/sh", "-c", TIED, "sh", sys.executable, str(entry_point), "train"]
        job = subprocess.Popen(command, cwd=base, env=env, stdin=subprocess.PIPE, start_new_session=True)
        try:
            while not is_over():
                try:
                    return job.wait(timeout=0.5)
                except subprocess.TimeoutExpired:
                    continue
            _end(job, signal.SIGTERM)
            return job.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            return -signal.SIGKILL
        finally:
            _end(job, signal.SIGKILL)  # the job's own children too
            job.wait()
            if job.stdin is not None:
                job.stdin.close()

    return run_job


def bench(clients: Clients, outputs: StageOutputs, run_job: RunJob, say: Say, scratch: Path | None) -> Bench:
    """The worker's ports, under the worker's role. Raises NotFound when the stage is not deployed."""
    as_worker = clients.assume(outputs.worker_role_arn, "millrace-worker")
    return Bench(
        queue=SqsJobQueue(as_worker.sqs(), outputs.job_queue_url, outputs.visibility_seconds),
        reporter=StepFunctionsTaskReporter(as_worker.stepfunctions()),
        landing=S3Landing(as_worker.s3(), outputs.landing_bucket),
        blobs=S3Blobs(as_worker.s3(), outputs.artifact_bucket),
        documents=S3Documents(as_worker.s3(), outputs.artifact_bucket),
        run_job=run_job,
        visibility_seconds=outputs.visibility_seconds,
        scratch=scratch,
        say=say,
    )


def poll(ready: Bench, stopper: Stopper, *, wait_seconds: int = WAIT_SECONDS) -> None:
    """Take jobs until told to stop, waiting ever longer while a service is away. Raises what waiting can't mend."""
    troubles = 0
    while not ready.stop.is_set():
        try:
            work_once(ready, wait_seconds=wait_seconds, on_wait=lambda waits: setattr(stopper, "idle", waits))
            troubles = 0
        except _Idle:
            return
        except Corrupt as error:  # a message that is no job; the queue sets it aside after a few tries
            ready.say(f"{error}")
        except Unavailable as error:
            pause = min(2.0**troubles, LONGEST_WAIT)
            troubles += 1
            ready.say(f"{error}; trying again in {pause:.0f} s")
            ready.stop.wait(pause)


def serve(clients: Clients, stage: str, entry_point: Path, say: Say, jobs: Path) -> None:
    """Be a worker of this stage until SIGTERM or SIGINT. Raises NotFound or Denied when that can't be.

    Jobs' folders are made in a folder of this worker's own within `jobs`, which other workers may share.
    """
    if not entry_point.is_file():
        raise NotFound(f"there is no job entry point at {entry_point}", hint="run it from the project's folder")
    outputs = StageOutputs(clients.cloudformation(), stage, endpoint=clients.endpoint)
    with own_folder(jobs) as scratch:
        ready = bench(clients, outputs, job_runner(entry_point), say, scratch)
        stopper = Stopper(ready.stop)
        stopper.install()
        say(f"{POLLS} {stage}")
        poll(ready, stopper)
    say("stopped")


def start(state: Path, env: Mapping[str, str], stage: str, entry_point: Path, deployed: str) -> process.Process:
    """The background worker of this state folder: the one that runs, if of this cloud and deployment, else a new one.

    `deployed` names what was deployed: a worker runs the code and polls the queue that it began with.
    """
    record = state / RECORD
    note = {"endpoint": env.get("AWS_ENDPOINT_URL", ""), "stage": stage, "deployed": deployed}
    running = process.find(record)
    if running is not None:
        if running.note == note:
            return running
        process.stop(record)
    command = [sys.executable, "-P", "-m", "millrace.local.worker", stage, str(entry_point)]
    log = state / LOG
    log.unlink(missing_ok=True)
    started = process.spawn(record, command, env, log, note, cwd=state)
    deadline = time.monotonic() + START_SECONDS
    while started.alive and POLLS not in log.read_text(errors="replace") and time.monotonic() < deadline:
        time.sleep(0.05)
    if not started.alive:
        process.stop(record)
        raise Unavailable(f"the worker did not start:\n{process.tail(log)}", hint=f"see {log}")
    return started


def find(state: Path) -> process.Process | None:
    """The background worker that runs, or None."""
    return process.find(state / RECORD)


def stop(state: Path) -> bool:
    """Stop the background worker, whose job goes back to the queue; False when none ran."""
    return process.stop(state / RECORD)


def _end(job: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(job.pid, number)
    except (ProcessLookupError, PermissionError):  # it has ended; macOS says the latter for a zombie
        return


def _log(line: str) -> None:
    sys.stdout.write(f"{datetime.now(UTC).isoformat(timespec='milliseconds')} worker {line}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """The background process."""
    stage, entry_point = arguments
    try:
        serve(Clients(), stage, Path(entry_point), _log, Path(JOBS).resolve())
    except MillraceError as error:
        _log(f"{type(error).__name__}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

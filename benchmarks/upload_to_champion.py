"""From an upload's first byte to its champion's first answer, minus the job itself: what the platform adds."""

from __future__ import annotations

import re
import statistics
import sys
import time
from dataclasses import dataclass
from itertools import islice

from benchmarks.embedded import CREDIT, stage
from benchmarks.figures import Row
from millrace.cli.api import ApiClient
from millrace.cli.predict import api, lacking, read_rows
from millrace.cli.session import Session
from millrace.cli.train import upload
from millrace.domain.errors import NotFound
from millrace.domain.run import Run, RunState
from millrace.local import worker

REPEAT = 5
SECONDS = 300.0  # a run's bound
TARGET_SECONDS = 5.0  # what is promised, warm


@dataclass(frozen=True, slots=True)
class Passage:
    """Seconds of one upload: in all, and of the job's own process."""

    whole: float
    job: float

    @property
    def added(self) -> float:
        """Everything but the job."""
        return self.whole - self.job


def run() -> list[Row]:
    """The first upload after a deploy, with every function cold, then the median of some warm ones."""
    with stage() as session, api(session) as client:
        cold = _pass(session, client, "cold")
        warm = [_pass(session, client, f"warm-{number}") for number in range(REPEAT)]
    added = statistics.median(each.added for each in warm)
    if added > TARGET_SECONDS:
        print(f"  more than the promised {TARGET_SECONDS:g} s", file=sys.stderr)
    each = ", ".join(f"{passage.added:.2f}" for passage in warm)
    return [
        Row("warm", f"{added:.2f} s", f"median of {REPEAT}: {each}; the job took {_job(warm):.2f} s more"),
        Row("cold", f"{cold.added:.2f} s", f"the first after a deploy; the job took {cold.job:.2f} s more"),
    ]


def _job(passages: list[Passage]) -> float:
    return statistics.median(passage.job for passage in passages)


def _pass(session: Session, client: ApiClient, dataset: str) -> Passage:
    row = [lacking(row, ["class"]) for row in islice(read_rows(CREDIT), 1)]
    began = time.monotonic()
    run = _over(session, upload(session, CREDIT, dataset, None))
    assert run.outcome.state is RunState.SUCCEEDED, run.outcome
    while True:
        try:
            answer = client.predict(dataset, None, row)
            break
        except NotFound:
            assert time.monotonic() - began < SECONDS, "the champion does not answer"
    whole = time.monotonic() - began
    assert len(answer["predictions"]) == 1
    return Passage(whole, _job_seconds(session, run))


def _over(session: Session, run: Run) -> Run:
    deadline = time.monotonic() + SECONDS
    while not run.outcome.state.is_final:
        assert time.monotonic() < deadline, f"run {run.id} is not over"
        time.sleep(0.02)
        run = session.runs.find(run.tenant, run.id) or run
    return run


def _job_seconds(session: Session, run: Run) -> float:
    """How long the job's process ran, as the worker says."""
    return seconds_of((session.state / worker.LOG).read_text(), run.id)


def seconds_of(log: str, run_id: str) -> float:
    """How long the job of a run was, by the worker's log."""
    ended = re.search(rf"/{run_id}/[0-9]+: the job ended with exit code 0 after ([0-9.]+) s", log)
    assert ended is not None, f"the worker's log does not say how long the job of run {run_id} was"
    return float(ended[1])

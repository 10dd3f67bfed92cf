"""Two workers on one run: both try configurations, one makes the model, and a part that is killed is only missing."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from millrace.adapters import documents
from millrace.domain.job import JobResult, PartResult, Ticket, part_prefix
from millrace.domain.report import Report
from millrace.domain.run import Run, RunState
from millrace.local import worker as local_worker
from millrace.local.process import Process
from millrace.usecases.checkpoints import CheckpointIndex, index_key
from tests.conftest import ROOT
from tests.e2e.thread import DEPLOYED, ENTRY_POINT, Thread, until
from tests.stage import Stage

CREDIT = (ROOT / "examples/credit-g/credit-g.csv").read_bytes()
SMALL = b"".join(CREDIT.splitlines(keepends=True)[:301])
SPEC = b"jobs: 3\ntrials: 6\nfolds: 2\n"
PARTS = (1, 2, 3)  # one more than workers: a poll that a stopped worker began may take a message, and keep it for 20 s
BEGUN = re.compile(r"/(parts/\d|\d): job ")


@pytest.fixture
def thread(make_thread: Callable[[], Thread]) -> Thread:
    return make_thread()


@pytest.fixture(scope="module")
def second(stage: Stage, worker: Process, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a second worker, which polls beside the first."""
    folder = tmp_path_factory.mktemp("second")
    local_worker.start(folder, stage.cloud.over(os.environ), "local", ROOT / ENTRY_POINT, DEPLOYED)
    yield folder
    local_worker.stop(folder)


def begun(folder: Path, run: Run) -> list[str]:
    """What of this run the worker of this folder began, by its log: parts, or the number of an attempt."""
    lines = (folder / local_worker.LOG).read_text().splitlines()
    return [found[1] for line in lines if run.id in line for found in [BEGUN.search(line)] if found]


def report_of(thread: Thread, run: Run) -> Report:
    ticket = Ticket(run.tenant, run.dataset, run.id, run.attempts)
    result = thread.documents.read(JobResult, ticket.result_key)
    return documents.load(Report, thread.blobs.get(run.tenant, result.report_digest))


def part_process(folder: Path, run: Run, number: int) -> int | None:
    """The process in which the worker of this folder does a part; None before it runs."""
    for told in (folder / local_worker.JOBS).glob("*/*/input/config/hyperparameters.json"):
        with suppress(FileNotFoundError, ValueError):
            given = json.loads(told.read_text())
            if (given["run_id"], given.get("part")) == (run.id, str(number)):
                return process_in(told.parents[2])
    return None


def process_in(base: Path) -> int | None:
    """The job's process, whose folder this is."""
    for each in Path("/proc").iterdir():
        with suppress(OSError):
            if each.name.isdecimal() and (each / "cwd").resolve() == base:
                command = (each / "cmdline").read_bytes().split(b"\0")
                if str(ROOT / ENTRY_POINT).encode() in command and b"-c" not in command:
                    return int(each.name)
    return None


def run_of(thread: Thread) -> Run:
    """The tenant's only run, once it runs."""
    until(lambda: bool(thread.runs.queue(thread.tenant).running))
    (run,) = thread.runs.of_tenant(thread.tenant)
    return run


def test_two_workers_search_for_one_model(thread: Thread, second: Path) -> None:
    thread.send("spread", SPEC, "spec.yaml")
    run = thread.train("spread", SMALL)
    assert (run.outcome.state, run.outcome.version) == (RunState.SUCCEEDED, 1)
    folders = (thread.stage.cloud.state, second)
    parts = [[each for each in begun(folder, run) if each.startswith("parts/")] for folder in folders]
    assert all(parts), "one worker did nothing"
    assert sorted(part for done in parts for part in done) == [f"parts/{number}" for number in PARTS]
    ticket = Ticket(run.tenant, run.dataset, run.id, 1)
    for number in PARTS:
        prefix = part_prefix(ticket, number)
        assert len(thread.documents.read(CheckpointIndex, index_key(prefix)).files) == 2
        assert thread.documents.read(PartResult, f"{prefix}/result.json").trials == 2
    report = report_of(thread, run)
    assert report.search is not None
    assert (report.search.trials, report.search.jobs) == (6, 3)
    assert {each.job for each in report.candidates} == set(PARTS)
    assert "missing_jobs" not in {each.code for each in report.warned}


def test_a_part_whose_job_is_killed_is_missing_and_no_more(thread: Thread, second: Path) -> None:
    thread.send("spread", SPEC, "spec.yaml")
    sent = thread.send("spread", SMALL)
    run = run_of(thread)
    folders = (thread.stage.cloud.state, second)
    found: list[int] = []

    def kill() -> bool:
        for pid in (part_process(folder, run, 1) for folder in folders):
            if pid is not None:
                os.kill(pid, signal.SIGKILL)
                found.append(pid)
        return bool(found)

    until(kill, "no worker does the first part")
    done = thread.run_of(sent)
    assert (done.outcome.state, done.outcome.version) == (RunState.SUCCEEDED, 1)
    report = report_of(thread, done)
    assert {each.job for each in report.candidates} == {2, 3}
    assert [each.code for each in report.warned if each.code == "missing_jobs"] == ["missing_jobs"]

"""What comes in many files, in parts, late, or for nobody: through the deployed stage."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from millrace.adapters.delivery import S3Delivery
from millrace.adapters.session import Clients
from millrace.adapters.unclaimed import DynamoUnclaimed
from millrace.domain.digest import of_bytes
from millrace.domain.job import Ticket
from millrace.domain.model import CHAMPION
from millrace.domain.run import Run, RunState
from millrace.domain.verdict import Verdict
from tests.conftest import ROOT
from tests.e2e.thread import RUN_SECONDS, Thread

HEADER, *LINES = (ROOT / "examples/credit-g/credit-g.csv").read_bytes().splitlines(keepends=True)
PART = 5 << 20  # bytes; S3's smallest


@pytest.fixture(scope="module")
def thread(make_thread: Callable[[], Thread]) -> Thread:
    return make_thread()


def over(thread: Thread, dataset: str, runs: int = 1) -> list[Run]:
    """The dataset's runs, oldest first, once there are so many and all are over."""
    deadline = time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        found = [run for run in reversed(thread.runs.of_tenant(thread.tenant)) if run.dataset == dataset]
        if len(found) >= runs and all(run.outcome.state.is_final for run in found):
            return found
        time.sleep(0.1)
    raise AssertionError(f"not over: {thread.runs.of_tenant(thread.tenant)}")


def test_parts_become_one_model_once_their_marker_is_there(thread: Thread) -> None:
    thread.send("parts", HEADER + b"".join(LINES[500:]), "part-00001-4f1c.c000.csv")
    thread.send("parts", HEADER + b"".join(LINES[:500]), "part-00000-4f1c.c000.csv")
    thread.send("parts", b"", "part-00002-4f1c.c000.csv")
    thread.send("parts", b"", "_SUCCESS")
    (run,) = over(thread, "parts")
    assert (run.outcome.state, run.outcome.version, run.outcome.promoted) == (RunState.SUCCEEDED, 1, True), run.outcome
    version = thread.models.version(thread.tenant, "parts", 1)
    assert version is not None
    assert version.origin == run.origin


def test_a_part_that_differs_is_rejected_by_its_name(thread: Thread) -> None:
    thread.send("mixed", HEADER + b"".join(LINES[:100]), "part-0.csv")
    thread.send("mixed", b"other,class\n1,good\n", "part-1.csv")
    thread.send("mixed", b"", "_SUCCESS")
    (run,) = over(thread, "mixed")
    assert run.outcome.failure is not None
    assert (run.outcome.failure.code, run.outcome.failure.field) == ("part_differs", "part-1.csv")


def test_a_spec_that_comes_later_supersedes_the_default(thread: Thread) -> None:
    thread.train("later", HEADER + b"".join(LINES))
    thread.send("later", b"exclude: [foreign_worker]\n", "spec.yaml")
    default, asked = over(thread, "later", 2)
    verdict = thread.documents.read(Verdict, Ticket(thread.tenant, "later", asked.id, 1).verdict_key)
    assert (asked.data.digest, asked.outcome.promoted) == (default.data.digest, True), verdict.summary
    assert asked.spec.exclude == ("foreign_worker",)
    alias = thread.models.alias(thread.tenant, "later", CHAMPION)
    assert alias is not None
    assert alias.version == asked.outcome.version


def test_a_file_sent_in_parts_is_named_by_its_whole_content(thread: Thread, clients: Clients, tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    path.write_bytes(b"a,a\n" + b"1,2\n" * (PART // 4 * 2))
    delivery = S3Delivery(clients.s3(), thread.stage.outputs["LandingBucket"], part_bytes=PART)
    sent = delivery.send(f"{thread.tenant}/large/large.csv", path)
    run = thread.run_of(sent)
    assert run.data.digest == of_bytes(path.read_bytes())
    assert run.outcome.failure is not None
    assert run.outcome.failure.code == "duplicate_column"


def test_a_key_that_names_no_dataset_is_seen_where_runs_are(thread: Thread) -> None:
    thread.delivery.send(f"{thread.tenant}/Loans/data.csv", HEADER)
    (run,) = over(thread, "Loans")
    listed = thread.call("GET", "/runs").json()["runs"]
    assert [each["failure"]["code"] for each in listed if each["id"] == run.id] == ["invalid_name"]


def test_what_came_for_nobody_is_seen_by_the_operator(thread: Thread, clients: Clients) -> None:
    key = f"no-{thread.tenant}/credit/data.csv"
    thread.delivery.send(key, HEADER)
    unclaimed = DynamoUnclaimed(clients.dynamodb(), thread.stage.outputs["RegistryTable"])
    deadline = time.monotonic() + RUN_SECONDS
    while key not in {each.key for each in unclaimed.all()}:
        assert time.monotonic() < deadline
        time.sleep(0.1)

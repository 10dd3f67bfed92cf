"""The storm's account notices what is lost, doubled or ended as it must not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.storm import AGAIN, DATASETS, TENANTS, Account, Sent, _upload, doubled
from millrace.domain.run import Failure, Outcome, RunState
from tests import samples

SERVES = Outcome(RunState.SUCCEEDED, version=1, promoted=True)
REJECTED = Outcome(RunState.REJECTED, Failure("duplicate_column", "two columns are called 'age'"))
FAILED = Outcome(RunState.FAILED, Failure("unavailable", "the table can't be reached just now"))


def sent(kind: str = "good", outcome: Outcome | None = SERVES) -> Sent:
    run = None if outcome is None else samples.run(outcome=outcome)
    return Sent(kind, samples.TENANT, samples.DATASET, samples.DATA, run)


def account(*uploads: Sent, running: int = 0) -> Account:
    return Account(uploads, [], running, 1, 0)


@pytest.mark.parametrize(
    ("upload", "end"),
    [
        (sent(), "version, serving"),
        (sent(outcome=replace(SERVES, promoted=False)), "version, kept aside"),
        (sent("twice", REJECTED), "rejected: duplicate_column"),
        (sent(outcome=FAILED), "failed: unavailable"),
    ],
)
def test_every_end_has_a_name_and_is_in_order(upload: Sent, end: str) -> None:
    assert upload.end == end
    assert account(upload).wrong == []


@pytest.mark.parametrize(
    "upload",
    [
        sent(outcome=None),
        sent(outcome=Outcome(RunState.FAILED)),
        sent(outcome=Outcome(RunState.RUNNING)),
        sent("good", REJECTED),
        sent("again", REJECTED),
        sent("constant"),
        sent("spreadsheet"),
    ],
)
def test_what_must_not_be_is_told(upload: Sent) -> None:
    [wrong] = account(upload).wrong
    assert samples.KEY in wrong


def test_executions_that_still_run_are_wrong() -> None:
    assert account(sent(), running=2).wrong == ["2 executions still run"]


def test_doubles_are_found() -> None:
    version = samples.version(number=1)
    one = [sent()]
    assert doubled(one, {samples.KEY: 1}, [version]) == []
    assert doubled(one, {samples.KEY: 2}, [version]) == [f"{samples.KEY} has 2 runs"]
    assert doubled(one, {}, [version, replace(version, number=2)])[0] == f"run {samples.RUN_ID} made 2 versions"
    assert doubled(one, {}, []) == doubled(one, {}, [replace(version, number=2)]) != []
    assert doubled([sent(outcome=FAILED)], {}, [version]) == [f"run {samples.RUN_ID} and its version disagree"]


def test_the_same_bytes_come_again_to_the_same_tenant_and_dataset() -> None:
    assert AGAIN % TENANTS == 0
    assert AGAIN // TENANTS % DATASETS == 0
    kind, file, content = _upload(2)
    assert kind == "again"
    assert _upload(2 + AGAIN) == (kind, f"{2 + AGAIN}.csv", content)
    assert file == "2.csv"
    contents = [_upload(number)[2] for number in range(AGAIN)]
    assert len(set(contents)) == len(contents)

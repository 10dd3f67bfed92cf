"""Runs that wait, are cancelled, begun again, or end badly, on the deployed stage."""

from __future__ import annotations

import json
import os
import resource
import uuid
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from millrace.domain.run import Run, RunState, execution_name
from millrace.local import worker as local_worker
from millrace.local.process import Process
from tests.conftest import ROOT
from tests.e2e.command import Command
from tests.e2e.thread import DEPLOYED, ENTRY_POINT, Thread, until

CREDIT = (ROOT / "examples/credit-g/credit-g.csv").read_bytes()
SMALL = b"".join(CREDIT.splitlines(keepends=True)[:301])
# What a first model surely learns: a class that a number tells, with the columns of the other table.
CLEAR = b"duration,credit_amount,class\n" + b"".join(
    f"{n % 48},{n * 37 % 5000},{'good' if n % 48 < 24 else 'bad'}\n".encode() for n in range(480)
)
ROOM = 64 * 1024  # bytes that a file may have on a disk that is all but full
ENOUGH = 8 * 1024 * 1024


@pytest.fixture
def thread(make_thread: Callable[[], Thread]) -> Thread:
    return make_thread()


@pytest.fixture
def idle(thread: Thread, worker: Process) -> Iterator[Callable[[], Process]]:
    """No worker polls until the callable starts one; there is one in the end."""
    state = thread.stage.cloud.state

    def start() -> Process:
        return local_worker.start(state, thread.stage.cloud.over(os.environ), "local", ROOT / ENTRY_POINT, DEPLOYED)

    local_worker.stop(state)
    yield start
    start()


def runs(thread: Thread) -> dict[str, Run]:
    """The tenant's runs by dataset."""
    return {run.dataset: run for run in thread.runs.of_tenant(thread.tenant)}


def has_runs(thread: Thread, count: int) -> bool:
    return len(runs(thread)) == count


def test_runs_beyond_the_limit_wait_and_are_all_done(thread: Thread, idle: Callable[[], Process]) -> None:
    names = [f"d{number}" for number in range(4)]
    for number, name in enumerate(names):
        thread.send(name, SMALL)
        until(partial(has_runs, thread, number + 1))
    until(lambda: len(thread.runs.queue(thread.tenant).running) == 2)
    queue = thread.runs.queue(thread.tenant)
    assert [place.run_id for place in queue.waiting] == [runs(thread)[name].id for name in names[2:]]
    millrace = Command(thread.stage.cloud.state)
    listed = {each["dataset"]: each for each in millrace.json("runs", "list", "--tenant", thread.tenant)}
    assert [listed[name]["place"] for name in names] == [None, None, 1, 2]
    assert listed["d3"]["outcome"]["state"] == "queued"
    shown = thread.call("GET", f"/runs/{listed['d3']['id']}").json()
    assert (shown["state"], shown["place"]) == ("queued", 2)
    cancelled = millrace.json("runs", "cancel", listed["d2"]["id"][:12], "--tenant", thread.tenant)
    assert cancelled["outcome"]["state"] == "cancelled"
    assert thread.call("GET", f"/runs/{listed['d3']['id']}").json()["place"] == 1
    idle()
    until(lambda: all(run.outcome.state.is_final for run in runs(thread).values()))
    ends = {name: run.outcome.state for name, run in runs(thread).items()}
    assert ends == dict.fromkeys(names, RunState.SUCCEEDED) | {"d2": RunState.CANCELLED}
    assert thread.runs.queue(thread.tenant).running == ()
    assert thread.models.versions(thread.tenant, "d2") == []


def test_what_runs_is_cancelled_and_can_begin_again(thread: Thread, idle: Callable[[], Process]) -> None:
    """The embedded cloud still takes the answer of a stopped execution's worker, and goes no further with it."""
    sns, sqs = thread.stage.client("sns"), thread.stage.client("sqs")
    name = f"ends-{uuid.uuid4().hex[:8]}"
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy_text = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy_text})
    chosen = {"FilterPolicy": json.dumps({"tenant": [thread.tenant]})}
    topic = thread.stage.outputs["RunTopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=chosen)

    def heard() -> list[tuple[str, str]]:
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=10)["Messages"]
        for each in got:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        bodies = [json.loads(json.loads(each["Body"])["Message"]) for each in got]
        return [(each["state"], each["run_id"]) for each in bodies]

    sent = thread.send("one", SMALL)
    until(lambda: bool(thread.runs.queue(thread.tenant).running))
    run = runs(thread)["one"]
    until(lambda: "Train on a worker" in {each.state for each in thread.history.of(execution_name(run.id, 1))})
    millrace = Command(thread.stage.cloud.state)
    ended = millrace.json("runs", "cancel", run.id, "--tenant", thread.tenant)
    assert ended["outcome"]["failure"]["code"] == "cancelled"
    assert "user " in ended["outcome"]["failure"]["message"]
    assert thread.history.of(execution_name(run.id, 1))[-1].is_last
    assert heard() == [("cancelled", run.id)]
    assert millrace.error("runs", "retry", "f" * 32, "--tenant", thread.tenant, code=3)["code"] == "not_found"
    idle()  # it finds the message of the stopped execution first
    again = millrace.json("runs", "retry", run.id, "--tenant", thread.tenant)
    assert again["attempts"] == 2
    done = thread.run_of(sent)
    assert (done.outcome.state, done.outcome.version, done.attempts) == (RunState.SUCCEEDED, 1, 2)
    assert [version.number for version in thread.models.versions(thread.tenant, "one")] == [1]
    assert heard() == [("succeeded", run.id)]
    refused = millrace.error("runs", "retry", run.id, "--tenant", thread.tenant, code=6)
    assert refused["code"] == "run_finished"
    assert [each.outcome.state for each in thread.runs.attempts(thread.tenant, run.id)] == [
        RunState.CANCELLED,
        RunState.SUCCEEDED,
    ]


def test_a_full_disk_fails_the_run_and_the_champion_serves(thread: Thread, idle: Callable[[], Process]) -> None:
    polling = idle()
    first = thread.train("credit", CLEAR).outcome
    assert (first.version, first.promoted) == (1, True)
    local_worker.stop(thread.stage.cloud.state)
    polling = idle()  # with a log of its own, which is short
    _, most = resource.prlimit(polling.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(polling.pid, resource.RLIMIT_FSIZE, (ROOM, most))
    assert len(CREDIT) > ROOM
    run = thread.train("credit", CREDIT)
    assert run.outcome.failure is not None
    assert (run.outcome.state, run.outcome.failure.code) == (RunState.FAILED, "worker_disk")
    assert "free some disk" in str(run.outcome.failure.hint)
    rows: list[dict[str, object]] = [{"duration": 24, "credit_amount": 3000}]
    assert thread.predict("credit", [*rows])["model_version"] == "1"
    resource.prlimit(polling.pid, resource.RLIMIT_FSIZE, (ENOUGH, most))
    Command(thread.stage.cloud.state).run("runs", "retry", run.id, "--tenant", thread.tenant)
    until(lambda: thread.runs.queue(thread.tenant).running == ())
    again = thread.runs.find(thread.tenant, run.id)
    assert again is not None
    assert (again.outcome.state, again.outcome.version, again.attempts) == (RunState.SUCCEEDED, 2, 2)

"""The loop closes: what is served is captured, drift is seen, and only the model that drifts is retrained."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from millrace.adapters import documents
from millrace.adapters.session import Clients
from millrace.domain.drift import Standing, latest_key
from millrace.domain.job import JobResult, Ticket
from millrace.domain.model import CHAMPION
from millrace.domain.report import Report
from millrace.domain.retraining import Refusal
from millrace.domain.run import RunState
from tests.e2e.loop import CREDIT, TABLE, Loop, shifted
from tests.e2e.thread import Thread, until

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def thread(make_thread: Callable[[], Thread]) -> Thread:
    return make_thread()


@pytest.fixture
def served(thread: Thread, clients: Clients) -> Callable[[str], Loop]:
    """Trains a model of this name on the bundled data, and lets it serve."""

    def serve(model: str) -> Loop:
        assert thread.train(model, CREDIT).outcome.promoted
        return Loop(thread, model, clients)

    return serve


def test_drift_retrains_the_model_that_drifts_and_no_other(thread: Thread, served: Callable[[str], Loop]) -> None:
    drifting, steady = served("drifting"), served("steady")
    assert drifting.alarm()["StateValue"] == "INSUFFICIENT_DATA"
    drifting.stream(shifted(TABLE))
    steady.stream(TABLE[:500])
    for each in (drifting, steady):
        each.tell_truth()
        each.wait_for_captures()
    calm = steady.look()
    assert (calm.standing, calm.rows, calm.labelled) == (Standing.STABLE, 500, 500)
    assert steady.alarm()["StateValue"] == "OK"

    found = drifting.look()
    assert (found.standing, found.rows, found.labelled) == (Standing.DRIFTED, 1000, 1000)
    assert {"duration", "credit_amount", "checking_status"} <= {each.column for each in found.findings if each.drifted}
    assert drifting.alarm()["StateValue"] == "ALARM"

    run = drifting.retrained()
    assert run.outcome.state is RunState.SUCCEEDED, run.outcome
    [decision] = drifting.decisions()
    assert (decision.run_id, decision.refusal, decision.rows) == (run.id, None, 1000)
    result = thread.documents.read(JobResult, Ticket(run.tenant, run.dataset, run.id, 1).result_key)
    report = documents.load(Report, thread.blobs.get(run.tenant, result.report_digest))
    assert report.rows_train + report.rows_held_out == 1000
    assert report.champion is not None
    assert report.champion.metrics is not None
    assert report.held_out[report.metric] < report.champion.metrics[report.metric]  # log loss: less is better
    assert run.outcome.promoted
    alias = thread.models.alias(thread.tenant, "drifting", CHAMPION)
    assert alias is not None
    assert alias.version == run.outcome.version == 2
    assert len(steady.runs()) == 1
    assert steady.decisions() == []

    fresh = drifting.look()  # the new champion has answered nothing yet
    assert (fresh.version, fresh.rows, fresh.standing) == (2, 0, Standing.NOT_ENOUGH_DATA)
    drifting.ids, drifting.truths = [], []
    drifting.stream(shifted(TABLE[:600]))
    drifting.wait_for_captures()
    assert drifting.look().standing is Standing.STABLE  # what was drift is now what it was trained on
    until(lambda: calm_again(drifting), "the alarm did not clear")  # once the minute of the drifted value is over


def test_drift_without_truth_is_told_and_retrains_nothing(served: Callable[[str], Loop]) -> None:
    loop = served("unlabelled")
    loop.stream(shifted(TABLE[:600]))
    loop.wait_for_captures()
    assert loop.look().standing is Standing.DRIFTED
    until(lambda: len(loop.decisions()) > 0, "the alarm was not heard")
    assert [each.refusal for each in loop.decisions()] == [Refusal.TOO_FEW_ROWS]
    loop.tell_truth()  # late, and the alarm stays risen: the next look reminds of it
    assert loop.look().labelled == 600
    run = loop.retrained()
    assert loop.decisions()[0].run_id == run.id


def test_the_schedule_looks_by_itself(thread: Thread, served: Callable[[str], Loop]) -> None:
    loop = served("scheduled")
    loop.stream(shifted(TABLE[:300]))
    loop.wait_for_captures()
    with every_minute(thread):
        until(lambda: found(loop), "nobody looked")
    assert loop.found().standing is Standing.DRIFTED
    until(lambda: loop.alarm()["StateValue"] == "ALARM", "the alarm did not rise")


def calm_again(loop: Loop) -> bool:
    time.sleep(5)
    return loop.look().standing is Standing.STABLE and loop.alarm()["StateValue"] == "OK"


def found(loop: Loop) -> bool:
    key = latest_key(loop.thread.tenant, loop.model)
    listed = loop.thread.stage.client("s3").list_objects_v2(
        Bucket=loop.thread.stage.outputs["CaptureBucket"], Prefix=key
    )
    return bool(listed.get("KeyCount"))


@contextmanager
def every_minute(thread: Thread) -> Iterator[None]:
    """The stage's own rule, sooner than every hour."""
    events = thread.stage.client("events")
    rules = events.list_rules()["Rules"]
    [rule] = [each for each in rules if each.get("Description") == "Models are watched for drift"]
    kept = {name: rule[name] for name in ("Name", "Description", "State")}
    events.put_rule(**kept, ScheduleExpression="rate(1 minute)")
    try:
        yield
    finally:
        events.put_rule(**kept, ScheduleExpression=rule["ScheduleExpression"])

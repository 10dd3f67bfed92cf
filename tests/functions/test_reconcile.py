"""The schedule's event, replayed by the real handler of `reconcile`."""

from __future__ import annotations

import io
import json
import time

from millrace.domain.run import Attempt, Outcome, RunState, execution_name
from tests import samples
from tests.events import EVENTS, load
from tests.functions.place import Context, Handler, Place

RUNNING, QUEUED = Outcome(RunState.RUNNING), Outcome(RunState.QUEUED)
NOTHING: dict[str, list[str]] = {name: [] for name in ("started", "recovered", "given_up", "vacated", "troubles")}


def begin(place: Place, run_id: str, slot: int) -> None:
    """A run that holds a slot, without an execution."""
    place.runs.claim(samples.run(id=run_id, outcome=QUEUED, queued=samples.NOW))
    assert place.runs.claim_attempt(Attempt("acme", run_id, 1, samples.NOW, RUNNING, slot=slot))


def end(place: Place, run_id: str, attempt: int = 1) -> None:
    """Its execution, which ends at once without a word to the record."""
    states = place.clients.stepfunctions()
    started = states.start_execution(
        stateMachineArn=place.state_machine, name=execution_name(run_id, attempt), input="{}"
    )
    wait(place, started["executionArn"])


def wait(place: Place, arn: str) -> None:
    deadline = time.monotonic() + 30
    while place.clients.stepfunctions().describe_execution(executionArn=arn)["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_every_sample_is_replayed() -> None:
    assert {path.stem for path in EVENTS.glob("reconcile-*.json")} == {"reconcile-scheduled"}


def test_with_nothing_open_nothing_is_done(handler: Handler) -> None:
    assert handler(load("reconcile-scheduled"), Context()) == NOTHING


def test_what_died_and_what_never_began_and_what_waits_are_begun(handler: Handler, place: Place) -> None:
    dead, unborn, waits, later = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)
    begin(place, dead, 1)
    end(place, dead)
    place.runs.claim(samples.run(tenant="other", id=unborn, outcome=QUEUED, queued=samples.NOW))
    assert place.runs.claim_attempt(Attempt("other", unborn, 1, samples.NOW, RUNNING, slot=1))
    for run_id in (waits, later):
        place.runs.claim(samples.run(id=run_id, outcome=QUEUED, queued=samples.NOW))
    mended = handler(load("reconcile-scheduled"), Context())
    assert mended == NOTHING | {"recovered": [dead], "started": [unborn]}
    assert set(place.executions()) == {f"{dead}-1", f"{dead}-2", f"{unborn}-1", f"{waits}-1"}
    run = place.runs.find("acme", dead)
    assert run is not None
    assert (run.outcome, run.attempts, run.recoveries) == (RUNNING, 2, 1)


def test_after_three_attempts_it_gives_up_and_tells(log: io.StringIO, handler: Handler, place: Place) -> None:
    run_id = "a" * 32
    begin(place, run_id, 1)
    end(place, run_id)
    answers = []
    for _ in range(4):
        answers.append(handler(load("reconcile-scheduled"), Context()))
        listed = place.clients.stepfunctions().list_executions(stateMachineArn=place.state_machine)["executions"]
        for execution in listed:
            wait(place, execution["executionArn"])
    assert answers == [NOTHING | {"recovered": [run_id]}] * 3 + [NOTHING | {"given_up": [run_id]}]
    run = place.runs.find("acme", run_id)
    assert run is not None
    assert run.outcome.failure is not None
    assert (run.outcome.state, run.outcome.failure.code, run.attempts) == (RunState.FAILED, "execution_lost", 4)
    assert place.runs.queues() == []
    assert {event["detail"]["failure"]["code"] for event in place.heard() if "detail" in event} == {"execution_lost"}
    (counted,) = [line for line in map(json.loads, log.getvalue().splitlines()) if "_aws" in line]
    assert (counted["runs/failed"], counted["run_id"], counted["code"]) == (1, run_id, "execution_lost")


def test_its_log_names_runs_and_nothing_else(log: io.StringIO, handler: Handler, place: Place) -> None:
    begin(place, "a" * 32, 1)
    handler(load("reconcile-scheduled"), Context())
    assert f'"started":["{"a" * 32}"]' in log.getvalue()

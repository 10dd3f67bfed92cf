"""Every sample input of `notify`, replayed by its real handler."""

from __future__ import annotations

import io
import json

import pytest

from millrace.domain.run import Attempt, Outcome, RunState
from tests import samples
from tests.events import EVENTS, load
from tests.functions.place import Context, Handler, Place

RUN_ID = load("notify-promoted")["run_id"]
ENDS: dict[str, tuple[RunState, str | None, str]] = {
    "promoted": (RunState.SUCCEEDED, None, "Run Succeeded"),
    "kept": (RunState.SUCCEEDED, None, "Run Succeeded"),
    "rejected-by-function": (RunState.REJECTED, "no_rows", "Run Rejected"),
    "rejected-embedded": (RunState.REJECTED, "no_rows", "Run Rejected"),
    "rejected-by-job": (RunState.REJECTED, "constant_target", "Run Rejected"),
    "job-timed-out": (RunState.FAILED, "timed_out", "Run Failed"),
    "worker-lost": (RunState.FAILED, "worker_lost", "Run Failed"),
}


def test_every_sample_is_replayed() -> None:
    assert {path.stem.removeprefix("notify-") for path in EVENTS.glob("notify-*.json")} == set(ENDS)


@pytest.mark.parametrize("name", ENDS)
def test_replay(name: str, handler: Handler, place: Place) -> None:
    place.runs.claim(samples.run(id=RUN_ID))
    place.runs.claim_attempt(Attempt("acme", RUN_ID, 1, samples.NOW, Outcome(RunState.RUNNING)))
    assert handler(load(f"notify-{name}"), Context()) == {"concluded": True}
    state, code, kind = ENDS[name]
    run = place.runs.find("acme", RUN_ID)
    assert run is not None
    assert run.outcome.state is state
    assert (run.outcome.failure.code if run.outcome.failure else None) == code
    assert run.outcome.promoted == (name == "promoted")
    heard = {"source" in each: each for each in place.heard()}
    event, message = heard[True], heard[False]
    assert (message["Subject"], json.loads(message["Message"])) == (kind, event["detail"])
    attributes = {name: given["Value"] for name, given in message["MessageAttributes"].items()}
    assert attributes == {"tenant": "acme", "state": state.value}
    assert (event["source"], event["detail-type"]) == ("millrace", kind)
    assert (event["detail"]["run_id"], event["detail"]["state"]) == (RUN_ID, state.value)
    assert (event["detail"]["failure"] or {}).get("code") == code


@pytest.mark.parametrize("name", ENDS)
def test_how_it_ended_is_counted(name: str, log: io.StringIO, handler: Handler, place: Place) -> None:
    place.runs.claim(samples.run(id=RUN_ID))
    place.runs.claim_attempt(Attempt("acme", RUN_ID, 1, samples.NOW, Outcome(RunState.RUNNING)))
    handler(load(f"notify-{name}"), Context())
    counted = [line for line in map(json.loads, log.getvalue().splitlines()) if "_aws" in line]
    (line,) = counted
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Metrics"][0]["Name"]) == (
        f"Millrace/{place.name}",
        f"runs/{ENDS[name][0]}",
    )
    assert (line["run_id"], line["request_id"]) == (RUN_ID, Context.aws_request_id)


def test_the_tenant_s_next_run_begins(handler: Handler, place: Place) -> None:
    place.runs.claim(samples.run(id=RUN_ID))
    place.runs.claim_attempt(Attempt("acme", RUN_ID, 1, samples.NOW, Outcome(RunState.RUNNING)))
    place.runs.claim(samples.run(id="e" * 32, outcome=Outcome(RunState.QUEUED), queued=samples.NOW))
    handler(load("notify-kept"), Context())
    assert place.executions() == {
        f"{'e' * 32}-1": {"tenant": "acme", "dataset": "credit", "run_id": "e" * 32, "attempt": 1}
    }

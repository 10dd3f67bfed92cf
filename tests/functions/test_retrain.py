"""Every sample input of `retrain`, replayed by its real handler."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from millrace.adapters.clock import SystemClock
from millrace.adapters.documents import dump
from millrace.adapters.metrics import CloudWatchMetrics
from millrace.adapters.truth_store import S3TruthStore
from millrace.domain.capture import Partition
from millrace.domain.drift import metric_name
from millrace.domain.model import CHAMPION, AliasMove
from millrace.domain.retraining import Cause, Retraining
from millrace.domain.run import Outcome, RunState
from millrace.domain.truth import Labelled, Truth
from tests import samples
from tests.contracts.racing import race
from tests.events import EVENTS, load
from tests.functions.place import Context, Handler, Place

SAMPLES = {"retrain-alarm", "retrain-alarm-ended", "retrain-alarm-foreign", "retrain-reminder"}
ROWS, HOUR = 654, "2026-11-24T20"


def event(name: str, place: Place) -> Any:
    """The sample, as this place's alarms would send it."""
    return json.loads(json.dumps(load(name)).replace("millrace-test-", f"millrace-{place.name}-"))


@pytest.fixture
def drifting(handler: Handler, place: Place) -> Handler:
    """The handler, of a place whose model `credit` serves and drifts, and has captures with truth."""
    serve(place, "credit")
    drift(place, "credit", 1.75)
    label(place, ROWS)
    return handler


def label(place: Place, rows: int) -> None:
    """So many captured rows with truth, as `join` leaves them."""
    store, partition = S3TruthStore(place.clients.s3(), f"{place.name}-capture"), Partition("acme", "credit", HOUR)
    lines = [b'{"age":%d,"city":"Paris","class":"good"}' % number for number in range(rows)]
    store.add(partition, [Truth(f"{number}", "good") for number in range(rows)])
    store.keep_index(partition, Labelled(store.keep_part(partition, lines), rows, columns="c"))


def serve(place: Place, model: str) -> None:
    manifest = place.blobs.put("acme", dump(samples.manifest()))
    version = place.models.register(samples.version(model=model, manifest_digest=manifest))
    assert place.models.move(AliasMove("acme", model, CHAMPION, 1, None, version.number, samples.NOW, "gate", ""))


def drift(place: Place, model: str, severity: float) -> None:
    metrics = CloudWatchMetrics(place.clients.cloudwatch(), place.name, SystemClock())
    metrics.publish(metric_name("acme", model), severity)


def decisions(place: Place, model: str = "credit") -> list[Retraining]:
    return list(place.retrainings.of_model("acme", model, 99))


def test_every_sample_is_replayed() -> None:
    assert {path.stem for path in EVENTS.glob("retrain-*.json")} == SAMPLES


@pytest.mark.parametrize("name", ["retrain-alarm", "retrain-reminder"])
def test_a_model_that_drifts_is_retrained(drifting: Handler, place: Place, name: str) -> None:
    (answer,) = drifting(event(name, place), Context())
    (decision,) = decisions(place)
    assert answer == {"run_id": decision.run_id, "refusal": None}
    assert (decision.cause, decision.rows) == (Cause.DRIFT, ROWS)
    run = place.runs.find("acme", str(decision.run_id))
    assert run is not None
    (version,) = place.datasets.of_tenant("acme")
    assert (run.dataset, run.data, run.data.bucket) == ("credit", version.data, f"{place.name}-capture")
    assert (run.spec.target, run.outcome.state) == ("class", RunState.RUNNING)
    assert list(place.executions()) == [f"{run.id}-1"]


def test_the_notice_of_one_model_does_not_retrain_another(drifting: Handler, place: Place) -> None:
    """The embedded cloud's alarms look at names only, so this one is sent: an alarm whose model does not drift."""
    serve(place, "churn")
    drift(place, "churn", 0.25)
    foreign = json.loads(json.dumps(event("retrain-alarm", place)).replace("acme/credit", "acme/churn"))
    assert drifting(foreign, Context()) == [{"run_id": None, "refusal": "not_drifting"}]
    assert place.executions() == {}
    drifting(event("retrain-alarm", place), Context())
    assert [run["dataset"] for run in place.executions().values()] == ["credit"]
    (refused,) = decisions(place, "churn")
    assert "0.25" in refused.says


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("retrain-alarm-ended", "no rising alarm"),
        ("retrain-alarm-foreign", "an alarm of no model of this stage"),
    ],
)
def test_what_asks_for_nothing_is_logged_and_ignored(
    drifting: Handler, log: io.StringIO, place: Place, name: str, why: str
) -> None:
    assert drifting(event(name, place), Context()) == [{"ignored": why}]
    assert f'"why":"{why}"' in log.getvalue()
    assert decisions(place) == []


def test_a_model_that_there_is_not_is_ignored(handler: Handler, place: Place) -> None:
    assert handler(event("retrain-reminder", place), Context()) == [{"ignored": "there is no such model"}]
    assert decisions(place) == []


def test_twice_in_one_event_and_again_later_is_one_run(drifting: Handler, place: Place) -> None:
    alarm, reminder = event("retrain-alarm", place), event("retrain-reminder", place)
    both = {"Records": alarm["Records"] + reminder["Records"]}
    assert len(drifting(both, Context())) == 1
    (again,) = drifting(alarm, Context())
    assert again["refusal"] == "run_in_progress"
    assert len(place.executions()) == 1


def test_delivered_twice_at_once_it_is_one_run(drifting: Handler, place: Place) -> None:
    answers = race(6, lambda _: drifting(event("retrain-alarm", place), Context())[0])
    assert len([each for each in answers if each["run_id"]]) == 1
    assert {each["refusal"] for each in answers if not each["run_id"]} == {"run_in_progress"}
    assert len(place.executions()) == len(place.runs.of_tenant("acme")) == 1


def test_a_challenger_that_loses_is_counted_and_after_three_a_person_is_told(drifting: Handler, place: Place) -> None:
    """Their ends are written as `notify` writes them, days apart."""
    lost = Outcome(RunState.SUCCEEDED, version=2)
    for number in range(3):
        at = f"2026-01-{10 * number + 1:02}T00:00:00.000Z"
        run = samples.run(id=f"{number:032x}", outcome=lost, created=at)
        place.runs.claim(run)
        begun = Retraining("acme", "credit", at, Cause.DRIFT, "it began", run_id=run.id)
        assert place.retrainings.start(begun, after=f"2026-01-{10 * number - 9:02}T00:00:00.000Z" if number else None)
    for _ in range(2):
        assert drifting(event("retrain-reminder", place), Context()) == [{"run_id": None, "refusal": "breaker_open"}]
    newest = decisions(place)[0]
    assert (newest.count, "3 challengers in a row lost" in newest.says) == (2, True)
    heard = place.heard()
    kinds = [each.get("detail-type") or each.get("Subject") for each in heard]
    assert kinds == ["Retraining Stopped"] * 2  # on the bus and on the topic, once each


def test_its_log_names_model_and_decision_and_no_figures(drifting: Handler, log: io.StringIO, place: Place) -> None:
    drifting(event("retrain-alarm", place), Context())
    (line,) = [json.loads(text) for text in log.getvalue().splitlines()]
    assert (line["tenant"], line["model"], line["message"]) == ("acme", "credit", "decided")
    assert line["request_id"] == Context.aws_request_id
    assert line["run_id"] == decisions(place)[0].run_id

"""Every sample event of `ingest`, replayed by its real handler."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from millrace.adapters.unclaimed import DynamoUnclaimed
from millrace.domain.access import Tenant
from millrace.domain.run import RunState
from tests import samples
from tests.events import EVENTS, load
from tests.functions.place import Context, Handler, Place

ANSWERS: dict[str, tuple[str, str | None]] = {
    "object-created-embedded": ("started", None),
    "spec-created": ("ignored", "spec_only"),
    "multipart-too-large": ("rejected", "too_large"),
    "unknown-tenant": ("rejected", "unknown_tenant"),
    "foreign-key": ("rejected", "invalid_key"),
    "dataset-name": ("rejected", "invalid_name"),
    "deleted": ("rejected", "deleted"),
    "truth-created": ("ignored", "truth"),
    "part-created": ("waiting", None),
    "marker-created": ("started", None),
}


@pytest.fixture(autouse=True)
def _uploaded(place: Place) -> None:
    place.tenants.create(Tenant("acme", samples.NOW))
    place.upload("acme/credit/data.csv", samples.CSV)
    place.upload("nobody/credit/data.csv", samples.CSV)
    place.upload("acme/sales/part-00000-4f1c.c000.csv", samples.CSV)
    place.upload("acme/sales/_SUCCESS", b"")
    place.upload("acme/plans/spec.yaml", b"seed: 7")


def test_every_sample_is_replayed() -> None:
    names = {path.stem.removeprefix("ingest-") for path in EVENTS.glob("ingest-*.json")}
    assert names == {*ANSWERS, "object-created"}


@pytest.mark.parametrize("name", ANSWERS)
def test_replay(name: str, handler: Handler) -> None:
    answer = handler(load(f"ingest-{name}"), Context())
    assert (answer["what"], answer["code"]) == ANSWERS[name]


def test_an_upload_becomes_an_execution(handler: Handler, place: Place) -> None:
    answer = handler(load("ingest-object-created-embedded"), Context())
    ticket = {"tenant": "acme", "dataset": "credit", "run_id": answer["run_id"], "attempt": 1}
    assert place.executions() == {f"{answer['run_id']}-1": ticket}
    run = place.runs.find("acme", answer["run_id"])
    assert run is not None
    assert (run.data.digest, run.attempts, run.outcome.state) == (samples.DATA.digest, 1, RunState.RUNNING)


def test_the_version_in_the_event_is_read(handler: Handler, place: Place) -> None:
    """AWS names the version; the file's name may hold spaces."""
    event: Any = load("ingest-object-created")
    key = event["detail"]["object"]["key"]
    event["detail"]["object"]["version-id"] = place.upload(key, samples.CSV)
    place.upload(key, b"something else")
    run = place.runs.find("acme", handler(event, Context())["run_id"])
    assert run is not None
    assert (run.data.key, run.data.digest) == (key, samples.DATA.digest)


def test_twenty_deliveries_make_one_execution(handler: Handler, place: Place) -> None:
    answers = [handler(load("ingest-object-created-embedded"), Context()) for _ in range(20)]
    assert len({answer["run_id"] for answer in answers}) == 1
    assert len(place.executions()) == 1


def test_a_spec_that_cannot_be_used_is_told_with_the_run(handler: Handler, place: Place) -> None:
    place.upload("acme/credit/spec.yaml", b"metrik: auc")
    answer = handler(load("ingest-object-created-embedded"), Context())
    assert (answer["what"], answer["code"]) == ("rejected", "invalid_spec")
    (run,) = place.runs.of_tenant("acme")
    assert run.outcome.failure is not None
    assert run.outcome.failure.hint == "did you mean 'metric'?"
    assert place.executions() == {}


def test_a_line_of_log_says_whose_and_nothing_of_the_data(log: io.StringIO, handler: Handler) -> None:
    handler(load("ingest-object-created-embedded"), Context())
    out = log.getvalue()
    assert '"tenant":"acme"' in out
    assert f'"request_id":"{Context.aws_request_id}"' in out
    assert "Paris" not in out


def told_twice(place: Place) -> tuple[Any, Any]:
    """The event on the bus, and the message of the topic, whose text is the event's detail."""
    heard = place.heard()
    (event,) = [each for each in heard if "detail-type" in each]
    (message,) = [each for each in heard if "Subject" in each]
    assert (message["Subject"], json.loads(message["Message"])) == (event["detail-type"], event["detail"])
    return event, message


def test_a_refusal_is_an_event(handler: Handler, place: Place) -> None:
    answer = handler(load("ingest-dataset-name"), Context())
    event, _ = told_twice(place)
    assert event["detail-type"] == "Run Rejected"
    assert (event["detail"]["run_id"], event["detail"]["attempt"]) == (answer["run_id"], 0)
    assert event["detail"]["failure"]["code"] == "invalid_name"
    (run,) = place.runs.of_tenant("acme")
    assert (run.id, run.dataset) == (answer["run_id"], "Credit")


def test_what_is_nobody_s_is_an_event_and_the_operator_s_to_see(handler: Handler, place: Place) -> None:
    handler(load("ingest-unknown-tenant"), Context())
    event, _ = told_twice(place)
    assert (event["detail-type"], event["detail"]["key"]) == ("Upload Rejected", "nobody/credit/data.csv")
    (refusal,) = DynamoUnclaimed(place.clients.dynamodb(), place.name).all()
    assert (refusal.key, refusal.failure.code) == ("nobody/credit/data.csv", "unknown_tenant")


def test_a_spec_that_comes_later_starts_the_run_of_the_newest_data(handler: Handler, place: Place) -> None:
    first = handler(load("ingest-object-created-embedded"), Context())
    place.upload("acme/credit/spec.yaml", b"seed: 7")
    event: Any = load("ingest-spec-created")
    event["detail"]["object"] |= {"key": "acme/credit/spec.yaml", "sequencer": "0063A1E4D1E2FF"}
    answer = handler(event, Context())
    assert answer["what"] == "started"
    assert len(place.executions()) == 2
    asked, default = (place.runs.find("acme", each["run_id"]) for each in (answer, first))
    assert asked is not None
    assert default is not None
    assert (asked.data, asked.spec.seed) == (default.data, 7)
    assert asked.origin.supersedes(default.origin)


def test_a_key_is_never_written_out_in_the_log(log: io.StringIO, handler: Handler) -> None:
    event: Any = load("ingest-foreign-key")
    event["detail"]["object"]["key"] = "x" * 900 + "\n/credit/data.csv"
    assert handler(event, Context())["what"] == "rejected"
    assert "x" * 64 not in log.getvalue()

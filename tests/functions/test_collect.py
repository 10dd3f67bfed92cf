"""SQS's events, replayed by the real handler of `collect` over the real adapters."""

from __future__ import annotations

import gzip
import io
import json
from dataclasses import replace
from typing import Any

import pytest

from millrace.adapters.capture_store import S3CaptureStore
from millrace.adapters.erasure import DynamoErasure
from millrace.adapters.objects import S3Objects
from millrace.domain.capture import Partition
from millrace.usecases.remove import RemovalPorts, remove_model
from tests import samples
from tests.events import EVENTS, load
from tests.fakes.alarms import FakeAlarms
from tests.functions.place import Context, Handler, Place

HOUR = Partition("acme", "credit", "2026-11-24T20")
FIRST, SECOND = "01a20f24-ce00-7001-8203-040506070809", "01a20f37-a487-7a0b-8c0d-0e0f10111213"


@pytest.fixture
def store(place: Place) -> S3CaptureStore:
    place.models.register(samples.version())
    return S3CaptureStore(place.clients.s3(), f"{place.name}-capture")


def test_every_sample_is_replayed() -> None:
    assert {path.stem for path in EVENTS.glob("collect-*.json")} == {"collect-captures", "collect-nonsense"}


def test_captures_become_json_lines_under_tenant_model_and_hour(
    handler: Handler, store: S3CaptureStore, place: Place
) -> None:
    assert handler(load("collect-captures"), Context()) == {"batchItemFailures": []}
    (key,) = store.objects(HOUR)
    assert key.startswith(f"acme/credit/captures/2026-11-24T20/{FIRST}-")
    stored = place.clients.s3().get_object(Bucket=f"{place.name}-capture", Key=key)["Body"].read()
    lines = [json.loads(line) for line in gzip.decompress(stored).splitlines()]
    assert [line["inference_id"] for line in lines] == [FIRST, f"{SECOND}.0", f"{SECOND}.1"]
    assert lines[0]["inputs"] == {"age": 30, "city": "Paris", "member": True, "since": "1970-01-02"}
    assert lines[2]["outputs"]["label"] == "bad"


def test_a_batch_that_comes_again_changes_nothing(handler: Handler, store: S3CaptureStore, place: Place) -> None:
    for _ in range(3):
        assert handler(load("collect-captures"), Context()) == {"batchItemFailures": []}
    (key,) = store.objects(HOUR)
    versions = place.clients.s3().list_object_versions(Bucket=f"{place.name}-capture", Prefix=key)["Versions"]
    assert len(versions) == 1


def test_what_is_no_capture_is_set_aside_and_the_rest_collected(
    log: io.StringIO, handler: Handler, store: S3CaptureStore, place: Place
) -> None:
    assert handler(load("collect-nonsense"), Context()) == {"batchItemFailures": []}
    (key,) = store.objects(HOUR)
    assert [line.inference_id for line in store.read(key)] == [f"{SECOND}.0", f"{SECOND}.1"]
    answer = place.clients.sqs().receive_message(QueueUrl=place.queue_url)
    assert [message["Body"] for message in answer["Messages"]] == ["not a capture"]
    line = lines(log)[-1]
    assert (line["level"], line["rows"], line["unreadable"], line["orphans"]) == ("WARNING", 2, 1, 0)


def test_what_can_t_be_written_is_delivered_again(
    handler: Handler, store: S3CaptureStore, place: Place, log: io.StringIO
) -> None:
    place.clients.s3().delete_bucket(Bucket=f"{place.name}-capture")
    event = load("collect-nonsense")
    assert handler(event, Context()) == {"batchItemFailures": [{"itemIdentifier": event["Records"][1]["messageId"]}]}
    told, line = lines(log)
    assert (line["failed"], line["codes"], line["unreadable"]) == (1, ["not_found"], 1)
    assert (told["level"], told["rows"], told["code"]) == ("WARNING", 0, "not_found")


def test_what_is_on_its_way_while_its_model_is_removed_does_not_come_back(
    handler: Handler, store: S3CaptureStore, place: Place, log: io.StringIO
) -> None:
    """Neither before a new model has the name, nor after."""
    handler(load("collect-captures"), Context())
    remove_model("acme", "credit", removal(place), rehearse=False)
    assert list(store.hours("acme", "credit", "")) == []
    handler(load("collect-captures"), Context())
    again = place.models.register(replace(samples.version(), created="2026-12-01T00:00:00.000Z"))
    assert again.number == 1
    handler(load("collect-captures"), Context())
    assert [line["orphans"] for line in lines(log) if line["message"] == "collected"] == [0, 2, 2]
    assert list(store.hours("acme", "credit", "")) == []


def removal(place: Place) -> RemovalPorts:
    """What `millrace models delete` works with."""
    s3, dynamodb = place.clients.s3(), place.clients.dynamodb()
    landing, artifacts, captures = (
        S3Objects(s3, f"{place.name}-{bucket}") for bucket in ("landing", "artifact", "capture")
    )
    return RemovalPorts(
        erasure=DynamoErasure(dynamodb, place.name),
        datasets=place.datasets,
        runs=place.runs,
        models=place.models,
        keys=place.keys,
        landing=landing,
        artifacts=artifacts,
        captures=captures,
        documents=place.documents,
        alarms=FakeAlarms(),
    )


def test_its_log_says_whose_captures_came_and_has_no_data_in_it(
    log: io.StringIO, handler: Handler, store: S3CaptureStore
) -> None:
    sample: Any = load("collect-captures")
    handler(sample, Context())
    told, line = lines(log)
    assert (line["level"], line["objects"], line["rows"]) == ("INFO", 1, 3)
    assert (
        told.items()
        >= {
            "message": "gathered",
            "tenant": "acme",
            "model": "credit",
            "version": 1,
            "hour": "2026-11-24T20",
            "rows": 3,
            "orphans": 0,
            "request_id": Context.aws_request_id,
        }.items()
    )
    assert "code" not in told
    assert "Paris" not in log.getvalue()


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]

"""Every sample event of `label`, replayed by its real handler."""

from __future__ import annotations

import gzip
import io
from typing import Any

import pytest

from millrace.adapters.truth_store import S3TruthStore
from millrace.domain.access import Tenant
from millrace.domain.capture import Partition
from millrace.domain.truth import Truth
from tests import samples
from tests.events import EVENTS, load
from tests.functions.place import Context, Handler, Place
from tests.unit.usecases.labelling import HOUR, call

CSV = f"inference_id,truth\n{call(1)},good\n4711,bad\n".encode()
JSON = f'{{"inference_id": "{call(2)}", "truth": true}}\n'.encode()
ANSWERS: dict[str, tuple[str, str | None]] = {
    "object-created-embedded": ("kept", None),
    "unknown-model": ("refused", "unknown_model"),
    "too-large": ("refused", "too_large"),
    "wrong-columns": ("refused", "missing_column"),
    "deleted": ("refused", "deleted"),
    "unknown-tenant": ("ignored", None),
    "dataset-called-truth": ("ignored", None),
}


@pytest.fixture(autouse=True)
def _uploaded(place: Place) -> None:
    place.tenants.create(Tenant("acme", samples.NOW))
    place.models.register(samples.version())
    place.upload("acme/credit/truth/labels.jsonl.gz", gzip.compress(JSON))
    place.upload("acme/credit/truth/wrong.csv", b"id,label\n1,good\n")
    place.upload("acme/churn/truth/labels.csv", CSV)
    place.upload("acme/truth/data.csv", samples.CSV)


@pytest.fixture
def store(place: Place) -> S3TruthStore:
    return S3TruthStore(place.clients.s3(), f"{place.name}-capture")


def kept(store: S3TruthStore) -> list[Truth]:
    keys = store.objects(Partition("acme", "credit", HOUR))
    return [truth for key in keys for truth in store.read(key)]


def test_every_sample_is_replayed() -> None:
    names = {path.stem.removeprefix("label-") for path in EVENTS.glob("label-*.json")}
    assert names == {*ANSWERS, "object-created"}


@pytest.mark.parametrize("name", ANSWERS)
def test_replay(name: str, handler: Handler, store: S3TruthStore) -> None:
    answer = handler(load(f"label-{name}"), Context())
    assert (answer["what"], answer.get("code")) == ANSWERS[name]
    found = [(file.failure and file.failure.code) for file in store.files("acme", 10)]
    assert found == ([] if answer["what"] == "ignored" else [ANSWERS[name][1]])
    assert len(kept(store)) == (answer["what"] == "kept")


def arrival(place: Place, content: bytes = CSV) -> Any:
    event: Any = load("label-object-created")
    key = event["detail"]["object"]["key"]
    event["detail"]["object"] |= {"version-id": place.upload(key, content), "size": len(content)}
    return event


def test_the_version_in_the_event_is_read(handler: Handler, place: Place, store: S3TruthStore) -> None:
    event = arrival(place)
    arrival(place, b"something else")
    assert handler(event, Context()) == {"what": "kept", "model": "credit", "rows": 1, "refused": 1, "code": None}
    (truth,) = kept(store)
    assert (truth.inference_id, truth.value) == (call(1), "good")
    assert truth.arrived.endswith("617F08299329D189")


def test_twenty_deliveries_are_one_file(handler: Handler, place: Place, store: S3TruthStore) -> None:
    event = arrival(place)
    for _ in range(20):
        handler(event, Context())
    assert len(kept(store)) == len(store.files("acme", 100)) == 1


def test_a_line_of_log_says_whose_and_nothing_of_the_data(log: io.StringIO, handler: Handler, place: Place) -> None:
    handler(arrival(place), Context())
    out = log.getvalue()
    assert '"tenant":"acme"' in out
    assert '"model":"credit"' in out
    assert f'"request_id":"{Context.aws_request_id}"' in out
    assert '"level":"WARNING"' in out
    assert call(1) not in out
    assert "4711" not in out

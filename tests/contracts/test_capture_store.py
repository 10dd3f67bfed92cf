from __future__ import annotations

import base64
import gzip
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from millrace.adapters.capture_store import S3CaptureStore
from millrace.adapters.session import Clients
from millrace.domain import digest, inference_id
from millrace.domain.capture import Capture, CapturedRow, CaptureLine, Partition
from millrace.domain.errors import Corrupt, NotFound
from millrace.ports import CaptureStore
from tests.contracts.racing import race
from tests.fakes.capture_store import FakeCaptureStore

EIGHT = 1_795_550_400_000  # 2026-11-24T20 in milliseconds


@dataclass(frozen=True)
class Place:
    """A store, and a way to put an object of these lines there behind its back."""

    store: CaptureStore
    plant: Callable[[str, list[bytes]], object]


@pytest.fixture(params=["fake", "aws"])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "fake":
        fake = FakeCaptureStore()
        return Place(fake, lambda key, lines: fake.held.update({key: lines}))
    s3, bucket = request.getfixturevalue("clients").s3(), request.getfixturevalue("bucket")

    def plant(key: str, lines: list[bytes]) -> object:
        return s3.put_object(Bucket=bucket, Key=key, Body=gzip.compress(b"\n".join(lines)))

    return Place(S3CaptureStore(s3, bucket), plant)


@pytest.fixture
def store(place: Place) -> CaptureStore:
    return place.store


def captured(tenant: str, number: int = 0, rows: int = 1, milliseconds: int = EIGHT) -> Capture:
    """A call that was answered so many milliseconds into the hour."""
    row = CapturedRow({"größe": number, "farbe": None}, {"label": "ja", "probabilities": {"ja": 0.75, "nein": 0.25}})
    call = inference_id.make(milliseconds + number, bytes([number]) * 10)
    return Capture(call, tenant, "iris", 3, "2026-11-24T20:00:00.000Z", (row,) * rows)


def partition(tenant: str, hour: str = "2026-11-24T20", model: str = "iris") -> Partition:
    return Partition(tenant, model, hour)


def test_what_was_written_is_read(store: CaptureStore, tenant: str) -> None:
    capture = captured(tenant, 7, rows=2)
    key = store.write(partition(tenant), [*captured(tenant).lines(), *capture.lines()])
    first, *rest = store.read(key)
    assert first.inference_id == captured(tenant).id
    assert [line.inference_id for line in rest] == [f"{capture.id}.0", f"{capture.id}.1"]
    assert rest[0] == CaptureLine(f"{capture.id}.0", capture.time, 3, capture.rows[0].inputs, capture.rows[0].outputs)


def test_a_key_says_tenant_model_hour_and_first_row(store: CaptureStore, tenant: str) -> None:
    lines = captured(tenant, 1).lines()
    content = digest.of_bytes(lines[0] + b"\n")
    key = store.write(partition(tenant), lines)
    assert key == f"{tenant}/iris/captures/2026-11-24T20/{captured(tenant, 1).id}-{content[:16]}.jsonl.gz"


def test_the_same_lines_are_the_same_object(store: CaptureStore, tenant: str) -> None:
    lines = captured(tenant, rows=3).lines()
    keys = race(6, lambda _: store.write(partition(tenant), lines))
    assert set(keys) == set(store.objects(partition(tenant)))
    other = store.write(partition(tenant), lines[:2])
    assert other not in keys
    assert len(store.objects(partition(tenant))) == 2


def test_objects_are_in_the_order_of_time(store: CaptureStore, tenant: str) -> None:
    keys = {number: store.write(partition(tenant), captured(tenant, number).lines()) for number in (9, 3, 200, 0)}
    assert list(store.objects(partition(tenant))) == [keys[number] for number in sorted(keys)]


def test_hours_are_listed_from_one_on(store: CaptureStore, tenant: str) -> None:
    for hour in ("2026-11-24T20", "2026-11-24T09", "2026-11-25T00"):
        store.write(partition(tenant, hour), captured(tenant).lines())
    store.write(partition(tenant, "2026-11-24T21", "iris-2"), captured(tenant).lines())
    assert list(store.hours(tenant, "iris", "2026-11-24T20")) == ["2026-11-24T20", "2026-11-25T00"]
    assert list(store.hours(tenant, "iris", "")) == ["2026-11-24T09", "2026-11-24T20", "2026-11-25T00"]
    assert list(store.hours(tenant, "none", "")) == []


def test_another_model_and_another_hour_are_apart(store: CaptureStore, tenant: str) -> None:
    store.write(partition(tenant), captured(tenant).lines())
    for apart in (partition(tenant, model="iri"), partition(tenant, "2026-11-24T2"), partition(f"{tenant}-2")):
        assert list(store.objects(apart)) == []


def test_an_absent_object_is_not_found(store: CaptureStore, tenant: str) -> None:
    with pytest.raises(NotFound):
        list(store.read(f"{partition(tenant).captures}nothing.jsonl.gz"))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"{", "no capture"),
        (b"[]", "no object"),
        (b"[" * 100_000, "nested too deeply|recursion limit"),
        (b"\xff", "no capture"),
        (b'{"inference_id": "1", "time": "", "version": 1, "inputs": {}, "outputs": {}}', "inference_id"),
        (b'{"inference_id": "1", "time": "", "version": true, "inputs": {}, "outputs": {}}', "version is no int"),
    ],
)
def test_a_line_that_is_no_capture_is_corrupt_and_what_came_before_is_read(
    place: Place, tenant: str, line: bytes, says: str
) -> None:
    key = f"{partition(tenant).captures}{digest.of_bytes(line)}.jsonl.gz"
    place.plant(key, [*captured(tenant).lines(), line])
    rows = place.store.read(key)
    assert next(rows).inference_id == captured(tenant).id
    with pytest.raises(Corrupt, match=says) as caught:
        next(rows)
    assert "line 2" in caught.value.message
    assert caught.value.field == key


def test_a_field_of_a_later_release_is_no_fault(place: Place, tenant: str) -> None:
    key = f"{partition(tenant).captures}later.jsonl.gz"
    place.plant(key, [captured(tenant).lines()[0][:-1] + b',"later":{"a":1}}'])
    assert [line.version for line in place.store.read(key)] == [3]


@pytest.mark.parametrize("cut", [0, 30, -4], ids=["no gzip", "in its lines", "in its end"])
def test_a_cut_object_is_corrupt(clients: Clients, bucket: str, tenant: str, cut: int) -> None:
    s3, store = clients.s3(), S3CaptureStore(clients.s3(), bucket)
    key = f"{partition(tenant).captures}cut.jsonl.gz"
    whole = gzip.compress(b"".join(line + b"\n" for line in captured(tenant, rows=50).lines()))
    s3.put_object(Bucket=bucket, Key=key, Body=whole[:cut] or b"not compressed at all")
    with pytest.raises(Corrupt):
        list(store.read(key))


def test_s3_keeps_a_checksum_and_one_version_of_equal_lines(clients: Clients, bucket: str, tenant: str) -> None:
    s3, store = clients.s3(), S3CaptureStore(clients.s3(), bucket)
    key = store.write(partition(tenant), captured(tenant).lines())
    assert store.write(partition(tenant), captured(tenant).lines()) == key
    stored = s3.get_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    assert base64.b64decode(stored["ChecksumSHA256"]).hex() == digest.of_bytes(stored["Body"].read())
    assert len(s3.list_object_versions(Bucket=bucket, Prefix=key)["Versions"]) == 1


def test_rows_are_read_in_constant_memory(clients: Clients, bucket: str, tenant: str) -> None:
    store = S3CaptureStore(clients.s3(), bucket)
    lines = captured(tenant, rows=60_000).lines()
    key = store.write(partition(tenant), lines)
    assert sum(map(len, lines)) > 10_000_000
    del lines
    tracemalloc.start()
    try:
        assert sum(1 for _ in store.read(key)) == 60_000
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()

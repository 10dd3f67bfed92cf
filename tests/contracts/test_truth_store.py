from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from millrace.adapters.session import Clients
from millrace.adapters.truth_store import S3TruthStore
from millrace.domain import digest, inference_id
from millrace.domain.capture import Partition
from millrace.domain.errors import Corrupt, NotFound
from millrace.domain.run import DataLocation, Failure
from millrace.domain.sketch import Scored
from millrace.domain.truth import Labelled, Truth, TruthFile
from millrace.ports import TruthStore
from tests.contracts.racing import race
from tests.fakes.truth_store import FakeTruthStore

HOUR = "2026-11-24T20"
LINES = [b'{"age":30,"class":"good"}', b'{"age":31,"class":"bad"}']


@dataclass(frozen=True)
class Place:
    """A store, and a way to damage a truth object behind its back."""

    store: TruthStore
    damage: Callable[[str], object]


@pytest.fixture(params=["fake", "aws"])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "fake":
        fake = FakeTruthStore()
        return Place(fake, lambda key: fake.truth.update({key: None}))
    s3, bucket = request.getfixturevalue("clients").s3(), request.getfixturevalue("bucket")
    return Place(S3TruthStore(s3, bucket), lambda key: s3.put_object(Bucket=bucket, Key=key, Body=b"none"))


@pytest.fixture
def store(place: Place) -> TruthStore:
    return place.store


def partition(tenant: str, hour: str = HOUR, model: str = "iris") -> Partition:
    return Partition(tenant, model, hour)


def truth(number: int, value: str | float | bool = "ja", arrived: str = "0A") -> Truth:
    return Truth(inference_id.make(1_795_550_400_000 + number, bytes(10)), value, arrived)


@pytest.mark.parametrize("value", ["größer", "1", 1, 1.5, True, False, 0])
def test_truth_comes_back_as_it_was_written(store: TruthStore, tenant: str, value: str | float | bool) -> None:
    written = [truth(1, value), truth(0, "nein", "")]
    (found, other) = store.read(store.add(partition(tenant), written))
    assert [found, other] == written
    assert type(found.value) is type(value)


def test_the_same_truth_is_the_same_object(store: TruthStore, tenant: str) -> None:
    keys = set(race(6, lambda _: store.add(partition(tenant), [truth(0), truth(1)])))
    later = store.add(partition(tenant), [truth(0, arrived="0B"), truth(1, arrived="0B")])
    assert len(keys) == 1
    assert list(store.objects(partition(tenant))) == sorted({*keys, later})


def test_hours_models_and_tenants_are_apart(store: TruthStore, tenant: str) -> None:
    for place in (partition(tenant), partition(tenant, "2026-11-24T09"), partition(tenant, "2026-11-25T00", "iris-2")):
        store.add(place, [truth(0)])
    store.keep_part(partition(tenant, "2026-11-26T00"), LINES)
    more = store.add(partition(tenant), [truth(1)])
    keys = store.by_hour(tenant, "iris")
    assert list(keys) == ["2026-11-24T09", HOUR]
    assert all(list(keys[hour]) == list(store.objects(partition(tenant, hour))) for hour in keys)
    assert more in keys[HOUR]
    assert store.by_hour(tenant, "iri") == store.by_hour(f"{tenant}-2", "iris") == {}
    assert list(store.hours(tenant, "iris")) == ["2026-11-24T09", HOUR]
    assert list(store.hours(tenant, "iri")) == list(store.hours(f"{tenant}-2", "iris")) == []
    assert list(store.objects(partition(tenant, "2026-11-24T0"))) == []


def test_absent_and_damaged_truth(place: Place, tenant: str) -> None:
    with pytest.raises(NotFound):
        place.store.read(f"{partition(tenant).truth}none.jsonl.gz")
    key = place.store.add(partition(tenant), [truth(0)])
    place.damage(key)
    with pytest.raises(Corrupt):
        place.store.read(key)


def test_a_part_comes_back_and_is_named_by_what_it_holds(store: TruthStore, tenant: str) -> None:
    parts = race(4, lambda _: store.keep_part(partition(tenant), LINES))
    (part,) = set(parts)
    assert list(store.part(part)) == LINES
    name = part.key.rpartition("/")[2]
    assert part.key == f"{tenant}/iris/labelled/{HOUR}/{name}"
    assert name == f"part-{HOUR}-{part.digest[:32]}.jsonl.gz"
    assert store.keep_part(partition(tenant), LINES[:1]) != part
    with pytest.raises(NotFound):
        store.part(replace(part, key=part.key.replace("part-", "part-0")))


def test_what_is_believed_is_no_truth_that_arrived(store: TruthStore, tenant: str) -> None:
    believed = [truth(1), truth(0, "nein", "0B")]
    key, again = (store.keep_believed(partition(tenant), believed) for _ in range(2))
    assert key == again
    assert list(store.read(key)) == believed
    assert store.by_hour(tenant, "iris") == {}
    assert list(store.hours(tenant, "iris")) == list(store.objects(partition(tenant))) == []


def test_an_index_is_replaced(store: TruthStore, tenant: str) -> None:
    assert store.index(partition(tenant)) is None
    part = DataLocation("captures", "a/b/labelled/c", None, "d" * 64, 7)
    scored = {"3": Scored(2, 1, 0.5, 0.25, 1.5)}
    labelled = Labelled(part, 2, 1, scored, ("a",), ("b", "c"), unreadable=3, left_out=4, columns="e", arrived="0F")
    labelled = replace(labelled, damaged=("f",), believed="g")
    for kept in (Labelled(), labelled):
        store.keep_index(partition(tenant), kept)
        assert store.index(partition(tenant)) == kept
    assert store.index(partition(tenant, "2026-11-24T21")) is None


def test_files_are_listed_with_what_arrived_last_first(store: TruthStore, tenant: str) -> None:
    fault = Failure("invalid_truth", "line 3: truth is missing", "send it", "a.csv:3: truth")
    files = [
        TruthFile(tenant, "iris", "a.csv", "1" * 64, "2026-11-24T20:00:00.000Z", "0A", 5, 1, (fault,)),
        TruthFile(tenant, "iris", "b.csv", "2" * 64, "2026-11-24T19:00:00.000Z", "0B", failure=fault),
        TruthFile(tenant, "roses", "c.csv", "3" * 64, "2026-11-24T21:00:00.000Z", "0C", 1),
    ]
    for file in (files[2], files[0], files[1], replace(files[0], rows=4), files[0]):
        store.note(file)
    assert list(store.files(tenant, 10)) == files[::-1]
    assert list(store.files(tenant, 2)) == files[:0:-1]
    assert list(store.files(tenant, 0)) == list(store.files(f"{tenant}-2", 10)) == []


@pytest.mark.parametrize("line", [b"[]", b"{}", b"{", b'{"inference_id":1,"value":1,"arrived":""}'])
def test_a_line_that_is_no_truth_is_corrupt(clients: Clients, bucket: str, tenant: str, line: bytes) -> None:
    key = f"{partition(tenant).truth}odd.jsonl.gz"
    clients.s3().put_object(Bucket=bucket, Key=key, Body=gzip.compress(line))
    with pytest.raises(Corrupt) as caught:
        S3TruthStore(clients.s3(), bucket).read(key)
    assert caught.value.field == key


def test_a_part_s_digest_is_that_of_its_bytes(clients: Clients, bucket: str, tenant: str) -> None:
    part = S3TruthStore(clients.s3(), bucket).keep_part(partition(tenant), LINES)
    content = clients.s3().get_object(Bucket=bucket, Key=part.key)["Body"].read()
    assert (part.bucket, part.digest, part.size) == (bucket, digest.of_bytes(content), len(content))
    assert [json.loads(line) for line in gzip.decompress(content).splitlines()] == [json.loads(each) for each in LINES]

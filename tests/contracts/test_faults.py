"""What the adapters do while DynamoDB and S3 throttle, break, cut connections and lose answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from millrace.adapters.blobs import S3Blobs
from millrace.adapters.datasets import DynamoDatasets
from millrace.adapters.delivery import S3Delivery
from millrace.adapters.document_store import S3Documents
from millrace.adapters.keys import DynamoKeys
from millrace.adapters.landing import S3Landing
from millrace.adapters.models import DynamoModels
from millrace.adapters.objects import S3Objects
from millrace.adapters.runs import DynamoRuns
from millrace.adapters.session import Clients
from millrace.domain.errors import Unavailable
from millrace.domain.job import JobResult
from millrace.domain.model import CHAMPION, Model
from millrace.domain.run import Outcome, Run, RunState
from millrace.local.emulator import Cloud
from tests.contracts.racing import race
from tests.contracts.samples import SUCCEEDED, attempt, dataset, key, moment, move, run, version
from tests.fault_proxy import Call, Fault, Proxy, but_the_last, every, proxy
from tests.stage import root_clients

TRIES = 4  # of one call, by the configuration of our clients
LONGEST = 1 + 2 + 4  # seconds that a call's three waits may take


@pytest.fixture(scope="module")
def faulty(cloud: Cloud) -> Iterator[Proxy]:
    with proxy(cloud) as running:
        yield running


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of each wait between two tries of the AWS client, of which hardly any is waited."""
    waited: list[float] = []
    real = time.sleep

    class Clock:
        @staticmethod
        def sleep(seconds: float) -> None:
            waited.append(seconds)
            real(seconds / 100)

    monkeypatch.setattr("botocore.endpoint.time", Clock)
    return waited


@pytest.fixture
def through(faulty: Proxy, cloud: Cloud, waits: list[float]) -> Clients:
    """Clients as the library makes them, that reach the cloud through the proxy."""
    return root_clients(cloud, faulty.endpoint)


def test_the_registry_is_right_while_a_third_of_its_calls_fail(
    faulty: Proxy, through: Clients, table: str, tenant: str
) -> None:
    faulty.plan = every(3, list(Fault))
    client = through.dynamodb()
    models, runs = DynamoModels(client, table), DynamoRuns(client, table)
    datasets, keys = DynamoDatasets(client, table), DynamoKeys(client, table)
    made = [models.register(version(tenant)) for _ in range(6)]
    assert [each.number for each in made] == [1, 2, 3, 4, 5, 6]
    moves = [move(tenant, 1, None, 1), move(tenant, 2, 1, 2), move(tenant, 3, 2, 6)]
    assert [models.move(each) for each in moves] == [True, True, True]
    assert not models.move(move(tenant, 3, 2, 5))
    assert list(models.ledger(tenant, "iris")) == moves
    assert list(models.of_tenant(tenant)) == [Model(tenant, "iris", 6, 6)]
    begun = run(tenant)
    assert [runs.claim(begun), runs.claim(begun)] == [True, False]
    assert [runs.claim_attempt(attempt(begun)), runs.claim_attempt(attempt(begun))] == [True, False]
    assert runs.conclude(tenant, begun.id, 1, SUCCEEDED, moment(9))
    found = runs.find(tenant, begun.id)
    assert found is not None
    assert (found.outcome, found.attempts) == (SUCCEEDED, 1)
    assert [datasets.add(dataset(tenant)), datasets.add(dataset(tenant))] == [True, False]
    assert list(datasets.of_tenant(tenant)) == [dataset(tenant)]
    keys.add(key(tenant))
    assert keys.find(tenant, key(tenant).id) == key(tenant)
    assert {fault for service, fault in faulty.failed if service == "dynamodb"} == set(Fault)


def test_the_buckets_are_right_while_a_third_of_their_calls_fail(
    faulty: Proxy, through: Clients, bucket: str, tenant: str, tmp_path: Path
) -> None:
    faulty.plan = every(3, list(Fault))
    s3 = through.s3()
    blobs, documents, landing = S3Blobs(s3, bucket), S3Documents(s3, bucket), S3Landing(s3, bucket)
    contents = [bytes([number]) * 70_000 for number in range(6)]
    digests = [blobs.put(tenant, content) for content in contents + contents]
    assert [blobs.get(tenant, digest) for digest in digests] == contents + contents
    written = JobResult(digests[0], digests[1], digests[2])
    documents.write(written, f"{tenant}/runs/1/1/result.json")
    assert documents.read(JobResult, f"{tenant}/runs/1/1/result.json") == written
    for number, content in enumerate(contents):
        sent = S3Delivery(s3, bucket).send(f"{tenant}/iris/{number}.csv", content)
        found = landing.stat(sent.key, sent.version_id)
        assert found == sent
        assert landing.head(found, 10) == content[:10]
        landing.fetch(found, tmp_path / "data.csv")
        assert (tmp_path / "data.csv").read_bytes() == content
    objects = S3Objects(s3, bucket)
    objects.remove(each.key for each in objects.under(f"{tenant}/"))
    assert list(objects.under(f"{tenant}/")) == []
    assert {fault for service, fault in faulty.failed if service == "s3"} == set(Fault)


def test_of_twelve_that_race_through_faults_one_claims_and_one_moves(
    faulty: Proxy, through: Clients, table: str, tenant: str
) -> None:
    """An answer that was lost must not make two winners, nor none."""
    faulty.plan = but_the_last(every(4, [Fault.LOST, Fault.THROTTLED]), TRIES)
    runs, models = DynamoRuns(through.dynamodb(), table), DynamoModels(through.dynamodb(), table)
    assert race(12, lambda _: runs.claim(run(tenant))).count(True) == 1
    numbers = [each.number for each in race(12, lambda _: models.register(version(tenant)))]
    assert sorted(numbers) == list(range(1, 13))
    won = race(12, lambda number: models.move(move(tenant, 1, None, number + 1)))
    assert won.count(True) == 1
    alias = models.alias(tenant, "iris", CHAMPION)
    assert alias is not None
    assert alias.version == won.index(True) + 1


def test_a_run_that_began_is_known_to_have_begun_though_its_old_place_can_t_be_removed(
    faulty: Proxy, through: Clients, table: str, tenant: str
) -> None:
    """Who is told otherwise would not start its execution."""
    written = 0

    def after_the_first(call: Call) -> Fault | None:
        nonlocal written
        written += call.verb == "TransactWriteItems"
        return Fault.THROTTLED if written > 1 else None

    runs = DynamoRuns(through.dynamodb(), table)
    begun, following = (
        replace(run(tenant, number), outcome=Outcome(RunState.QUEUED), queued=moment(number)) for number in (1, 2)
    )
    faulty.plan = lambda _: None
    assert runs.claim(begun)
    assert runs.claim(following)
    faulty.plan = after_the_first
    assert runs.claim_attempt(replace(attempt(begun), slot=1))
    assert written == 1 + TRIES
    written = 0
    assert runs.conclude(tenant, begun.id, 1, SUCCEEDED, moment(9))
    assert written == 1 + TRIES
    faulty.plan = lambda _: None
    assert runs.queue(tenant).running == ()
    assert [place.run_id for place in runs.queue(tenant).waiting] == [following.id]


def find(clients: Clients, table: str, _: str, tenant: str) -> Run | None:
    return DynamoRuns(clients.dynamodb(), table).find(tenant, "0" * 32)


def claim(clients: Clients, table: str, _: str, tenant: str) -> bool:
    return DynamoRuns(clients.dynamodb(), table).claim(run(tenant))


def get(clients: Clients, _: str, bucket: str, tenant: str) -> bytes:
    return S3Blobs(clients.s3(), bucket).get(tenant, "0" * 64)


def put(clients: Clients, _: str, bucket: str, tenant: str) -> str:
    return S3Blobs(clients.s3(), bucket).put(tenant, b"model")


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.BROKEN, Fault.RESET])
@pytest.mark.parametrize(("service", "call"), [("dynamodb", find), ("dynamodb", claim), ("s3", get), ("s3", put)])
def test_a_service_that_keeps_failing_is_given_up_after_few_tries_and_little_time(
    faulty: Proxy,
    through: Clients,
    waits: list[float],
    table: str,
    bucket: str,
    tenant: str,
    fault: Fault,
    service: str,
    call: Callable[[Clients, str, str, str], object],
) -> None:
    faulty.plan = every(1, [fault])
    before = faulty.calls(service)
    with pytest.raises(Unavailable):
        call(through, table, bucket, tenant)
    assert faulty.calls(service) - before == TRIES
    assert len(waits) == TRIES - 1
    assert len(set(waits)) == len(waits)
    assert sum(waits) <= LONGEST

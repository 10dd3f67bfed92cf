from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from millrace.adapters.datasets import DynamoDatasets
from millrace.adapters.erasure import DynamoErasure
from millrace.adapters.keys import DynamoKeys
from millrace.adapters.models import DynamoModels
from millrace.adapters.retrainings import DynamoRetrainings
from millrace.adapters.runs import DynamoRuns
from millrace.adapters.tenants import DynamoTenants
from millrace.domain.access import Tenant
from millrace.domain.errors import Conflict, NotFound
from millrace.domain.retraining import Cause, Refusal, Retraining
from millrace.ports import Datasets, Erasure, Keys, Models, Retrainings, Runs, Tenants
from tests.contracts.samples import attempt, dataset, key, moment, move, run, version
from tests.fakes.datasets import FakeDatasets
from tests.fakes.erasure import FakeErasure
from tests.fakes.keys import FakeKeys
from tests.fakes.models import FakeModels
from tests.fakes.retrainings import FakeRetrainings
from tests.fakes.runs import FakeRuns
from tests.fakes.tenants import FakeTenants


@dataclass(frozen=True)
class Registry:
    """A registry's records; `left` names what still mentions a tenant."""

    erasure: Erasure
    models: Models
    runs: Runs
    datasets: Datasets
    keys: Keys
    tenants: Tenants
    retrainings: Retrainings
    left: Callable[[str], list[str]]

    def fill(self, tenant: str) -> None:
        """Some of everything."""
        self.tenants.create(Tenant(tenant, moment(0)))
        self.keys.add(key(tenant))
        for number in (1, 2):
            self.datasets.add(dataset(tenant, number))
            self.datasets.add(replace(dataset(tenant, number), dataset="iris-2"))
            self.runs.claim(run(tenant, number), f"upload-{number}")
            self.runs.claim_attempt(attempt(run(tenant, number)))
            self.models.register(version(tenant))
        self.models.register(version(tenant, "other"))
        assert self.models.move(move(tenant, 1, None, 2))
        for model in ("iris", "other"):
            begun = Retraining(tenant, model, moment(1), Cause.DRIFT, "it began", run_id="1" * 32)
            assert self.retrainings.start(begun, after=None)
            self.retrainings.add(Retraining(tenant, model, moment(2), Cause.DRIFT, "no", refusal=Refusal.COOLDOWN))


@pytest.fixture(params=["fake", "aws"])
def registry(request: pytest.FixtureRequest) -> Registry:
    if request.param == "fake":
        models, runs, datasets, keys, tenants = FakeModels(), FakeRuns(), FakeDatasets(), FakeKeys(), FakeTenants()
        retrainings = FakeRetrainings()
        erasure = FakeErasure(models, runs, datasets, keys, tenants, retrainings)

        def remembered(tenant: str) -> list[str]:
            places = (keys.of_tenant, runs.of_tenant, datasets.of_tenant, models.of_tenant)
            decided = [each for model in ("iris", "other") for each in retrainings.of_model(tenant, model, 9)]
            return [repr(each) for of in places for each in of(tenant)] + [repr(t) for t in [*tenants.all(), *decided]]

        return Registry(erasure, models, runs, datasets, keys, tenants, retrainings, remembered)
    client, table = request.getfixturevalue("clients").dynamodb(), request.getfixturevalue("table")

    def scanned(tenant: str) -> list[str]:
        pages = client.get_paginator("scan").paginate(TableName=table)
        items = [item for page in pages for item in page["Items"]]
        return [f"{item['pk']['S']} {item['sk']['S']}" for item in items if tenant in str(item)]

    return Registry(
        DynamoErasure(client, table),
        DynamoModels(client, table),
        DynamoRuns(client, table),
        DynamoDatasets(client, table),
        DynamoKeys(client, table),
        DynamoTenants(client, table),
        DynamoRetrainings(client, table),
        scanned,
    )


def test_nothing_of_a_tenant_is_left(registry: Registry, tenant: str) -> None:
    registry.fill(tenant)
    assert registry.left(tenant)
    assert registry.erasure.tenant(tenant) > 0
    assert registry.left(tenant) == []
    assert registry.erasure.tenant(tenant) == 0


def test_other_tenants_stay(registry: Registry, tenant: str) -> None:
    registry.fill(tenant)
    registry.fill(f"{tenant}-2")
    registry.erasure.tenant(tenant)
    other = f"{tenant}-2"
    assert registry.tenants.find(other) is not None
    assert len(registry.keys.of_tenant(other)) == 1
    assert len(registry.runs.of_tenant(other)) == 2
    assert len(registry.datasets.of_tenant(other)) == 4
    assert [model.name for model in registry.models.of_tenant(other)] == ["iris", "other"]


def test_a_dataset_goes_with_all_its_versions_and_its_neighbour_stays(registry: Registry, tenant: str) -> None:
    registry.fill(tenant)
    assert registry.erasure.dataset(tenant, "iris") == 2
    assert {each.dataset for each in registry.datasets.of_tenant(tenant)} == {"iris-2"}


def test_a_run_goes_with_its_attempts(registry: Registry, tenant: str) -> None:
    registry.fill(tenant)
    first, second = run(tenant, 1), run(tenant, 2)
    assert registry.erasure.run(tenant, first.id) >= 2
    assert registry.runs.find(tenant, first.id) is None
    assert list(registry.runs.attempts(tenant, first.id)) == []
    assert registry.runs.of_upload(tenant, "upload-1") is None
    assert registry.runs.of_upload(tenant, "upload-2") == second.id
    assert [each.id for each in registry.runs.of_tenant(tenant)] == [second.id]
    assert registry.erasure.run(tenant, first.id) == 0


def test_a_model_goes_with_its_ledger_and_its_name_begins_anew(registry: Registry, tenant: str) -> None:
    registry.fill(tenant)
    assert registry.erasure.model(tenant, "iris") > 0
    assert list(registry.models.versions(tenant, "iris")) == []
    assert registry.models.alias(tenant, "iris", "champion") is None
    assert list(registry.models.ledger(tenant, "iris")) == []
    assert registry.retrainings.of_model(tenant, "iris", 9) == []
    assert len(registry.retrainings.of_model(tenant, "other", 9)) == 2
    assert [model.name for model in registry.models.of_tenant(tenant)] == ["other"]
    assert registry.models.register(version(tenant)).number == 1


def test_a_version_goes_and_its_number_is_not_given_again(registry: Registry, tenant: str) -> None:
    registry.fill(tenant)
    first = registry.models.version(tenant, "iris", 1)
    assert first is not None
    assert registry.erasure.version(first) == 1
    assert [each.number for each in registry.models.versions(tenant, "iris")] == [2]
    assert registry.models.version(tenant, "iris", 1) is None
    assert registry.models.register(replace(first, number=0)).number == 3  # the same run, once more
    with pytest.raises(NotFound):
        registry.erasure.version(first)


def test_a_version_that_serves_stays(registry: Registry, tenant: str) -> None:
    registry.fill(tenant)
    serving = registry.models.version(tenant, "iris", 2)
    assert serving is not None
    with pytest.raises(Conflict) as refused:
        registry.erasure.version(serving)
    assert refused.value.code == "version_serves"
    assert registry.models.version(tenant, "iris", 2) == serving


def test_a_version_that_no_alias_ever_named_goes(registry: Registry, tenant: str) -> None:
    only = registry.models.register(version(tenant))
    assert registry.erasure.version(only) == 1

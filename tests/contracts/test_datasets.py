from __future__ import annotations

from dataclasses import replace

import pytest

from millrace.adapters.datasets import DynamoDatasets
from millrace.ports import Datasets
from tests.contracts.racing import race
from tests.contracts.samples import dataset, location, moment
from tests.fakes.datasets import FakeDatasets


@pytest.fixture(params=["fake", "aws"])
def datasets(request: pytest.FixtureRequest) -> Datasets:
    if request.param == "fake":
        return FakeDatasets()
    return DynamoDatasets(request.getfixturevalue("clients").dynamodb(), request.getfixturevalue("table"))


def test_a_content_is_new_once(datasets: Datasets, tenant: str) -> None:
    assert datasets.add(dataset(tenant))
    assert not datasets.add(replace(dataset(tenant), created=moment(50)))
    assert list(datasets.of_tenant(tenant)) == [dataset(tenant)]


def test_the_same_content_is_new_in_another_dataset_and_for_another_tenant(datasets: Datasets, tenant: str) -> None:
    assert datasets.add(dataset(tenant))
    assert datasets.add(replace(dataset(tenant), dataset="other"))
    assert datasets.add(dataset(f"{tenant}-2"))
    assert len(datasets.of_tenant(tenant)) == 2


def test_of_twelve_that_race_one_is_new(datasets: Datasets, tenant: str) -> None:
    assert race(12, lambda _: datasets.add(dataset(tenant))).count(True) == 1


def test_versions_come_oldest_first(datasets: Datasets, tenant: str) -> None:
    made = [dataset(tenant, number) for number in range(12)]
    for each in reversed(made):
        datasets.add(each)
    assert list(datasets.of_tenant(tenant)) == made


def test_an_unversioned_location_is_kept_so(datasets: Datasets, tenant: str) -> None:
    plain = replace(dataset(tenant), data=replace(location(), version_id=None))
    datasets.add(plain)
    assert list(datasets.of_tenant(tenant)) == [plain]


def test_the_newest_is_what_arrived_last(datasets: Datasets, tenant: str) -> None:
    assert datasets.newest(tenant, "iris") is None
    later = replace(dataset(tenant, 1), arrived="0100")
    datasets.add(later)
    datasets.add(replace(dataset(tenant, 2), arrived="00FF"))
    datasets.add(replace(dataset(tenant, 3), dataset="iris-2", arrived="0200"))
    assert datasets.newest(tenant, "iris") == later


def test_a_content_that_comes_again_is_the_newest_again_where_it_lies_now(datasets: Datasets, tenant: str) -> None:
    first = replace(dataset(tenant, 1), arrived="0001")
    datasets.add(first)
    datasets.add(replace(dataset(tenant, 2), arrived="0002"))
    moved = replace(location(b"1"), version_id="v2", parts="a" * 64)
    assert not datasets.add(replace(first, arrived="0003", created=moment(50), data=moved))
    assert datasets.newest(tenant, "iris") == replace(first, arrived="0003", data=moved)
    assert not datasets.add(replace(first, arrived="0002"))
    assert datasets.newest(tenant, "iris") == replace(first, arrived="0003", data=moved)

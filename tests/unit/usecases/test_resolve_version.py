"""Addresses become versions, for a few seconds: an alias may move, and a version be removed."""

from __future__ import annotations

import threading

import pytest

from millrace.domain.errors import NotFound
from millrace.domain.model import Alias, ModelAddress, ModelVersion
from millrace.usecases.resolve_version import Versions
from tests.fakes.clock import FakeClock
from tests.fakes.models import FakeModels
from tests.shelf import Shelf

CHAMPION = ModelAddress("acme", "credit")


class Counted(FakeModels):
    """Counts what is read."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[str] = []

    def alias(self, tenant: str, model: str, name: str) -> Alias | None:
        self.reads.append(f"{tenant}/{model}/{name}")
        return super().alias(tenant, model, name)

    def version(self, tenant: str, model: str, number: int) -> ModelVersion | None:
        self.reads.append(f"{tenant}/{model}/{number}")
        return super().version(tenant, model, number)


@pytest.fixture
def shelf() -> Shelf:
    shelf = Shelf(models=Counted(), clock=FakeClock())
    for bias in (0.0, 1.0):
        shelf.register(bias=bias)
    shelf.point(1)
    return shelf


@pytest.fixture
def reads(shelf: Shelf) -> list[str]:
    assert isinstance(shelf.models, Counted)
    shelf.models.reads.clear()
    return shelf.models.reads


def test_an_alias_is_believed_and_then_read_again(shelf: Shelf, reads: list[str]) -> None:
    versions = Versions(shelf.models, shelf.clock, alias_seconds=2)
    assert versions.find(CHAMPION).number == 1
    shelf.point(2)
    reads.clear()
    shelf.clock.advance(1.99)
    assert versions.find(CHAMPION).number == 1
    assert reads == []
    shelf.clock.advance(0.01)
    assert versions.find(CHAMPION).number == 2
    assert reads == ["acme/credit/champion", "acme/credit/2"]


def test_a_version_is_read_once_by_whatever_name(shelf: Shelf, reads: list[str]) -> None:
    versions = Versions(shelf.models, shelf.clock, alias_seconds=2)
    assert versions.find(ModelAddress("acme", "credit", "1")) == versions.find(CHAMPION)
    versions.find(CHAMPION)
    assert reads.count("acme/credit/1") == 1


@pytest.mark.parametrize("version", ["1", "champion"])
def test_a_version_that_was_removed_is_gone_when_it_is_looked_at_again(shelf: Shelf, version: str) -> None:
    assert isinstance(shelf.models, FakeModels)
    versions, address = Versions(shelf.models, shelf.clock, alias_seconds=2), ModelAddress("acme", "credit", version)
    assert versions.find(address).number == 1
    shelf.models.forget("acme", "credit")
    assert versions.find(address).number == 1
    shelf.clock.advance(2)
    with pytest.raises(NotFound):
        versions.find(address)


def test_absence_is_not_remembered(shelf: Shelf, reads: list[str]) -> None:
    versions = Versions(shelf.models, shelf.clock, alias_seconds=60)
    for address in (ModelAddress("acme", "credit", "3"), ModelAddress("acme", "credit", "challenger")):
        with pytest.raises(NotFound):
            versions.find(address)
    shelf.register(bias=2.0)
    shelf.point(3, "challenger")
    assert versions.find(ModelAddress("acme", "credit", "3")).number == 3
    assert versions.find(ModelAddress("acme", "credit", "challenger")).number == 3


@pytest.mark.parametrize("version", ["champion", "1", "challenger"])
def test_another_tenants_model_looks_like_none(shelf: Shelf, version: str) -> None:
    versions = Versions(shelf.models, shelf.clock, alias_seconds=2)
    said = set()
    for tenant, model in (("rival", "credit"), ("rival", "nothing"), ("acme", "nothing")):
        with pytest.raises(NotFound) as caught:
            versions.find(ModelAddress(tenant, model, version))
        said.add((caught.value.message.replace(model, "?"), caught.value.code, caught.value.field, caught.value.hint))
    assert len(said) == 1


@pytest.mark.parametrize(
    ("model", "version"),
    [
        ("credit#champion", "champion"),
        ("Credit", "champion"),
        ("", "champion"),
        ("credit", "0"),
        ("credit", "01"),
        ("credit", "-1"),
        ("credit", "\u0661"),
        ("credit", "1" * 63),
        ("credit", "champion#1"),
    ],
)
def test_what_is_no_name_is_not_found(shelf: Shelf, model: str, version: str) -> None:
    with pytest.raises(NotFound):
        Versions(shelf.models, shelf.clock, alias_seconds=2).find(ModelAddress("acme", model, version))


def test_a_slow_reader_does_not_bring_back_what_the_alias_left(shelf: Shelf) -> None:
    """One thread reads the alias, then waits; it moves; another reads it; the first ends and must not undo that."""
    read, moved = threading.Event(), threading.Event()

    class Slow(FakeModels):
        def alias(self, tenant: str, model: str, name: str) -> Alias | None:
            found = shelf.models.alias(tenant, model, name)
            if threading.current_thread() is slow:
                read.set()
                moved.wait(5)
            return found

        def version(self, tenant: str, model: str, number: int) -> ModelVersion | None:
            return shelf.models.version(tenant, model, number)

    versions = Versions(Slow(), shelf.clock, alias_seconds=2)
    slow = threading.Thread(target=lambda: versions.find(CHAMPION))
    slow.start()
    assert read.wait(5)
    shelf.clock.advance(0.5)
    shelf.point(2)
    assert versions.find(CHAMPION).number == 2
    moved.set()
    slow.join(5)
    assert versions.find(CHAMPION).number == 2

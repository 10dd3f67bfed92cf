"""Every model that serves is looked at, the one first that waited longest, whatever becomes of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from millrace.domain.access import Tenant
from millrace.domain.errors import Unavailable
from millrace.usecases.watch_models import Address, WatchPorts, watch
from tests.fakes.tenants import FakeTenants
from tests.fakes.truth_store import FakeTruthStore
from tests.unit.usecases.watching import NOON, TENANT, Watched, older, usual

AMPLE = 900.0


class Watching:
    def __init__(self, watched: Watched) -> None:
        self.looked: list[Address] = []
        self.failed: list[tuple[Address, str]] = []
        self.ports = WatchPorts(
            FakeTenants(Tenant(TENANT, NOON), Tenant("empty", NOON)),
            watched.models,
            watched.ports,
            lambda address, _: self.looked.append(address),
            lambda address, error: self.failed.append((address, str(error))),
        )


def three() -> Watched:
    watched = Watched()
    for model in ("a", "b", "c"):
        watched.serve(model=model)
        watched.answered(usual(300), model=model)
    return watched


def test_every_model_is_looked_at_and_counted() -> None:
    watched = three()
    watched.answered(older(600), model="b")
    watched.serve(model="old", baseline=None)
    watching = Watching(watched)
    seen = watch(watching.ports, lambda: AMPLE)
    assert (seen.standings, seen.unwatched, seen.left, seen.troubles) == ({"stable": 2, "drifted": 1}, 1, 0, [])
    assert sorted(model for _, model in watching.looked) == ["a", "b", "c", "old"]


def test_one_that_fails_stops_no_other() -> None:
    watched = three()

    class Away(FakeTruthStore):
        def hours(self, tenant: str, model: str) -> Sequence[str]:
            if model == "a":
                raise Unavailable("S3 is away")
            return super().hours(tenant, model)

    watched.truth, watching = Away(), Watching(watched)
    ports = replace(watching.ports, detecting=watched.ports)
    seen = watch(ports, lambda: AMPLE)
    assert (seen.standings, seen.troubles) == ({"stable": 2}, ["unavailable"])
    assert watching.failed == [((TENANT, "a"), "S3 is away")]


def test_those_left_come_first_the_next_time() -> None:
    watched = three()
    left = iter([AMPLE, AMPLE, 59.0])
    first = Watching(watched)
    assert watch(first.ports, lambda: next(left)).left == 1
    assert [model for _, model in first.looked] == ["a", "b"]
    watched.clock.advance(3600)
    second = Watching(watched)
    assert watch(second.ports, lambda: AMPLE).left == 0
    assert [model for _, model in second.looked] == ["c", "a", "b"]


def test_one_model_can_be_meant() -> None:
    watching = Watching(three())
    seen = watch(watching.ports, lambda: AMPLE, (TENANT, "b"))
    assert (seen.standings, watching.looked) == ({"stable": 1}, [(TENANT, "b")])


def test_a_registry_that_is_away_is_told() -> None:
    class Away(FakeTenants):
        def all(self) -> list[Tenant]:
            raise Unavailable("DynamoDB is away")

    with pytest.raises(Unavailable):
        watch(replace(Watching(three()).ports, tenants=Away()), lambda: AMPLE)


def test_nobody_need_listen() -> None:
    watched = three()
    ports = WatchPorts(FakeTenants(Tenant(TENANT, NOON)), watched.models, watched.ports)
    assert watch(ports, lambda: AMPLE).standings == {"stable": 3}

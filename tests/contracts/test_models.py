from __future__ import annotations

from dataclasses import replace

import pytest

from millrace.adapters.models import DynamoModels
from millrace.domain.errors import NotFound
from millrace.domain.model import CHAMPION, Alias, Model
from millrace.ports import Models
from tests.contracts.racing import race
from tests.contracts.samples import move, version
from tests.fakes.models import FakeModels

OTHER = "challenger"  # an alias beside the champion


@pytest.fixture(params=["fake", "aws"])
def models(request: pytest.FixtureRequest) -> Models:
    if request.param == "fake":
        return FakeModels()
    return DynamoModels(request.getfixturevalue("clients").dynamodb(), request.getfixturevalue("table"))


def test_versions_are_numbered_from_one(models: Models, tenant: str) -> None:
    given = [version(tenant) for _ in range(12)]
    made = [models.register(each) for each in given]
    assert made == [replace(each, number=number) for number, each in enumerate(given, 1)]
    assert list(models.versions(tenant, "iris")) == made
    assert models.version(tenant, "iris", 12) == made[-1]


def test_the_same_run_registers_once(models: Models, tenant: str) -> None:
    first = models.register(version(tenant, run_id="a"))
    models.register(version(tenant, run_id="b"))
    assert models.register(replace(version(tenant, run_id="a"), model_size=1)) == first
    assert len(models.versions(tenant, "iris")) == 2


def test_another_artifact_of_the_same_run_is_another_version(models: Models, tenant: str) -> None:
    first = models.register(version(tenant, run_id="a"))
    retried = replace(version(tenant, run_id="a"), model_digest="e" * 64, manifest_digest="f" * 64)
    second = models.register(retried)
    assert second == replace(retried, number=2)
    assert models.register(retried) == second
    assert models.register(version(tenant, run_id="a")) == first
    assert len(models.versions(tenant, "iris")) == 2


def test_racing_runs_get_each_a_number(models: Models, tenant: str) -> None:
    made = race(12, lambda _: models.register(version(tenant)))
    assert sorted(each.number for each in made) == list(range(1, 13))
    assert list(models.versions(tenant, "iris")) == sorted(made, key=lambda each: each.number)


def test_one_run_that_races_itself_registers_once(models: Models, tenant: str) -> None:
    made = race(12, lambda _: models.register(version(tenant, run_id="a")))
    assert {each.number for each in made} == {1}
    assert len(models.versions(tenant, "iris")) == 1


def test_what_is_not_there_is_none_or_empty(models: Models, tenant: str) -> None:
    models.register(version(tenant))
    assert models.version(tenant, "iris", 0) is None
    assert models.version(tenant, "iris", 2) is None
    assert models.version(tenant, "other", 1) is None
    assert list(models.versions(tenant, "other")) == []
    assert models.alias(tenant, "iris", CHAMPION) is None
    assert list(models.ledger(tenant, "iris")) == []


def test_another_tenant_sees_nothing(models: Models, tenant: str) -> None:
    models.register(version(tenant))
    models.move(move(tenant, 1, None, 1))
    other = f"{tenant}-2"
    assert models.version(other, "iris", 1) is None
    assert models.alias(other, "iris", CHAMPION) is None
    assert list(models.of_tenant(other)) == []
    assert list(models.ledger(other, "iris")) == []


def test_models_come_by_name_with_count_and_champion(models: Models, tenant: str) -> None:
    for name in ("wine", "iris", "iris"):
        models.register(version(tenant, name))
    models.move(move(tenant, 1, None, 2))
    assert list(models.of_tenant(tenant)) == [Model(tenant, "iris", 2, 2), Model(tenant, "wine", 1, None)]


def test_a_registration_after_a_move_keeps_the_champion(models: Models, tenant: str) -> None:
    models.register(version(tenant))
    models.move(move(tenant, 1, None, 1))
    models.register(version(tenant))
    assert list(models.of_tenant(tenant)) == [Model(tenant, "iris", 2, 1)]


def test_an_alias_moves_and_the_ledger_tells(models: Models, tenant: str) -> None:
    for _ in range(2):
        models.register(version(tenant))
    moves = [move(tenant, 1, None, 1), move(tenant, 2, 1, 2), move(tenant, 3, 2, 1)]
    assert [models.move(each) for each in moves] == [True, True, True]
    assert models.alias(tenant, "iris", CHAMPION) == Alias(tenant, "iris", CHAMPION, version=1, moves=3)
    assert list(models.ledger(tenant, "iris")) == moves
    assert [models.move_of(tenant, "iris", CHAMPION, number) for number in range(5)] == [None, *moves, None]
    assert models.move_of(tenant, "iris", OTHER, 1) is None


def test_aliases_move_apart_and_only_the_champion_shows_in_the_model(models: Models, tenant: str) -> None:
    for _ in range(2):
        models.register(version(tenant))
    models.move(move(tenant, 1, None, 1))
    models.move(replace(move(tenant, 1, None, 2, alias=OTHER), at=move(tenant, 9, None, 1).at))
    assert models.alias(tenant, "iris", OTHER) == Alias(tenant, "iris", OTHER, version=2, moves=1)
    assert list(models.of_tenant(tenant)) == [Model(tenant, "iris", 2, 1)]
    assert [each.alias for each in models.ledger(tenant, "iris")] == [CHAMPION, OTHER]


@pytest.mark.parametrize(
    ("sequence", "before"),
    [(1, None), (2, 2), (1, 1), (3, 1), (2, None)],
    ids=["again", "elsewhere", "first, from somewhere", "ahead", "second, from nowhere"],
)
def test_a_move_that_begins_elsewhere_changes_nothing(
    models: Models, tenant: str, sequence: int, before: int | None
) -> None:
    for _ in range(2):
        models.register(version(tenant))
    models.move(move(tenant, 1, None, 1))
    assert not models.move(move(tenant, sequence, before, 2))
    assert models.alias(tenant, "iris", CHAMPION) == Alias(tenant, "iris", CHAMPION, version=1, moves=1)
    assert list(models.ledger(tenant, "iris")) == [move(tenant, 1, None, 1)]
    assert list(models.of_tenant(tenant)) == [Model(tenant, "iris", 2, 1)]


def test_a_move_back_and_forth_is_not_mistaken_for_none(models: Models, tenant: str) -> None:
    for _ in range(2):
        models.register(version(tenant))
    for each in (move(tenant, 1, None, 1), move(tenant, 2, 1, 2), move(tenant, 3, 2, 1)):
        models.move(each)
    assert not models.move(move(tenant, 2, 1, 2))  # stands at 1 again, but has moved since


def test_a_move_to_no_version_is_refused(models: Models, tenant: str) -> None:
    with pytest.raises(NotFound):
        models.move(move(tenant, 1, None, 1))
    models.register(version(tenant))
    with pytest.raises(NotFound):
        models.move(move(tenant, 1, None, 2))
    assert models.alias(tenant, "iris", CHAMPION) is None
    assert list(models.ledger(tenant, "iris")) == []


def test_of_twelve_racing_moves_one_wins(models: Models, tenant: str) -> None:
    for _ in range(13):
        models.register(version(tenant))
    models.move(move(tenant, 1, None, 13))
    won = race(12, lambda number: models.move(move(tenant, 2, 13, number + 1)))
    winner = won.index(True) + 1
    assert won.count(True) == 1
    assert models.alias(tenant, "iris", CHAMPION) == Alias(tenant, "iris", CHAMPION, version=winner, moves=2)
    assert list(models.of_tenant(tenant)) == [Model(tenant, "iris", 13, winner)]
    assert [each.after for each in models.ledger(tenant, "iris")] == [13, winner]


def test_of_twelve_racing_first_moves_one_wins(models: Models, tenant: str) -> None:
    for _ in range(12):
        models.register(version(tenant))
    won = race(12, lambda number: models.move(move(tenant, 1, None, number + 1)))
    assert won.count(True) == 1
    assert [each.after for each in models.ledger(tenant, "iris")] == [won.index(True) + 1]

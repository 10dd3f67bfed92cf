"""Twelve people promote twelve versions at the same moment: one wins, and the ledger knows of no other."""

from __future__ import annotations

from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from millrace.adapters.clock import SystemClock
from millrace.adapters.models import DynamoModels
from millrace.adapters.session import Clients
from millrace.domain.errors import Conflict
from millrace.domain.model import CHAMPION, Alias, AliasMove, Model
from millrace.usecases.promote import Promotion, promote, rollback
from tests.contracts.racing import race
from tests.contracts.samples import move, version

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

RACERS = 12


class Lined(DynamoModels):
    """Nobody moves the alias before every racer has seen where it stands: the hardest moment to race at."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        super().__init__(client, table)
        self._line = Barrier(RACERS)

    def alias(self, tenant: str, model: str, name: str) -> Alias | None:
        seen = super().alias(tenant, model, name)
        self._line.wait(timeout=60)
        return seen

    def ledger(self, tenant: str, model: str) -> list[AliasMove]:
        seen = super().ledger(tenant, model)
        self._line.wait(timeout=60)
        return list(seen)


@pytest.fixture
def models(clients: Clients, table: str, tenant: str) -> DynamoModels:
    """Thirteen versions, the last of which serves."""
    shelf = DynamoModels(clients.dynamodb(), table)
    for _ in range(RACERS + 1):
        shelf.register(version(tenant))
    assert shelf.move(move(tenant, 1, None, RACERS + 1))
    return shelf


def test_of_twelve_racing_promotions_one_wins_and_eleven_are_told(
    models: DynamoModels, clients: Clients, table: str, tenant: str
) -> None:
    lined = Lined(clients.dynamodb(), table)

    def promoted(racer: int) -> AliasMove | str:
        try:
            line = promote(Promotion(tenant, "iris", racer + 1, f"user {racer}", "mine"), lined, SystemClock())
        except Conflict as error:
            return error.code
        assert line is not None
        return line

    answers = race(RACERS, promoted)
    [won] = [answer for answer in answers if isinstance(answer, AliasMove)]
    assert answers.count("alias_moved") == RACERS - 1
    assert list(models.ledger(tenant, "iris")) == [move(tenant, 1, None, RACERS + 1), won]
    assert models.alias(tenant, "iris", CHAMPION) == Alias(tenant, "iris", CHAMPION, won.after, 2)
    assert list(models.of_tenant(tenant)) == [Model(tenant, "iris", RACERS + 1, won.after)]


def test_of_twelve_racing_rollbacks_one_wins(models: DynamoModels, clients: Clients, table: str, tenant: str) -> None:
    assert promote(Promotion(tenant, "iris", 1, "ada", "better"), models, SystemClock()) is not None
    lined = Lined(clients.dynamodb(), table)

    def rolled(racer: int) -> bool:
        try:
            rollback(tenant, "iris", f"user {racer}", "complaints", lined, SystemClock())
        except Conflict:
            return False
        return True

    assert race(RACERS, rolled).count(True) == 1
    assert [line.after for line in models.ledger(tenant, "iris")] == [RACERS + 1, 1, RACERS + 1]

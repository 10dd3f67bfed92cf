from __future__ import annotations

import random
import statistics
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from millrace.adapters import table as tables
from millrace.adapters.table import Pause, Table, put, update
from millrace.domain.access import Tenant
from millrace.domain.errors import Conflict, TooLarge, Unavailable

TENANT = Tenant("acme", "2026-01-01T00:00:00.000Z")


class Dynamo:
    """A client whose transactions are answered from a list: None for well, else the reasons of each write."""

    def __init__(self, *answers: list[str] | None) -> None:
        self.answers = list(answers)
        self.sent: list[Any] = []

    def transact_write_items(self, **given: Any) -> None:
        self.sent.append(given["TransactItems"])
        reasons = self.answers.pop(0)
        if reasons is not None:
            raise cancelled(*({"Code": code} for code in reasons))


def cancelled(*reasons: dict[str, str]) -> ClientError:
    answer = {
        "Error": {"Code": "TransactionCanceledException", "Message": "cancelled"},
        "CancellationReasons": list(reasons),
    }
    return ClientError(cast("Any", answer), "TransactWriteItems")


@pytest.fixture
def waits() -> list[float]:
    """The seconds of each wait, none of which is waited."""
    return []


def table(client: Dynamo, waits: list[float] | None = None, seed: int | None = None) -> Table:
    sleep = ([] if waits is None else waits).append
    return Table(cast("Any", client), "registry", Pause(sleep, random.Random(seed).uniform))


WRITES = [put(TENANT, "TENANTS", "a"), put(TENANT, "TENANTS", "b")]


def test_all_writes_go_in_one_transaction_on_the_table() -> None:
    client = Dynamo(None)
    assert table(client).commit(WRITES, "x") is None
    ((first, second),) = client.sent
    assert (first["Put"]["TableName"], second["Put"]["Item"]["sk"]) == ("registry", {"S": "b"})


@pytest.mark.parametrize(
    ("reasons", "position"),
    [
        (["ConditionalCheckFailed", "None"], 0),
        (["None", "ConditionalCheckFailed"], 1),
        (["TransactionConflict", "ConditionalCheckFailed"], 1),
    ],
)
def test_the_first_condition_that_does_not_hold_is_told(reasons: list[str], position: int, waits: list[float]) -> None:
    assert table(Dynamo(reasons), waits).commit(WRITES, "x") == position
    assert waits == []


@pytest.mark.parametrize("reason", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_collision_is_tried_again_after_a_wait(reason: str, waits: list[float]) -> None:
    client = Dynamo([reason, "None"], ["None", reason], None)
    assert table(client, waits).commit(WRITES, "x") is None
    assert len(client.sent) == 3
    assert len(waits) == 2
    assert client.sent[0] == client.sent[2]


def test_collisions_without_end_are_given_up(waits: list[float]) -> None:
    client = Dynamo(*[["TransactionConflict"]] * tables.ATTEMPTS)
    with pytest.raises(Unavailable):
        table(client, waits).commit(WRITES, "run 1")
    assert len(client.sent) == tables.ATTEMPTS
    assert 0 < sum(waits) < 0.02 * 2**tables.ATTEMPTS


def test_racers_wait_each_another_time_and_longer_with_every_try() -> None:
    racers = []
    for seed in range(12):
        waits: list[float] = []
        client = Dynamo(*[["TransactionConflict"]] * (tables.ATTEMPTS - 1), None)
        assert table(client, waits, seed).commit(WRITES, "x") is None
        racers.append(waits)
    tries = list(zip(*racers, strict=True))
    assert len(tries) == tables.ATTEMPTS - 1
    assert all(len(set(waits)) == len(racers) for waits in tries)
    assert all(max(waits) <= 0.01 * 2**attempt for attempt, waits in enumerate(tries, 1))
    typical = [statistics.median(waits) for waits in tries]
    assert typical == sorted(typical)


def test_a_write_that_can_never_succeed_is_not_tried_again() -> None:
    with pytest.raises(Conflict):
        table(Dynamo(["ValidationError", "None"])).commit(WRITES, "x")


def test_a_record_that_is_too_large_says_so() -> None:
    class Full(Dynamo):
        def transact_write_items(self, **given: Any) -> None:
            raise cancelled({"Code": "ValidationError", "Message": "Item size has exceeded the maximum allowed size"})

    with pytest.raises(TooLarge):
        table(Full()).add(TENANT, "TENANTS", "a")


def test_an_update_names_its_fields_and_values() -> None:
    written = update("P", "S", {"versions": 2}, "#versions = :before AND #outcome.#state = :running", {"before": 1})
    assert written["Update"] == {
        "Key": {"pk": {"S": "P"}, "sk": {"S": "S"}},
        "UpdateExpression": "SET #versions = :new_versions",
        "ConditionExpression": "#versions = :before AND #outcome.#state = :running",
        "ExpressionAttributeNames": {"#outcome": "outcome", "#state": "state", "#versions": "versions"},
        "ExpressionAttributeValues": {":new_versions": {"N": "2"}, ":before": {"N": "1"}},
    }

from __future__ import annotations

from dataclasses import replace

import pytest

from millrace.adapters.session import Clients
from millrace.adapters.unclaimed import EXPIRY, PARTITION, PLACES, DynamoUnclaimed
from millrace.domain.digest import of_value
from millrace.domain.refusal import Refusal
from millrace.domain.run import Failure
from millrace.ports import Unclaimed
from tests.contracts.samples import moment
from tests.fakes.unclaimed import FakeUnclaimed


@pytest.fixture(params=["fake", "aws"])
def unclaimed(request: pytest.FixtureRequest) -> Unclaimed:
    if request.param == "fake":
        return FakeUnclaimed()
    return DynamoUnclaimed(request.getfixturevalue("clients").dynamodb(), request.getfixturevalue("table"))


def refusal(name: str, second: int = 1) -> Refusal:
    failure = Failure("unknown_tenant", "there is no tenant “größe”", "create it", "tenant")
    return Refusal(of_value(name), f"größe/{name}.csv", 7, moment(second), failure)


def mine(unclaimed: Unclaimed, *names: str) -> list[Refusal]:
    return [each for each in unclaimed.all() if each.id in {of_value(name) for name in names}]


def test_what_was_refused_is_kept_newest_first(unclaimed: Unclaimed) -> None:
    made = [refusal("a", 1), refusal("b", 3), refusal("c", 2)]
    for each in made:
        unclaimed.add(each)
    assert mine(unclaimed, "a", "b", "c") == [made[1], made[2], made[0]]


def test_the_same_again_is_kept_once(unclaimed: Unclaimed) -> None:
    unclaimed.add(refusal("again"))
    unclaimed.add(refusal("again", 9))
    assert mine(unclaimed, "again") == [refusal("again", 9)]


def test_no_more_are_kept_than_there_are_places(clients: Clients, table: str) -> None:
    unclaimed = DynamoUnclaimed(clients.dynamodb(), table)
    first = refusal("first")
    other = replace(first, id=f"{int(first.id[:12], 16) + PLACES:012x}{first.id[12:]}", key="other")
    unclaimed.add(first)
    unclaimed.add(other)
    found = unclaimed.all()
    assert other in found
    assert first not in found


def test_a_record_says_when_it_may_go(clients: Clients, table: str) -> None:
    DynamoUnclaimed(clients.dynamodb(), table).add(replace(refusal("late"), at="2026-01-01T00:00:00.000Z"))
    answer = clients.dynamodb().query(
        TableName=table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": PARTITION}},
    )
    (item,) = [each for each in answer["Items"] if each["id"]["S"] == of_value("late")]
    assert item[EXPIRY] == {"N": "1769817600"}  # 30 days later

from __future__ import annotations

from dataclasses import replace

import pytest

from millrace.adapters.retrainings import DynamoRetrainings
from millrace.adapters.session import Clients
from millrace.adapters.unclaimed import EXPIRY
from millrace.domain.retraining import Cause, Refusal, Retraining
from millrace.ports import Retrainings
from tests.contracts.racing import race
from tests.contracts.samples import moment
from tests.fakes.retrainings import FakeRetrainings

MODEL = "iris"


@pytest.fixture(params=["fake", "aws"])
def retrainings(request: pytest.FixtureRequest) -> Retrainings:
    if request.param == "fake":
        return FakeRetrainings()
    return DynamoRetrainings(request.getfixturevalue("clients").dynamodb(), request.getfixturevalue("table"))


def started(tenant: str, second: int, model: str = MODEL) -> Retraining:
    says = "drift of a severity of 1.50 in “größe”"
    return Retraining(tenant, model, moment(second), Cause.DRIFT, says, run_id=f"{second:032x}", rows=second)


def refusal(tenant: str, second: int, why: Refusal = Refusal.COOLDOWN, day: str = "2026-02-28") -> Retraining:
    at = day + moment(second)[len(day) :]
    return Retraining(tenant, MODEL, at, Cause.DRIFT, f"as of {second}", refusal=why, rows=second)


def test_decisions_are_told_newest_first_whatever_they_are(retrainings: Retrainings, tenant: str) -> None:
    made = [refusal(tenant, 1), started(tenant, 2), refusal(tenant, 3, Refusal.DAILY_LIMIT), started(tenant, 4)]
    resumed = Retraining(tenant, MODEL, moment(5), Cause.PERSON, "mended", resumed=True, who="user Jörg")
    for each in (made[0], made[2], resumed):
        retrainings.add(each)
    assert retrainings.start(made[1], after=None)
    assert retrainings.start(made[3], after=made[1].at)
    expected = [resumed, *reversed(made)]
    assert list(retrainings.of_model(tenant, MODEL, 9)) == expected
    assert list(retrainings.of_model(tenant, MODEL, 2)) == expected[:2]
    assert list(retrainings.begun(tenant, MODEL, 9)) == [resumed, made[3], made[1]]
    assert list(retrainings.begun(tenant, MODEL, 2)) == [resumed, made[3]]


def test_nothing_was_decided_about_a_model_that_nobody_asked_about(retrainings: Retrainings, tenant: str) -> None:
    assert list(retrainings.of_model(tenant, MODEL, 9)) == []
    assert list(retrainings.begun(tenant, MODEL, 9)) == []


def test_models_and_tenants_are_apart(retrainings: Retrainings, tenant: str) -> None:
    others = [(tenant, "iris-2"), (tenant, "a"), (f"{tenant}-2", MODEL)]
    for whose, model in others:
        assert retrainings.start(started(whose, 1, model), after=None)
        retrainings.add(replace(refusal(whose, 2), model=model))
    assert list(retrainings.of_model(tenant, MODEL, 9)) == []
    assert list(retrainings.begun(tenant, MODEL, 9)) == []
    for whose, model in others:
        assert len(retrainings.of_model(whose, model, 9)) == 2
        assert len(retrainings.begun(whose, model, 9)) == 1


def test_equal_refusals_of_a_day_are_one_that_is_counted(retrainings: Retrainings, tenant: str) -> None:
    for second in (1, 2, 3):
        retrainings.add(refusal(tenant, second))
    retrainings.add(refusal(tenant, 4, Refusal.TOO_FEW_ROWS))
    retrainings.add(refusal(tenant, 5, day="2026-03-01"))
    retrainings.add(replace(refusal(tenant, 6), cause=Cause.PERSON))
    found = retrainings.of_model(tenant, MODEL, 9)
    assert [(each.count, each.since, each.says) for each in found] == [
        (1, None, "as of 5"),
        (1, None, "as of 6"),
        (1, None, "as of 4"),
        (3, moment(1), "as of 3"),
    ]


def test_a_start_follows_the_last_one_that_its_maker_knew_of(retrainings: Retrainings, tenant: str) -> None:
    first, second = started(tenant, 1), started(tenant, 2)
    assert retrainings.start(first, after=None)
    retrainings.add(Retraining(tenant, MODEL, moment(1), Cause.PERSON, "mended", resumed=True))  # which is no start
    assert not retrainings.start(second, after=None)
    assert not retrainings.start(second, after=second.at)
    assert retrainings.start(second, after=first.at)
    assert [each.run_id for each in retrainings.begun(tenant, MODEL, 9) if each.run_id] == [second.run_id, first.run_id]


def test_of_many_at_once_one_starts(retrainings: Retrainings, tenant: str) -> None:
    won = race(8, lambda number: retrainings.start(started(tenant, number), after=None))
    assert won.count(True) == 1
    assert [each.rows for each in retrainings.begun(tenant, MODEL, 9)] == [won.index(True)]


def test_a_refusal_says_when_it_may_go_and_a_start_stays(clients: Clients, table: str, tenant: str) -> None:
    retrainings = DynamoRetrainings(clients.dynamodb(), table)
    retrainings.start(started(tenant, 1), after=None)
    retrainings.add(refusal(tenant, 0, day="2026-01-01"))
    answer = clients.dynamodb().query(
        TableName=table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"RETRAININGS#{tenant}"}},
    )
    assert [item[EXPIRY] for item in answer["Items"] if EXPIRY in item] == [{"N": "1798761600"}]  # a year later
    assert len(answer["Items"]) == 3

from __future__ import annotations

from dataclasses import replace

import pytest

from millrace.adapters.runs import DynamoRuns
from millrace.domain.run import Outcome
from millrace.ports import Runs
from tests.contracts.racing import race
from tests.contracts.samples import REJECTED, RUNNING, SUCCEEDED, attempt, moment, run
from tests.fakes.runs import FakeRuns


@pytest.fixture(params=["fake", "aws"])
def runs(request: pytest.FixtureRequest) -> Runs:
    if request.param == "fake":
        return FakeRuns()
    return DynamoRuns(request.getfixturevalue("clients").dynamodb(), request.getfixturevalue("table"))


def test_a_run_is_found_as_it_was_claimed(runs: Runs, tenant: str) -> None:
    assert runs.claim(run(tenant))
    assert runs.find(tenant, run(tenant).id) == run(tenant)


def test_an_unknown_run_is_none_and_has_no_attempts(runs: Runs, tenant: str) -> None:
    assert runs.find(tenant, "0" * 32) is None
    assert list(runs.attempts(tenant, "0" * 32)) == []
    assert list(runs.of_tenant(tenant)) == []


def test_another_tenant_sees_nothing(runs: Runs, tenant: str) -> None:
    runs.claim(run(tenant))
    other = f"{tenant}-2"
    assert runs.find(other, run(tenant).id) is None
    assert list(runs.of_tenant(other)) == []
    assert not runs.conclude(other, run(tenant).id, 1, SUCCEEDED, moment(9))


def test_a_second_claim_changes_nothing(runs: Runs, tenant: str) -> None:
    runs.claim(run(tenant))
    assert not runs.claim(replace(run(tenant), created=moment(50)))
    assert runs.find(tenant, run(tenant).id) == run(tenant)


def test_of_twelve_that_race_one_claims(runs: Runs, tenant: str) -> None:
    assert race(12, lambda _: runs.claim(run(tenant))).count(True) == 1


def test_a_run_that_ended_at_once_is_kept_so(runs: Runs, tenant: str) -> None:
    refused = replace(run(tenant), outcome=REJECTED, finished=moment(9))
    assert runs.claim(refused)
    assert runs.find(tenant, refused.id) == refused


def test_an_attempt_raises_the_count(runs: Runs, tenant: str) -> None:
    runs.claim(run(tenant))
    assert runs.claim_attempt(attempt(run(tenant)))
    assert list(runs.attempts(tenant, run(tenant).id)) == [attempt(run(tenant))]
    assert runs.find(tenant, run(tenant).id) == replace(run(tenant), attempts=1)


def test_only_the_next_attempt_can_be_claimed(runs: Runs, tenant: str) -> None:
    assert not runs.claim_attempt(attempt(run(tenant)))  # there is no run yet
    runs.claim(run(tenant))
    assert not runs.claim_attempt(attempt(run(tenant), 2))
    assert runs.claim_attempt(attempt(run(tenant), 1))
    assert not runs.claim_attempt(replace(attempt(run(tenant), 1), started=moment(500)))
    assert list(runs.attempts(tenant, run(tenant).id)) == [attempt(run(tenant), 1)]


def test_of_twelve_that_race_one_gets_the_attempt(runs: Runs, tenant: str) -> None:
    runs.claim(run(tenant))
    assert race(12, lambda _: runs.claim_attempt(attempt(run(tenant)))).count(True) == 1
    assert len(runs.attempts(tenant, run(tenant).id)) == 1


def test_attempts_come_by_number(runs: Runs, tenant: str) -> None:
    runs.claim(run(tenant))
    for number in range(1, 13):
        assert runs.claim_attempt(attempt(run(tenant), number))
    assert [each.number for each in runs.attempts(tenant, run(tenant).id)] == list(range(1, 13))


@pytest.mark.parametrize("outcome", [SUCCEEDED, REJECTED], ids=lambda outcome: str(outcome.state))
def test_concluding_closes_the_run_and_its_attempt(runs: Runs, tenant: str, outcome: Outcome) -> None:
    runs.claim(run(tenant))
    runs.claim_attempt(attempt(run(tenant)))
    assert runs.conclude(tenant, run(tenant).id, 1, outcome, moment(900))
    closed = replace(run(tenant), attempts=1, outcome=outcome, finished=moment(900))
    assert runs.find(tenant, run(tenant).id) == closed
    ended = replace(attempt(run(tenant)), outcome=outcome, finished=moment(900))
    assert list(runs.attempts(tenant, run(tenant).id)) == [ended]


def test_a_final_run_stays_as_it_is(runs: Runs, tenant: str) -> None:
    runs.claim(run(tenant))
    runs.claim_attempt(attempt(run(tenant)))
    runs.conclude(tenant, run(tenant).id, 1, SUCCEEDED, moment(900))
    before = runs.find(tenant, run(tenant).id)
    assert not runs.conclude(tenant, run(tenant).id, 1, REJECTED, moment(901))
    assert runs.find(tenant, run(tenant).id) == before


def test_of_twelve_that_race_one_concludes(runs: Runs, tenant: str) -> None:
    runs.claim(run(tenant))
    runs.claim_attempt(attempt(run(tenant)))
    outcomes = [SUCCEEDED, REJECTED] * 6
    won = race(12, lambda n: runs.conclude(tenant, run(tenant).id, 1, outcomes[n], moment(n)))
    closed = runs.find(tenant, run(tenant).id)
    assert won.count(True) == 1
    assert closed is not None
    assert (closed.outcome, closed.finished) == (outcomes[won.index(True)], moment(won.index(True)))


def test_nothing_concludes_that_never_began(runs: Runs, tenant: str) -> None:
    assert not runs.conclude(tenant, run(tenant).id, 1, SUCCEEDED, moment(9))
    runs.claim(run(tenant))
    assert not runs.conclude(tenant, run(tenant).id, 1, SUCCEEDED, moment(9))
    assert not runs.conclude(tenant, run(tenant).id, 0, SUCCEEDED, moment(9))
    assert runs.find(tenant, run(tenant).id) == run(tenant)


def test_a_new_attempt_reopens_a_final_run(runs: Runs, tenant: str) -> None:
    runs.claim(run(tenant))
    runs.claim_attempt(attempt(run(tenant)))
    runs.conclude(tenant, run(tenant).id, 1, REJECTED, moment(900))
    assert runs.claim_attempt(attempt(run(tenant), 2))
    assert runs.find(tenant, run(tenant).id) == replace(run(tenant), attempts=2)
    assert [each.outcome for each in runs.attempts(tenant, run(tenant).id)] == [REJECTED, RUNNING]


def test_a_late_answer_of_an_earlier_attempt_does_not_close_the_run(runs: Runs, tenant: str) -> None:
    runs.claim(run(tenant))
    runs.claim_attempt(attempt(run(tenant)))
    runs.claim_attempt(attempt(run(tenant), 2))
    assert not runs.conclude(tenant, run(tenant).id, 1, REJECTED, moment(900))
    assert runs.conclude(tenant, run(tenant).id, 2, SUCCEEDED, moment(901))


def test_runs_come_newest_first_without_their_attempts(runs: Runs, tenant: str) -> None:
    made = [run(tenant, number) for number in range(12)]
    for each in made:
        runs.claim(each)
        runs.claim_attempt(attempt(each))
    found = list(runs.of_tenant(tenant))
    assert found == [replace(each, attempts=1) for each in reversed(made)]


def test_a_listing_longer_than_a_page_is_whole(runs: Runs, tenant: str) -> None:
    made = [run(tenant, number, features=10_000) for number in range(12)]  # of about 170 KB each; a page has 1 MB
    for each in made:
        runs.claim(each)
    assert list(runs.of_tenant(tenant)) == made[::-1]

"""Runs as their tenant sees them."""

from __future__ import annotations

import pytest

from millrace.domain.errors import InvalidInput, NotFound
from millrace.domain.run import Attempt, Outcome, Run, RunState
from millrace.usecases.show_runs import MAX_LIMIT, list_runs, show_run
from tests import samples
from tests.fakes.runs import FakeRuns

RUN = "{:032x}"


@pytest.fixture
def runs() -> FakeRuns:
    held = FakeRuns()
    for day in (1, 3, 2):
        held.claim(samples.run(id=RUN.format(day), created=f"2026-01-0{day}T00:00:00.000Z"))
    return held


def test_the_newest_come_first_and_no_more_than_asked(runs: FakeRuns) -> None:
    first = list_runs("acme", 2, runs)
    assert [run.id for run in first.runs] == [RUN.format(3), RUN.format(2)]
    second = list_runs("acme", 2, runs, first.next)
    assert ([run.id for run in second.runs], second.next) == ([RUN.format(1)], None)
    assert list(list_runs("other", 2, runs).runs) == []


@pytest.mark.parametrize("after", ["", "x", "2026-01-03T00:00:00.000Z", "~" + "f" * 32, "2~" + "F" * 32, "9" * 99])
def test_a_cursor_is_one_of_ours(runs: FakeRuns, after: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        list_runs("acme", 2, runs, after)
    assert caught.value.field == "after"


def test_what_waits_is_shown_with_its_place(runs: FakeRuns) -> None:
    for number in (8, 9):
        runs.claim(samples.run(id=RUN.format(number), outcome=Outcome(RunState.QUEUED), queued=samples.NOW))
    assert list_runs("acme", 9, runs).places == {RUN.format(8): 1, RUN.format(9): 2}
    assert show_run("acme", RUN.format(9), runs).place == 2
    assert show_run("acme", RUN.format(1), runs).place is None


@pytest.mark.parametrize("limit", [0, -1, MAX_LIMIT + 1])
def test_a_limit_has_bounds(runs: FakeRuns, limit: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        list_runs("acme", limit, runs)
    assert caught.value.field == "limit"


def test_a_run_comes_with_its_attempts(runs: FakeRuns) -> None:
    attempt = Attempt("acme", RUN.format(1), 1, samples.NOW, Outcome(RunState.RUNNING))
    runs.claim_attempt(attempt)
    history = show_run("acme", RUN.format(1), runs)
    assert (history.run.id, list(history.attempts)) == (RUN.format(1), [attempt])


@pytest.mark.parametrize(
    ("tenant", "run_id"),
    [("other", RUN.format(1)), ("acme", RUN.format(9)), ("acme", "1"), ("acme", RUN.format(1) + "\n")],
)
def test_another_tenants_run_is_as_one_that_is_not(runs: FakeRuns, tenant: str, run_id: str) -> None:
    with pytest.raises(NotFound):
        show_run(tenant, run_id, runs)


@pytest.mark.parametrize("run_id", ["f" * 1025, "F" * 32, "g" * 32, ""])
def test_what_is_no_id_is_never_looked_up(run_id: str) -> None:
    class Closed(FakeRuns):
        def find(self, tenant: str, run_id: str) -> Run | None:
            raise AssertionError(run_id)

    with pytest.raises(NotFound, match="there is no run") as caught:
        show_run("acme", run_id, Closed())
    assert len(caught.value.message) < 300

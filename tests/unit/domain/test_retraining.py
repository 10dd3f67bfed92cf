"""The guards between drift and a run: one by one, and together over whole histories."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millrace.domain.retraining import (
    BREAKER_LOST,
    GUARDS,
    Cause,
    Facts,
    Refusal,
    Retraining,
    lost_in_a_row,
    refused,
)
from millrace.domain.run import Outcome, RunState
from millrace.domain.spec import Spec

BEGINNING = datetime(2026, 11, 1, tzinfo=UTC)
WON = Outcome(RunState.SUCCEEDED, version=2, promoted=True)
LOST = Outcome(RunState.SUCCEEDED, version=2)
REJECTED, FAILED = Outcome(RunState.REJECTED), Outcome(RunState.FAILED)
CANCELLED, RUNNING = Outcome(RunState.CANCELLED), Outcome(RunState.RUNNING)
SPEC = Spec(retrain_least_rows=200)  # a cooldown of 6 hours, 2 a day, 200 new rows


def at(hours: float) -> str:
    return (BEGINNING + timedelta(hours=hours)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def start(hours: float, run_id: str = "", rows: int = 0) -> Retraining:
    return Retraining("acme", "churn", at(hours), Cause.DRIFT, "it began", run_id=run_id or f"at-{hours:g}", rows=rows)


def resumed(hours: float) -> Retraining:
    return Retraining("acme", "churn", at(hours), Cause.PERSON, "mended", resumed=True, who="Ada")


def facts(*past: Retraining, hours: float = 100.0, ends: dict[str, Outcome] | None = None, **changes: Any) -> Facts:
    """Facts to which nothing objects: drift, no history, many rows. `past` is newest first."""
    known = {each.run_id: WON for each in past if each.run_id} | (ends or {})
    fresh = Facts(at(hours), Cause.DRIFT, SPEC, severity=1.5, rows=100_000, past=past, ends=known)
    return replace(fresh, **changes)


def lost(count: int, last: float = 0.0) -> tuple[list[Retraining], dict[str, Outcome]]:
    """So many challengers that lost, a week apart."""
    starts = [start(last - 168 * number) for number in range(count)]
    return starts, {each.run_id: LOST for each in starts if each.run_id}


def why(told: Facts) -> Refusal | None:
    objection = refused(told)
    return objection[0] if objection else None


def says(told: Facts) -> str:
    objection = refused(told)
    assert objection is not None
    return objection[1]


def test_with_nothing_against_it_a_run_begins() -> None:
    assert refused(facts()) is None
    assert refused(facts(rows=200)) is None
    assert refused(facts(severity=1.0)) is None
    assert refused(facts(start(0))) is None


@pytest.mark.parametrize(
    ("told", "expected", "figures"),
    [
        (facts(severity=None), Refusal.NOT_DRIFTING, ["no drift was measured"]),
        (facts(severity=0.994), Refusal.NOT_DRIFTING, ["0.99", "counts from 1 on"]),
        (facts(spec=Spec(retrain_least_rows=200, retrain=False)), Refusal.DISABLED, ["retrain: false"]),
        (facts(open_run="f" * 32), Refusal.IN_PROGRESS, ["f" * 32]),
        (facts(start(98)), Refusal.COOLDOWN, ["2.0 hours ago", at(98), "retrain_cooldown_hours is 6"]),
        (facts(start(94.1)), Refusal.COOLDOWN, ["5.9 hours ago"]),
        (facts(start(93), start(90)), Refusal.DAILY_LIMIT, ["2 retrainings", "24 hours", "retrain_daily_limit is 2"]),
        (facts(rows=199), Refusal.TOO_FEW_ROWS, ["199 rows", "199 in all", "retrain_least_rows is 200"]),
        (facts(start(0, rows=300), rows=499), Refusal.TOO_FEW_ROWS, ["199 rows", "499 in all"]),
        (facts(start(0, rows=300), rows=100), Refusal.TOO_FEW_ROWS, ["0 rows", "100 in all"]),
    ],
    ids=lambda value: str(value) if isinstance(value, Refusal) else "",
)
def test_a_refusal_names_its_figures(told: Facts, expected: Refusal, figures: list[str]) -> None:
    assert why(told) is expected
    for figure in figures:
        assert figure in says(told)


@pytest.mark.parametrize(
    ("hours", "expected"), [(5.999, Refusal.COOLDOWN), (6.0, None), (-1.0, Refusal.COOLDOWN)], ids=str
)
def test_the_cooldown_ends_to_the_second(hours: float, expected: Refusal | None) -> None:
    assert why(facts(start(100 - hours))) is expected


def test_without_a_cooldown_the_next_may_begin_at_once() -> None:
    assert why(facts(start(100), spec=Spec(retrain_least_rows=200, retrain_cooldown_hours=0))) is None


def test_the_day_of_the_daily_limit_has_24_hours() -> None:
    assert why(facts(start(93), start(76.01))) is Refusal.DAILY_LIMIT
    assert why(facts(start(93), start(76.0))) is None
    assert why(facts(start(93), spec=Spec(retrain_least_rows=200, retrain_daily_limit=1))) is Refusal.DAILY_LIMIT


@pytest.mark.parametrize(("recent", "expected"), [(199, Refusal.TOO_FEW_ROWS), (200, None)])
def test_rows_captured_since_are_new_though_as_many_old_ones_expired(recent: int, expected: Refusal | None) -> None:
    told = facts(start(0, rows=5000), rows=4800, recent=recent)
    assert (why(told), told.new_rows) == (expected, recent)


@pytest.mark.parametrize("end", [FAILED, CANCELLED], ids=["failed", "cancelled"])
def test_a_run_that_learned_nothing_used_up_no_rows(end: Outcome) -> None:
    newest, before = start(10, rows=900), start(0, rows=500)
    assert why(facts(newest, before, ends={"at-10": end}, rows=800)) is None
    assert why(facts(newest, before, rows=800)) is Refusal.TOO_FEW_ROWS


@pytest.mark.parametrize("end", [FAILED, CANCELLED], ids=["failed", "cancelled"])
def test_a_run_that_learned_nothing_is_not_begun_anew_all_day(end: Outcome) -> None:
    assert why(facts(start(98), ends={"at-98": end})) is Refusal.COOLDOWN
    assert why(facts(start(93), start(86), ends={"at-93": end, "at-86": end})) is Refusal.DAILY_LIMIT


@pytest.mark.parametrize(("count", "expected"), [(2, None), (3, Refusal.BREAKER), (4, Refusal.BREAKER)])
def test_the_breaker_opens_after_three_that_lost(count: int, expected: Refusal | None) -> None:
    starts, ends = lost(count)
    assert why(facts(*starts, ends=ends)) is expected


def test_the_breaker_names_how_many_and_the_last() -> None:
    starts, ends = lost(3)
    assert "3 challengers in a row lost, the last by run at-0" in says(facts(*starts, ends=ends))


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ([LOST, LOST, LOST], 3),
        ([LOST, REJECTED, LOST], 3),
        ([LOST, FAILED, LOST, CANCELLED, LOST], 3),
        ([RUNNING, LOST, LOST, LOST], 3),
        ([LOST, WON, LOST, LOST, LOST], 1),
        ([WON, LOST, LOST, LOST], 0),
        ([FAILED, FAILED, FAILED, FAILED], 0),
        ([], 0),
    ],
)
def test_what_counts_as_lost(ends: list[Outcome], expected: int) -> None:
    """A run that ended by our own fault, or by a person's hand, neither lost nor won."""
    starts = [start(-number) for number in range(len(ends))]
    known = {each.run_id: end for each, end in zip(starts, ends, strict=True) if each.run_id}
    assert len(lost_in_a_row(starts, known)) == expected


def test_a_run_that_was_begun_twice_lost_once() -> None:
    starts = [start(-number, "same") for number in range(3)]
    assert lost_in_a_row(starts, {"same": LOST}) == ["same"]


def test_a_start_whose_run_is_not_known_breaks_no_row() -> None:
    starts, ends = lost(3)
    assert len(lost_in_a_row([starts[0], start(-1, "unknown"), *starts[1:]], ends)) == 3


def test_a_resumption_closes_the_breaker_and_three_more_open_it_again() -> None:
    starts, ends = lost(3)
    assert why(facts(resumed(1), *starts, ends=ends)) is None
    later = [start(hours) for hours in (90, 60, 30)]
    both = ends | {each.run_id: LOST for each in later if each.run_id}
    assert why(facts(*later[1:], resumed(1), *starts, ends=both)) is None
    assert why(facts(*later, resumed(1), *starts, ends=both)) is Refusal.BREAKER


PERSON_PASSES = {Refusal.NOT_DRIFTING, Refusal.COOLDOWN, Refusal.DAILY_LIMIT}
STARTS, ENDS = lost(3)
OBJECTIONS: dict[Refusal, dict[str, Any]] = {
    Refusal.NOT_DRIFTING: {"severity": None},
    Refusal.DISABLED: {"spec": Spec(retrain_least_rows=200, retrain=False)},
    Refusal.BREAKER: {"past": tuple(STARTS), "ends": ENDS},
    Refusal.IN_PROGRESS: {"open_run": "f" * 32},
    Refusal.COOLDOWN: {"past": (start(99),)},
    Refusal.DAILY_LIMIT: {"past": (start(93), start(86))},
    Refusal.TOO_FEW_ROWS: {"rows": 1},
}


def test_every_guard_has_its_objection_here() -> None:
    assert [guard.refusal for guard in GUARDS] == list(OBJECTIONS)
    assert {guard.refusal for guard in GUARDS if not guard.stops_people} == PERSON_PASSES
    assert set(Refusal) - set(OBJECTIONS) == {Refusal.NO_CHAMPION}  # which is found out before


@pytest.mark.parametrize("refusal", OBJECTIONS)
def test_a_person_passes_some_guards_and_no_others(refusal: Refusal) -> None:
    told = facts(**OBJECTIONS[refusal])
    assert why(told) is refusal
    assert why(replace(told, cause=Cause.PERSON)) is (None if refusal in PERSON_PASSES else refusal)


@given(chosen=st.sets(st.sampled_from(list(OBJECTIONS)), min_size=1))
def test_of_several_objections_the_first_of_the_table_is_told(chosen: set[Refusal]) -> None:
    changes: dict[str, Any] = {}
    for refusal in OBJECTIONS:
        if refusal in chosen:
            more = OBJECTIONS[refusal]
            changes |= {name: value for name, value in more.items() if name not in changes}
    if {Refusal.BREAKER, Refusal.COOLDOWN} <= chosen or {Refusal.BREAKER, Refusal.DAILY_LIMIT} <= chosen:
        return  # two histories at once
    if {Refusal.COOLDOWN, Refusal.DAILY_LIMIT} <= chosen:
        changes["past"] = (start(99), start(86))
    assert why(facts(**changes)) is min(chosen, key=list(OBJECTIONS).index)


def test_rows_that_are_not_counted_yet_object_to_nothing() -> None:
    assert refused(facts(rows=None)) is None
    assert why(facts(rows=None, severity=0.0)) is Refusal.NOT_DRIFTING


WAITS = st.floats(min_value=0.05, max_value=30, allow_nan=False)
CAUSES = st.sampled_from([Cause.DRIFT, Cause.DRIFT, Cause.DRIFT, Cause.PERSON])
RESULTS = st.sampled_from([WON, LOST, LOST, LOST, REJECTED, FAILED, CANCELLED])
STEPS = st.lists(st.tuples(WAITS, CAUSES, RESULTS, st.booleans()), max_size=60)


@given(steps=STEPS, cooldown=st.floats(0, 48), limit=st.integers(1, 4))
def test_over_any_history_the_guards_keep_their_word(
    steps: list[tuple[float, Cause, Outcome, bool]], cooldown: float, limit: int
) -> None:
    """Reasons come at any time, runs end in any way, and now and then somebody resumes what stopped."""
    spec = Spec(retrain_least_rows=200, retrain_cooldown_hours=cooldown, retrain_daily_limit=limit)
    past: list[Retraining] = []
    ends: dict[str, Outcome] = {}
    now, rows, row, open_ = 0.0, 0, 0, False
    for wait, cause, end, resumes in steps:
        now += wait
        rows += 200
        told = facts(*past, hours=now, ends=ends, spec=spec, cause=cause, rows=rows)
        objection = why(told)
        assert (objection is Refusal.BREAKER) == open_  # from the third that lost until somebody resumes
        if open_ and resumes:
            past.insert(0, resumed(now))
            row, open_ = 0, False
        if objection is not None:
            continue
        if cause is Cause.DRIFT:
            hours = [told.hours_since(each) for each in past if each.run_id]
            assert all(each >= cooldown for each in hours)
            assert sum(each < 24 for each in hours) < limit
        begun = start(now, f"run-{len(past)}", rows)
        past.insert(0, begun)
        ends[begun.run_id or ""] = end
        row = 0 if end.promoted else row + (end.state in {RunState.SUCCEEDED, RunState.REJECTED})
        open_ = row >= BREAKER_LOST


def test_what_a_person_took_back_holds_retraining_until_somebody_resumes_it() -> None:
    assert why(facts(start(0), champion=WON.version)) is None
    assert why(facts(start(0), champion=1)) is Refusal.BREAKER
    assert "version 2" in says(facts(start(0), champion=1))
    assert why(facts(resumed(10), start(0), champion=1)) is None

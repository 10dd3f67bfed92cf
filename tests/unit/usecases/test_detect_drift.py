"""A window of captures against the champion's baseline: what is read, what is found, and who is told."""

from __future__ import annotations

import pytest

from millrace.domain.capture import Partition
from millrace.domain.drift import Standing, metric_name
from millrace.domain.sketch import HourSketch
from millrace.domain.spec import Spec
from millrace.domain.truth import Truth
from millrace.usecases.detect_drift import PERSISTS, detect
from millrace.usecases.sketch_captures import CHUNKS
from tests.unit.usecases.watching import MODEL, NOON, TENANT, Watched, older, usual

METRIC = metric_name(TENANT, MODEL)
OBJECTS = 131


@pytest.fixture
def watched() -> Watched:
    made = Watched()
    made.serve()
    return made


def test_captures_as_the_training_rows_are_stable(watched: Watched) -> None:
    watched.answered(usual(500))
    found = watched.look()
    assert (found.standing, found.rows, found.version) == (Standing.STABLE, 500, 1)
    assert found.severity is not None
    assert found.severity < 1
    assert watched.metrics.latest(METRIC, 5) == found.severity
    assert watched.reminders.published == []


def test_captures_that_moved_away_are_drifted_and_the_metric_says_so(watched: Watched) -> None:
    watched.answered(older(500))
    found = watched.look()
    assert found.standing is Standing.DRIFTED
    assert found.worst is not None
    assert found.worst.column == "age"
    assert found.severity == found.worst.severity >= 1
    assert watched.metrics.latest(METRIC, 5) == found.severity
    assert (found.since, found.until) == ("2026-11-24T11:55:00.000Z", "2026-11-24T11:55:00.000Z")


def test_too_few_captures_are_no_verdict_and_move_no_alarm(watched: Watched) -> None:
    watched.answered(older(199))
    found = watched.look()
    assert (found.standing, found.severity, found.rows) == (Standing.NOT_ENOUGH_DATA, None, 199)
    assert watched.metrics.latest(METRIC, 60) is None
    watched.clock.advance(60)
    none = Watched()
    none.serve()
    nothing = none.look()
    assert (nothing.standing, nothing.rows) == (Standing.NOT_ENOUGH_DATA, 0)


def test_no_capture_object_is_read_twice(watched: Watched) -> None:
    watched.answered(usual(300))
    watched.answered(usual(300), minutes=-65)
    watched.look()
    watched.answered(usual(10), minutes=-64)
    watched.clock.advance(3600)
    found = watched.look()
    assert found.rows == 610
    assert sorted(watched.captures.reads) == sorted(watched.captures.held)


def test_the_window_is_the_newest_rows_within_the_hours(watched: Watched) -> None:
    watched.answered(older(600), minutes=-60 * 24 * 8)  # more than a week old
    watched.answered(older(600), minutes=-180)
    watched.answered(usual(600), minutes=-120)
    watched.answered(usual(600), minutes=-10)
    found = watched.look()
    assert (found.rows, found.standing) == (1200, Standing.STABLE)
    watched.serve(Spec(drift_rows=1_000_000))
    for minutes in (-180.0, -10.0):
        watched.answered(older(600), minutes=minutes, version=2)
    watched.answered(older(600), minutes=-60 * 24 * 8, version=2)
    assert watched.look().rows == 1200


def test_a_busy_hour_is_not_the_whole_window() -> None:
    watched = Watched()
    watched.serve(Spec(drift_rows=400, drift_least_hours=2))
    watched.answered(older(600), minutes=-200)
    watched.answered(usual(600), minutes=-130)
    watched.answered(usual(600), minutes=-10)
    assert watched.look().rows == 1200


def test_a_column_can_be_left_out_of_the_search() -> None:
    watched = Watched()
    watched.serve(Spec(drift_exclude=("age",)))
    watched.answered(older(600))
    found = watched.look()
    assert found.standing is Standing.STABLE
    assert "age" not in {finding.column for finding in found.findings}


def test_hours_beyond_the_window_are_not_read(watched: Watched) -> None:
    watched.answered(usual(1000), minutes=-600)
    watched.answered(usual(1000), minutes=-60)
    watched.answered(usual(600), minutes=-10)
    assert watched.look().rows == 1600
    assert len(watched.captures.reads) == 2


def test_only_what_the_champion_answered_counts(watched: Watched) -> None:
    watched.answered(older(500))
    watched.serve()
    watched.answered(usual(400), version=2)
    found = watched.look()
    assert (found.version, found.rows, found.standing) == (2, 400, Standing.STABLE)


def test_an_object_of_several_versions_is_split(watched: Watched) -> None:
    watched.serve()
    watched.answered(usual(300), version=1)
    watched.answered(usual(250), version=2)
    [one, other] = list(watched.captures.held)
    watched.captures.held[one] += watched.captures.held.pop(other)
    assert watched.look().rows == 250


def test_a_reminder_follows_while_drift_persists_and_only_then(watched: Watched) -> None:
    watched.answered(older(500))
    watched.look()
    assert watched.reminders.published == []
    watched.clock.advance(3600)
    watched.look()
    assert watched.reminders.published == [(PERSISTS, {"reminder": {"tenant": TENANT, "model": MODEL}})]


def test_errors_where_truth_is_known_are_judged(watched: Watched) -> None:
    ids = watched.answered(usual(500))  # which were answered good and bad by turns
    watched.truth.add(Partition(TENANT, MODEL, "2026-11-24T11"), [Truth(each, "good") for each in ids])
    found = watched.look()
    assert found.labelled == 500
    assert found.standing is Standing.DRIFTED
    assert found.worst is not None
    assert found.worst.test in {"accuracy", "log_loss"}


def test_fields_that_are_not_captured_are_not_judged() -> None:
    watched = Watched()
    watched.serve(Spec(capture_fields=("colour",)))
    watched.answered([{"colour": row["colour"]} for row in usual(500)])
    found = watched.look()
    assert found.standing is Standing.STABLE
    assert {finding.column for finding in found.findings} & {"age"} == set()


def test_a_value_of_another_release_that_can_not_be_read_is_counted(watched: Watched) -> None:
    rows = usual(500)
    for row in rows[:100]:
        row["age"] = "elderly"
    watched.answered(rows)
    found = watched.look()
    assert found.standing is Standing.DRIFTED
    [finding] = [each for each in found.findings if each.column == "age" and each.drifted and each.test == "unreadable"]
    assert finding.statistic == pytest.approx(0.2)


def test_a_champion_without_a_baseline_can_not_be_watched() -> None:
    watched = Watched()
    watched.serve(baseline=None)
    watched.answered(usual(500))
    assert detect(TENANT, MODEL, watched.ports) is None
    assert detect(TENANT, "absent", watched.ports) is None


def test_rows_of_a_version_that_was_deleted_are_passed_over(watched: Watched) -> None:
    watched.answered(usual(300))
    watched.answered(usual(300), version=9)
    assert watched.look().rows == 300


def test_many_small_objects_are_kept_as_few_chunks_of_the_same_rows(watched: Watched) -> None:
    for index in range(OBJECTS):
        watched.answered(usual(10), minutes=-59 + index / 10)
    assert watched.look().rows >= 1000
    hour = watched.documents.read(HourSketch, f"{TENANT}/{MODEL}/sketches/2026-11-24T11.json")
    assert len(hour.chunks) <= CHUNKS
    assert sum(chunk.sketch.rows for chunk in hour.chunks) == 10 * OBJECTS
    assert [chunk.since for chunk in hour.chunks] == sorted(chunk.since for chunk in hour.chunks)


def test_what_was_found_is_kept_for_good(watched: Watched) -> None:
    watched.answered(usual(500))
    found = watched.look()
    held = watched.documents.held
    assert held[f"{TENANT}/{MODEL}/drift/latest.json"] == held[f"{TENANT}/{MODEL}/drift/{NOON}.json"]
    assert found.at == NOON


def test_a_damaged_object_is_told_and_the_others_count(watched: Watched) -> None:
    watched.answered(usual(300), minutes=-70)
    watched.answered(usual(301))
    watched.captures.held[max(watched.captures.held)][5] = b"{"
    for _ in range(2):
        found = watched.look()
        assert (found.rows, found.damaged) == (300, 1)
    assert len(watched.captures.reads) == 2

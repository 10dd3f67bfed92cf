"""After three challengers that lost nothing more is tried: a person is told once, and may resume."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from millrace.domain.errors import Conflict, InvalidInput, Unavailable
from millrace.domain.retraining import Refusal
from millrace.domain.run import Outcome, RunState
from millrace.protocol import retraining_event
from millrace.usecases.resume_retraining import resume
from millrace.usecases.retrain import STOPPED, retrain
from millrace.usecases.retraining_past import past_of
from tests.fakes.announcements import FakeAnnouncements
from tests.unit.usecases.drifting import BY_A_PERSON, BY_DRIFT, HOUR, MODEL, TENANT, Place


def test_after_three_that_lost_a_person_is_told_once(place: Place) -> None:
    place.lose(3)
    assert place.told.published == []
    for hours in (1, 30, 24 * 40):
        place.clock.advance(hours * HOUR)
        place.drift()
        assert place.retrain().refusal is Refusal.BREAKER
    assert [kind for kind, _ in place.told.published] == [STOPPED, STOPPED]  # each of two listeners, once
    detail: Any = place.told.published[0][1]
    jsonschema.Draft202012Validator(retraining_event.schema()).validate(detail)
    runs = [each.run_id for each in place.decisions if each.run_id]
    assert (detail["tenant"], detail["model"], detail["lost"]) == (TENANT, MODEL, runs)
    assert "millrace retrainings resume credit" in detail["hint"]


def test_one_that_fails_by_our_fault_is_no_lost_challenger(place: Place) -> None:
    place.lose(2)
    place.clock.advance(168 * HOUR)
    place.label(1000)
    place.drift()
    place.end(place.retrain(), Outcome(RunState.FAILED))
    place.lose(1)
    assert past_of(TENANT, MODEL, place.ports).is_broken


def test_a_person_resumes_and_three_more_stop_it_and_are_told_again(place: Place) -> None:
    place.lose(3)
    place.drift()
    assert place.retrain().refusal is Refusal.BREAKER
    place.clock.advance(HOUR)
    decision = resume(TENANT, MODEL, "user ada", " the labels were late ", place.ports)
    assert (decision.resumed, decision.who, decision.says) == (True, "user ada", "the labels were late")
    assert place.decisions[0] == decision
    place.lose(3)
    place.clock.advance(HOUR)
    place.drift()
    assert place.retrain().refusal is Refusal.BREAKER
    assert len(place.told.published) == 4


def test_the_breaker_holds_people_back_too(place: Place) -> None:
    place.lose(3)
    assert place.retrain(BY_A_PERSON).refusal is Refusal.BREAKER


def test_what_has_not_stopped_is_not_resumed(place: Place) -> None:
    place.lose(2)
    with pytest.raises(Conflict) as refused:
        resume(TENANT, MODEL, "user ada", "why not", place.ports)
    assert refused.value.code == "not_stopped"
    with pytest.raises(InvalidInput) as wordless:
        resume(TENANT, MODEL, "user ada", " ", place.ports)
    assert wordless.value.code == "no_reason"


def test_who_can_t_be_told_is_told_the_next_time(place: Place) -> None:
    class Deaf(FakeAnnouncements):
        def publish(self, kind: str, detail: object) -> None:
            raise Unavailable("the bus is away")

    place.lose(3)
    place.drift()
    with pytest.raises(Unavailable):
        retrain(BY_DRIFT, replace(place.ports, announcements=(Deaf(),)))
    assert place.retrain().refusal is Refusal.BREAKER
    assert len(place.told.published) == 2

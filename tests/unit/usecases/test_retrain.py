"""From drift to a run, past the guards; every decision recorded, and each run begun once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from millrace.domain import challenger, drift
from millrace.domain.errors import Unavailable
from millrace.domain.notation import DecimalMark
from millrace.domain.retraining import Cause, Refusal
from millrace.domain.run import Outcome, Run, RunState, execution_name
from millrace.usecases.advance import advance
from millrace.usecases.retrain import Wish, retrain
from tests import samples
from tests.contracts.racing import race
from tests.fakes.runs import FakeRuns
from tests.unit.usecases.drifting import BY_A_PERSON, BY_DRIFT, HOUR, LOST, MODEL, ORIGIN, SCHEMA, TENANT, WON, Place


def test_drift_begins_a_run_on_the_captures_with_truth(place: Place) -> None:
    decision = place.retrain()
    run = place.run(decision)
    (version,) = place.datasets.of_tenant(TENANT)
    assert (run.tenant, run.dataset, run.data, run.data.bucket) == (TENANT, MODEL, version.data, "captures")
    manifest = samples.manifest(schema=SCHEMA)
    assert run.spec == replace(challenger.spec_of(manifest, ("amount", "class")), retrain_least_rows=200)
    assert (run.spec.target, run.spec.decimal) == ("class", DecimalMark.COMMA)
    assert run.origin == replace(ORIGIN, content=version.digest)
    assert (run.outcome.state, run.attempts) == (RunState.RUNNING, 1)
    assert set(place.workflow.started) == {execution_name(run.id, 1)}
    assert place.decisions == [decision]
    assert (decision.cause, decision.refusal, decision.rows, decision.at) == (Cause.DRIFT, None, 1000, run.created)
    assert decision.says == "drift of a severity of 1.50; 1000 rows have truth, 1000 of them new"


def test_what_the_spec_names_and_captures_lack_is_left_out_of_it(place: Place) -> None:
    place.serve(exclude=("id",), features=("amount",))
    spec = place.run(place.retrain()).spec
    assert (spec.exclude, spec.features) == ((), ("amount",))


def test_what_is_new_is_what_came_since_the_last_one(place: Place) -> None:
    place.end(place.retrain(), WON)
    place.clock.advance(7 * HOUR)
    place.drift()
    place.label(199)
    assert place.retrain().refusal is Refusal.TOO_FEW_ROWS
    place.label(1)
    assert "1200 rows have truth, 200 of them new" in place.retrain().says


def test_rows_are_new_though_old_captures_expired_since(place: Place) -> None:
    place.end(place.retrain(), WON)
    place.clock.advance(24 * 365 * HOUR)
    place.drift()
    place.truth.truth.clear()
    place.truth.indexes.clear()
    place.label(199, year=2026)
    assert place.retrain().refusal is Refusal.TOO_FEW_ROWS
    place.label(1, year=2026)
    assert "200 rows have truth, 200 of them new" in place.retrain().says


@pytest.mark.parametrize("severity", [0.0, 0.99])
def test_the_model_s_own_metric_is_read_again(place: Place, severity: float) -> None:
    place.clock.advance(1)
    place.drift(severity)
    decision = place.retrain()
    assert (decision.refusal, place.decisions) == (Refusal.NOT_DRIFTING, [decision])
    assert place.runs.of_tenant(TENANT) == []


def test_another_model_s_drift_is_not_this_one_s() -> None:
    place = Place()
    place.serve()
    place.metrics.publish(drift.metric_name(TENANT, "other"), 9.0)
    assert place.retrain().refusal is Refusal.NOT_DRIFTING


def test_a_severity_from_long_ago_does_not_count(place: Place) -> None:
    place.clock.advance(125 * 60 + 1)
    assert place.retrain().refusal is Refusal.NOT_DRIFTING


def test_a_model_that_there_is_not_leaves_no_trace(place: Place) -> None:
    assert retrain(Wish(TENANT, "other"), place.ports) is None
    assert retrain(Wish("other", MODEL), place.ports) is None
    assert place.retrainings.of_model(TENANT, "other", 9) == []


def test_a_model_without_a_champion_is_refused() -> None:
    place = Place()
    place.models.register(samples.version())
    decision = place.retrain()
    assert (decision.refusal, place.decisions) == (Refusal.NO_CHAMPION, [decision])


def test_the_spec_that_counts_is_the_champion_s(place: Place) -> None:
    place.serve(retrain=False)
    assert place.retrain().refusal is Refusal.DISABLED
    place.serve(retrain_least_rows=1001)
    assert place.retrain().refusal is Refusal.TOO_FEW_ROWS
    place.serve(retrain_least_rows=999)
    assert place.retrain().refusal is None


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.QUEUED])
def test_while_a_run_of_the_dataset_is_open_none_begins(place: Place, state: RunState) -> None:
    ours = samples.run(outcome=Outcome(RunState.QUEUED), queued=samples.NOW)
    other = replace(ours, dataset="other", id="0" * 32)
    for run in (other, ours) if state is RunState.QUEUED else (ours, other):
        place.runs.claim(run)
    ports = replace(place.ports, runs_per_tenant=1)
    advance(TENANT, ports)
    decision = retrain(BY_DRIFT, ports)
    assert decision is not None
    assert (decision.refusal, ours.id in decision.says) == (Refusal.IN_PROGRESS, True)


def test_a_run_of_another_dataset_does_not_stand_in_the_way(place: Place) -> None:
    place.runs.claim(samples.run(dataset="other", id="0" * 32, outcome=Outcome(RunState.QUEUED), queued=samples.NOW))
    assert place.retrain().refusal is None


def test_rows_are_counted_only_where_nothing_else_objects(place: Place) -> None:
    place.clock.advance(3 * HOUR)
    assert place.retrain().refusal is Refusal.NOT_DRIFTING
    assert place.truth.looks == 0


def test_captures_that_make_no_dataset_are_refused() -> None:
    place = Place()
    place.truth.indexes.clear()
    place.label(1000, whole=False)
    place.serve()
    place.drift()
    decision = place.retrain()
    assert (decision.refusal, decision.rows) == (Refusal.TOO_FEW_ROWS, 1000)
    assert "capture_fields" in decision.says
    assert place.runs.of_tenant(TENANT) == []


def test_the_same_notice_again_begins_nothing(place: Place) -> None:
    first = place.retrain()
    again = place.retrain()
    assert again.refusal is Refusal.IN_PROGRESS
    assert str(first.run_id) in again.says
    place.end(first, LOST)
    place.label(1000)
    assert place.retrain().refusal is Refusal.COOLDOWN
    assert len(place.workflow.started) == 1


def test_of_many_notices_at_once_one_begins_a_run(place: Place) -> None:
    told = race(8, lambda _: place.retrain())
    begun = [each for each in told if each.run_id]
    assert len(begun) == 1
    assert {each.refusal for each in told if not each.run_id} == {Refusal.IN_PROGRESS}
    assert len(place.runs.of_tenant(TENANT)) == len(place.workflow.started) == 1


class CrashingRuns(FakeRuns):
    """The function ends before the run comes to be, once."""

    def claim(self, run: Run, upload: str | None = None) -> bool:
        if "crashed" not in vars(self):
            self.crashed = True
            raise Unavailable("the table is away")
        return super().claim(run, upload)


def test_a_start_that_crashed_before_its_run_came_to_be_is_made_up_for() -> None:
    place = Place(runs=CrashingRuns())
    place.serve()
    place.drift()
    with pytest.raises(Unavailable):
        place.retrain()
    assert place.retrain().refusal is Refusal.IN_PROGRESS  # it may still be on its way
    place.clock.advance(60)
    decision = place.retrain()
    assert (decision.refusal, len(place.workflow.started)) == (None, 1)
    place.clock.advance(HOUR)
    place.end(decision, LOST)
    place.drift()
    assert place.retrain().refusal is Refusal.COOLDOWN


def test_a_run_of_the_same_rows_that_failed_gets_another_attempt(place: Place) -> None:
    first = place.retrain()
    place.end(first, Outcome(RunState.FAILED))
    place.clock.advance(7 * HOUR)
    place.drift()
    again = place.retrain()
    assert again.run_id == first.run_id
    assert (place.run(again).outcome.state, place.run(again).attempts) == (RunState.RUNNING, 2)
    assert set(place.workflow.started) == {execution_name(first.run_id or "", number) for number in (1, 2)}


def test_a_person_passes_what_only_holds_drift_back(place: Place) -> None:
    place.end(place.retrain(), LOST)
    place.label(1000)
    place.clock.advance(3 * HOUR)  # no drift of late, and within the cooldown
    decision = place.retrain(BY_A_PERSON)
    assert (decision.refusal, decision.cause, decision.who) == (None, Cause.PERSON, "user ada")
    assert decision.says == "user ada asked for it; 2000 rows have truth, 1000 of them new"
    assert place.retrain(BY_A_PERSON).refusal is Refusal.IN_PROGRESS


def test_a_refused_person_is_recorded_too(place: Place) -> None:
    place.serve(retrain_least_rows=1001)
    assert place.retrain(BY_A_PERSON).refusal is Refusal.TOO_FEW_ROWS
    assert [(each.cause, each.who) for each in place.decisions] == [(Cause.PERSON, "user ada")]

"""From drift to a run, past the guards; every decision recorded, and each run begun once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import jsonschema
import pytest

from millrace.adapters.documents import dump, load
from millrace.domain import challenger, drift
from millrace.domain.capture import Partition
from millrace.domain.errors import Conflict, InvalidInput, Unavailable
from millrace.domain.manifest import Manifest
from millrace.domain.model import CHAMPION, AliasMove
from millrace.domain.notation import DecimalMark
from millrace.domain.origin import Origin, in_order
from millrace.domain.retraining import Cause, Refusal, Retraining
from millrace.domain.run import Outcome, Run, RunState, execution_name
from millrace.domain.schema import Column, Kind, Schema
from millrace.domain.spec import Spec, Task
from millrace.domain.truth import Labelled
from millrace.protocol import retraining_event
from millrace.usecases.advance import advance
from millrace.usecases.labelled_dataset import DatasetPorts
from millrace.usecases.resume_retraining import resume
from millrace.usecases.retrain import STOPPED, RetrainPorts, Wish, retrain
from millrace.usecases.retraining_past import past_of
from tests import samples
from tests.contracts.racing import race
from tests.fakes.announcements import FakeAnnouncements
from tests.fakes.blobs import FakeBlobs
from tests.fakes.clock import FakeClock
from tests.fakes.datasets import FakeDatasets
from tests.fakes.metrics import FakeMetrics
from tests.fakes.models import FakeModels
from tests.fakes.retrainings import FakeRetrainings
from tests.fakes.runs import FakeRuns
from tests.fakes.truth_store import FakeTruthStore
from tests.fakes.workflow import FakeWorkflow

TENANT, MODEL = samples.TENANT, samples.DATASET
HOUR = 3600.0
ORIGIN = Origin(samples.DATA.digest, in_order("5"), by_default=True)
WON, LOST = Outcome(RunState.SUCCEEDED, version=9, promoted=True), Outcome(RunState.SUCCEEDED, version=9)
SCHEMA = Schema((Column("amount", Kind.NUMBER, decimal=DecimalMark.COMMA),), "class", Task.BINARY, ("bad", "good"))
BY_DRIFT, BY_A_PERSON = Wish(TENANT, MODEL), Wish(TENANT, MODEL, Cause.PERSON, "user ada")


class CountedTruth(FakeTruthStore):
    """Says how often somebody looked for hours with truth."""

    looks = 0

    def hours(self, tenant: str, model: str) -> Sequence[str]:
        self.looks += 1
        return super().hours(tenant, model)


@dataclass
class Place:
    """A model that serves, the captures that got their truth, and everything that retraining touches."""

    clock: FakeClock = field(default_factory=FakeClock)
    models: FakeModels = field(default_factory=FakeModels)
    runs: FakeRuns = field(default_factory=FakeRuns)
    blobs: FakeBlobs = field(default_factory=FakeBlobs)
    retrainings: FakeRetrainings = field(default_factory=FakeRetrainings)
    workflow: FakeWorkflow = field(default_factory=FakeWorkflow)
    told: FakeAnnouncements = field(default_factory=FakeAnnouncements)
    truth: CountedTruth = field(default_factory=CountedTruth)
    datasets: FakeDatasets = field(default_factory=FakeDatasets)

    def __post_init__(self) -> None:
        self.metrics = FakeMetrics(self.clock)
        self.label(1000)

    def label(self, rows: int, *, whole: bool = True) -> None:
        """So many rows more have truth; where they are not `whole`, captures lacked an input."""
        hour = f"2026-11-{len(self.truth.indexes) // 24 + 1:02}T{len(self.truth.indexes) % 24:02}"
        partition = Partition(TENANT, MODEL, hour)
        part = self.truth.keep_part(partition, [b'{"amount":"1,5","class":"good"}'] * rows) if whole else None
        self.truth.add(partition, [])
        self.truth.keep_index(partition, Labelled(part, rows, arrived=in_order("9"), columns="amount"))

    @property
    def ports(self) -> RetrainPorts:
        return RetrainPorts(
            models=self.models,
            runs=self.runs,
            blobs=self.blobs,
            metrics=self.metrics,
            retrainings=self.retrainings,
            workflow=self.workflow,
            clock=self.clock,
            announcements=(self.told, self.told),
            read_manifest=partial(load, Manifest),
            labelled=DatasetPorts(self.truth, self.datasets, self.blobs, self.clock),
            window_minutes=125,
        )

    def serve(self, **wishes: Any) -> None:
        """Another version serves, whose spec has these wishes."""
        made_from = replace(samples.manifest().lineage, spec=Spec(**wishes))
        manifest = self.blobs.put(TENANT, dump(samples.manifest(schema=SCHEMA, lineage=made_from)))
        alias = self.models.alias(TENANT, MODEL, CHAMPION)
        version = self.models.register(
            samples.version(manifest_digest=manifest, run_id=f"made-{wishes}", origin=ORIGIN)
        )
        before, moves = (alias.version, alias.moves) if alias else (None, 0)
        move = AliasMove(TENANT, MODEL, CHAMPION, moves + 1, before, version.number, self.clock.now(), "gate", "")
        assert self.models.move(move)

    def drift(self, severity: float = 1.5) -> None:
        self.metrics.publish(drift.metric_name(TENANT, MODEL), severity)

    def retrain(self, wish: Wish = BY_DRIFT) -> Retraining:
        decision = retrain(wish, self.ports)
        assert decision is not None
        return decision

    def end(self, decision: Retraining, outcome: Outcome) -> None:
        """The run's attempt is over."""
        run = self.run(decision)
        assert self.runs.conclude(TENANT, run.id, run.attempts, outcome, self.clock.now())

    def run(self, decision: Retraining) -> Run:
        assert decision.run_id is not None
        run = self.runs.find(TENANT, decision.run_id)
        assert run is not None
        return run

    def lose(self, count: int) -> None:
        """So many challengers lose, a week apart, each of more rows."""
        for _ in range(count):
            self.clock.advance(168 * HOUR)
            self.label(1000)
            self.drift()
            self.end(self.retrain(), LOST)

    @property
    def decisions(self) -> list[Retraining]:
        return list(self.retrainings.of_model(TENANT, MODEL, 99))


@pytest.fixture
def place() -> Place:
    place = Place()
    place.serve()
    place.drift()
    return place


def test_drift_begins_a_run_on_the_captures_with_truth(place: Place) -> None:
    decision = place.retrain()
    run = place.run(decision)
    (version,) = place.datasets.of_tenant(TENANT)
    assert (run.tenant, run.dataset, run.data, run.data.bucket) == (TENANT, MODEL, version.data, "captures")
    manifest = samples.manifest(schema=SCHEMA)
    assert run.spec == challenger.spec_of(manifest)
    assert (run.spec.target, run.spec.decimal) == ("class", DecimalMark.COMMA)
    assert run.origin == replace(ORIGIN, content=version.digest)
    assert (run.outcome.state, run.attempts) == (RunState.RUNNING, 1)
    assert set(place.workflow.started) == {execution_name(run.id, 1)}
    assert place.decisions == [decision]
    assert (decision.cause, decision.refusal, decision.rows, decision.at) == (Cause.DRIFT, None, 1000, run.created)
    assert decision.says == "drift of a severity of 1.50; 1000 rows have truth, 1000 of them new"


def test_what_is_new_is_what_came_since_the_last_one(place: Place) -> None:
    place.end(place.retrain(), WON)
    place.clock.advance(7 * HOUR)
    place.drift()
    place.label(199)
    assert place.retrain().refusal is Refusal.TOO_FEW_ROWS
    place.label(1)
    assert "1200 rows have truth, 200 of them new" in place.retrain().says


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

"""A model that serves, drifts and has captures with truth, for the tests of retraining."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from millrace.adapters.documents import dump, load
from millrace.domain import drift
from millrace.domain.capture import Partition
from millrace.domain.manifest import Manifest
from millrace.domain.model import CHAMPION, AliasMove
from millrace.domain.notation import DecimalMark
from millrace.domain.origin import Origin, in_order
from millrace.domain.retraining import Cause, Retraining
from millrace.domain.run import Outcome, Run, RunState
from millrace.domain.schema import Column, Kind, Schema
from millrace.domain.spec import Spec, Task
from millrace.domain.truth import Labelled
from millrace.usecases.labelled_dataset import DatasetPorts
from millrace.usecases.retrain import RetrainPorts, Wish, retrain
from tests import samples
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
WON, LOST = Outcome(RunState.SUCCEEDED, version=1, promoted=True), Outcome(RunState.SUCCEEDED, version=9)
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

    def label(self, rows: int, *, whole: bool = True, year: int = 2025) -> None:
        """So many rows more, of that year, have truth; where they are not `whole`, captures lacked an input."""
        hour = f"{year}-11-{len(self.truth.indexes) // 24 + 1:02}T{len(self.truth.indexes) % 24:02}"
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
        made_from = replace(samples.manifest().lineage, spec=Spec(**({"retrain_least_rows": 200} | wishes)))
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

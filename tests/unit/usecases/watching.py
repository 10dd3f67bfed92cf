"""A model that is watched, on fakes: its version with a baseline, and calls that it answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from millrace.adapters import documents
from millrace.domain import inference_id
from millrace.domain.baseline import Baseline
from millrace.domain.capture import Capture, CapturedRow
from millrace.domain.drift import Drift
from millrace.domain.manifest import Lineage, Manifest
from millrace.domain.model import CHAMPION, AliasMove
from millrace.domain.schema import MISSING_TOKEN, Column, Kind, Schema
from millrace.domain.spec import Spec, Task
from millrace.monitoring.baseline import HeldOut, describe
from millrace.usecases.detect_drift import DetectPorts, detect
from millrace.usecases.join_truth import JoinPorts
from millrace.usecases.sketch_captures import SketchPorts
from tests.contracts import samples
from tests.fakes.announcements import FakeAnnouncements
from tests.fakes.blobs import FakeBlobs
from tests.fakes.capture_store import FakeCaptureStore
from tests.fakes.clock import FakeClock
from tests.fakes.document_store import FakeDocuments
from tests.fakes.metrics import FakeMetrics
from tests.fakes.models import FakeModels
from tests.fakes.truth_store import FakeTruthStore

TENANT, MODEL = "acme", "loans"
NOON = "2026-11-24T12:00:00.000Z"
NOON_MS = 1_795_521_600_000  # the same as Unix time in milliseconds
SCHEMA = Schema(
    (Column("age", Kind.NUMBER), Column("colour", Kind.CATEGORY, MISSING_TOKEN)), "risk", Task.BINARY, ("bad", "good")
)
# 1,000 rows: ages 0 to 9 in equal shares, two colours in equal shares, either answer as often as the other.
BASELINE = describe(
    SCHEMA,
    {
        "age": np.tile(np.arange(10.0), 100),
        "colour": np.array(["blue", "red"] * 500, dtype=object),
    },
    HeldOut(
        np.array(["bad", "good"] * 500, dtype=object),
        performance={"accuracy": 0.9, "log_loss": 0.3},
        deviations={"log_loss": 0.5},
    ),
)


@dataclass
class Watched:
    """The model's surroundings."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(NOON))
    models: FakeModels = field(default_factory=FakeModels)
    blobs: FakeBlobs = field(default_factory=FakeBlobs)
    captures: FakeCaptureStore = field(default_factory=FakeCaptureStore)
    documents: FakeDocuments = field(default_factory=lambda: FakeDocuments("captures"))
    reminders: FakeAnnouncements = field(default_factory=FakeAnnouncements)
    truth: FakeTruthStore = field(default_factory=FakeTruthStore)

    def __post_init__(self) -> None:
        self.metrics = FakeMetrics(self.clock)

    @property
    def ports(self) -> DetectPorts:
        sketching = SketchPorts(
            self.models,
            self.blobs,
            self.captures,
            self.documents,
            partial(documents.load, Manifest),
            partial(documents.load, Baseline),
        )
        joining = JoinPorts(self.captures, self.truth, self.models, self.blobs, sketching.read_manifest)
        return DetectPorts(sketching, joining, self.metrics, self.reminders, self.clock)

    def serve(self, spec: Spec | None = None, *, baseline: Baseline | None = BASELINE, model: str = MODEL) -> int:
        """Register a version and let it serve; its number."""
        lineage = Lineage(
            TENANT, model, "0" * 64, samples.version(TENANT).run_id, spec or Spec(drift_rows=1000, drift_least_hours=0)
        )
        manifest = Manifest(SCHEMA, {}, lineage, "1" * 64, 1, 17, "linear", ())
        version = samples.version(TENANT, model)
        version = replace(
            version,
            manifest_digest=self.blobs.put(TENANT, documents.dump(manifest)),
            baseline_digest=self.blobs.put(TENANT, documents.dump(baseline)) if baseline else None,
        )
        number = self.models.register(version).number
        alias = self.models.alias(TENANT, model, CHAMPION)
        before, moves = (alias.version, alias.moves) if alias else (None, 0)
        move = AliasMove(TENANT, model, CHAMPION, moves + 1, before, number, self.clock.now(), "test", "it shall serve")
        assert self.models.move(move)
        return number

    def answered(
        self, inputs: Sequence[dict[str, object]], *, version: int = 1, minutes: float = -5, model: str = MODEL
    ) -> list[str]:
        """Capture one call of these rows, some minutes from noon, as `collect` stores it; its rows' ids."""
        at = NOON_MS + round(minutes * 60_000)
        call = inference_id.make(at, len(self.captures.held).to_bytes(10, "big"))
        capture = captured(call, inputs, version=version, model=model)
        self.captures.write(capture.partition, capture.lines())
        return [inference_id.of_row(call, row, len(inputs)) for row in range(len(inputs))]

    def look(self, model: str = MODEL) -> Drift:
        """What the detector finds now."""
        found = detect(TENANT, model, self.ports)
        assert found is not None
        return found


def captured(call: str, inputs: Sequence[dict[str, object]], *, version: int = 1, model: str = MODEL) -> Capture:
    """One call with these rows, which were answered bad and good by turns."""
    answer = {"probabilities": {"bad": 0.25, "good": 0.75}}
    rows = tuple(CapturedRow(row, {**answer, "label": SCHEMA.classes[at % 2]}) for at, row in enumerate(inputs))
    return Capture(call, TENANT, model, version, inference_id.time_of(call), rows)


def usual(rows: int) -> list[dict[str, object]]:
    """Rows as the baseline has them."""
    return [{"age": index % 10, "colour": ("blue", "red")[index // 10 % 2]} for index in range(rows)]


def older(rows: int, years: float = 5) -> list[dict[str, object]]:
    """Rows that have drifted."""
    return [{**row, "age": float(str(row["age"])) + years} for row in usual(rows)]

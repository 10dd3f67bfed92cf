"""A model that answered calls, and the places where its captures and their truth lie, for the tests of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from millrace.adapters.documents import dump, load
from millrace.domain import inference_id
from millrace.domain.capture import Capture, CapturedRow, Partition
from millrace.domain.manifest import Manifest
from millrace.domain.spec import Spec
from millrace.domain.truth import Labelled, Truth
from millrace.usecases.join_truth import JoinPorts
from millrace.usecases.labelled_dataset import DatasetPorts
from tests import samples
from tests.fakes.blobs import FakeBlobs
from tests.fakes.capture_store import FakeCaptureStore
from tests.fakes.clock import FakeClock
from tests.fakes.datasets import FakeDatasets
from tests.fakes.models import FakeModels
from tests.fakes.truth_store import FakeTruthStore

TENANT, MODEL = samples.TENANT, samples.DATASET
HOUR = "2026-11-24T20"
START = 1_795_550_400_000  # that hour, in milliseconds
HOUR_MS = 3_600_000
GOOD: dict[str, object] = {"label": "good", "probabilities": {"bad": 0.2, "good": 0.8}}


def call(number: int, hour: int = 0) -> str:
    """The id of a call, so many milliseconds into an hour."""
    return inference_id.make(START + hour * HOUR_MS + number, number.to_bytes(10, "big"))


@dataclass
class Desk:
    """`acme/credit`: two features, age and city, and the classes bad and good."""

    captures: FakeCaptureStore = field(default_factory=FakeCaptureStore)
    truth: FakeTruthStore = field(default_factory=FakeTruthStore)
    models: FakeModels = field(default_factory=FakeModels)
    blobs: FakeBlobs = field(default_factory=FakeBlobs)
    datasets: FakeDatasets = field(default_factory=FakeDatasets)

    @property
    def join_ports(self) -> JoinPorts:
        return JoinPorts(self.captures, self.truth, self.models, self.blobs, partial(load, Manifest))

    @property
    def dataset_ports(self) -> DatasetPorts:
        return DatasetPorts(self.truth, self.datasets, self.blobs, FakeClock())

    def version(self, spec: Spec | None = None, **changes: Any) -> int:
        """Register one more version; `changes` are of its manifest."""
        made = samples.manifest(**changes)
        made = replace(made, lineage=replace(made.lineage, spec=spec or Spec()))
        name = self.blobs.put(TENANT, dump(made))
        count = len(self.models.versions(TENANT, MODEL))
        return self.models.register(samples.version(run_id=f"{count:032x}", manifest_digest=name)).number

    def answer(self, name: str, *rows: Mapping[str, object], version: int = 1, **outputs: Any) -> None:
        """Capture one call."""
        made = tuple(CapturedRow(dict(row), outputs or GOOD) for row in rows)
        capture = Capture(name, TENANT, MODEL, version, samples.NOW, made)
        self.captures.write(Partition(TENANT, MODEL, inference_id.hour_of(name)), capture.lines())

    def turned_out(self, *truths: tuple[str, str | float | bool], arrived: str = "0A") -> None:
        """Store truth, as one file would."""
        hours: dict[str, list[Truth]] = {}
        for name, value in truths:
            truth = Truth(name, value, arrived)
            hours.setdefault(truth.hour, []).append(truth)
        for hour, found in hours.items():
            self.truth.add(Partition(TENANT, MODEL, hour), found)

    def labelled(self, hour: str = HOUR) -> Labelled:
        """What an hour was joined to."""
        found = self.truth.index(Partition(TENANT, MODEL, hour))
        assert found is not None
        return found

    def lines(self, hour: str = HOUR) -> list[bytes]:
        """The rows of an hour's part."""
        part = self.labelled(hour).part
        return [] if part is None else list(self.truth.part(part))

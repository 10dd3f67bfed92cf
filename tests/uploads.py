"""A landing, a registry, a state machine and a bus in memory, and uploads as their events tell of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from millrace.domain.access import Tenant
from millrace.domain.origin import in_order
from millrace.domain.run import Run
from millrace.domain.upload import Upload
from millrace.protocol.spec import read_spec
from millrace.usecases.ingest import Ingested, IngestPorts, ingest
from tests import samples
from tests.fakes.announcements import FakeAnnouncements
from tests.fakes.blobs import FakeBlobs
from tests.fakes.clock import FakeClock
from tests.fakes.datasets import FakeDatasets
from tests.fakes.landing import FakeLanding
from tests.fakes.runs import FakeRuns
from tests.fakes.tenants import FakeTenants
from tests.fakes.unclaimed import FakeUnclaimed
from tests.fakes.workflow import FakeWorkflow

MAX = 10_000
SPEC_KEY = "acme/credit/spec.yaml"


@dataclass
class World:
    landing: FakeLanding = field(default_factory=FakeLanding)
    datasets: FakeDatasets = field(default_factory=FakeDatasets)
    runs: FakeRuns = field(default_factory=FakeRuns)
    workflow: FakeWorkflow = field(default_factory=FakeWorkflow)
    clock: FakeClock = field(default_factory=FakeClock)
    blobs: FakeBlobs = field(default_factory=FakeBlobs)
    unclaimed: FakeUnclaimed = field(default_factory=FakeUnclaimed)
    announcements: FakeAnnouncements = field(default_factory=FakeAnnouncements)
    arrived: int = 0xFE  # so that sequencers grow longer on the way

    def upload(self, key: str = samples.KEY, content: bytes = samples.CSV) -> Upload:
        """Put a file; what its event says."""
        self.arrived += 1
        version = self.landing.put(key, content)
        return Upload("landing", key, len(content), self.landing.etag(key), version, in_order(f"{self.arrived:X}"))

    @property
    def ports(self) -> IngestPorts:
        return IngestPorts(
            landing=self.landing,
            tenants=FakeTenants(Tenant("acme", samples.NOW)),
            datasets=self.datasets,
            runs=self.runs,
            workflow=self.workflow,
            clock=self.clock,
            read_spec=read_spec,
            blobs=self.blobs,
            unclaimed=self.unclaimed,
            announcements=(self.announcements,),
        )

    def ingest(self, upload: Upload) -> Ingested:
        """The answer to one delivery of the event."""
        return ingest(upload, self.ports, max_bytes=MAX)

    def run(self, ingested: Ingested) -> Run:
        """The run that an answer names."""
        found = self.runs.find("acme", str(ingested.run_id))
        assert found is not None
        return found

    def only_run(self) -> Run:
        (run,) = self.runs.of_tenant("acme")
        return run

    def told(self) -> list[tuple[str, str]]:
        """What was published: the kinds of event, and the codes of their failures."""
        return [(kind, detail["failure"]["code"]) for kind, detail in self.announcements.published]

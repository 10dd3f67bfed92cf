"""A tenant's runs, and what ends and begins them, in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from millrace.domain.run import Outcome, Run, RunState
from millrace.usecases.notify import NotifyPorts
from tests import samples
from tests.fakes.announcements import FakeAnnouncements
from tests.fakes.clock import FakeClock
from tests.fakes.runs import FakeRuns
from tests.fakes.workflow import FakeWorkflow


@dataclass
class Desk:
    """What the ports of a test hold."""

    runs: FakeRuns = field(default_factory=FakeRuns)
    told: FakeAnnouncements = field(default_factory=FakeAnnouncements)
    workflow: FakeWorkflow = field(default_factory=FakeWorkflow)
    clock: FakeClock = field(default_factory=FakeClock)
    limit: int = 2

    @property
    def ports(self) -> NotifyPorts:
        return NotifyPorts(self.runs, (self.told,), self.workflow, self.clock, self.limit)

    def queue(self, number: int = 1, tenant: str = samples.TENANT) -> Run:
        """A run that waits, a second after the one before."""
        self.clock.advance(1)
        now = self.clock.now()
        run = samples.run(tenant=tenant, id=f"{number:032x}", outcome=Outcome(RunState.QUEUED), created=now, queued=now)
        assert self.runs.claim(run)
        return run

    def now(self, run: Run) -> Run:
        """The run as it stands."""
        found = self.runs.find(run.tenant, run.id)
        assert found is not None
        return found

    def state(self, run: Run) -> RunState:
        return self.now(run).outcome.state

    @property
    def kinds(self) -> list[str]:
        """What was told."""
        return [kind for kind, _ in self.told.published]

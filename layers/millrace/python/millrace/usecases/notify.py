"""The end of an attempt: the run's record is closed, whoever listens is told, and the tenant's next run begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from millrace.domain.errors import NotFound
from millrace.domain.job import Ticket
from millrace.domain.run import Outcome, RunState
from millrace.ports import Announcements, Clock, Runs, Workflow
from millrace.usecases.advance import RUNS_PER_TENANT, advance

KINDS = {
    RunState.SUCCEEDED: "Run Succeeded",
    RunState.REJECTED: "Run Rejected",
    RunState.FAILED: "Run Failed",
    RunState.CANCELLED: "Run Cancelled",
}
SCHEMA_VERSION = 1  # of the event's detail: raised when a field changes its meaning or goes


@dataclass(frozen=True, slots=True)
class NotifyPorts:
    """What notifying needs from outside. Every one of `announcements` hears each event."""

    runs: Runs
    announcements: Sequence[Announcements]
    workflow: Workflow
    clock: Clock
    runs_per_tenant: int = RUNS_PER_TENANT


def notify(ticket: Ticket, outcome: Outcome, ports: NotifyPorts) -> bool:
    """Conclude the run, publish its event and begin the tenant's next; False when it was already closed otherwise.

    Called again after a crash in between, it publishes again: listeners get the event at least once. Raises NotFound.
    """
    run = ports.runs.find(ticket.tenant, ticket.run_id)
    if run is None:
        raise NotFound(f"there is no run {ticket.run_id!r}", field="run_id")
    if not ports.runs.conclude(ticket.tenant, ticket.run_id, ticket.attempt, outcome, ports.clock.now()):
        closed = ports.runs.find(ticket.tenant, ticket.run_id)
        if closed is None or closed.outcome != outcome:
            return False
    announce(ticket, outcome, ports.announcements)
    advance(ticket.tenant, ports)
    return True


def announce(ticket: Ticket, outcome: Outcome, announcements: Sequence[Announcements]) -> None:
    """Tell everybody who listens how the attempt ended."""
    for each in announcements:
        each.publish(KINDS[outcome.state], detail(ticket, outcome))


def detail(ticket: Ticket, outcome: Outcome) -> dict[str, object]:
    """The event's detail, as docs/events.md says."""
    return {
        "schema_version": SCHEMA_VERSION,
        **asdict(ticket),
        "state": outcome.state.value,
        "version": outcome.version,
        "promoted": outcome.promoted,
        "failure": None if outcome.failure is None else asdict(outcome.failure),
    }

"""The end of an attempt: the run's record is closed, and whoever listens is told."""

from __future__ import annotations

from dataclasses import dataclass

from millrace.domain.errors import NotFound
from millrace.domain.job import Ticket
from millrace.domain.run import Outcome, RunState
from millrace.ports import Announcements, Clock, Runs

KINDS = {
    RunState.SUCCEEDED: "Run Succeeded",
    RunState.REJECTED: "Run Rejected",
    RunState.FAILED: "Run Failed",
}


@dataclass(frozen=True, slots=True)
class NotifyPorts:
    """What notifying needs from outside."""

    runs: Runs
    announcements: Announcements
    clock: Clock


def notify(ticket: Ticket, outcome: Outcome, ports: NotifyPorts) -> bool:
    """Conclude the run and publish its event; False, and no event, when it was already closed in another way.

    Called again after a crash in between, it publishes again: listeners get the event at least once. Raises NotFound.
    """
    run = ports.runs.find(ticket.tenant, ticket.run_id)
    if run is None:
        raise NotFound(f"there is no run {ticket.run_id!r}", field="run_id")
    if not ports.runs.conclude(ticket.tenant, ticket.run_id, ticket.attempt, outcome, ports.clock.now()):
        closed = ports.runs.find(ticket.tenant, ticket.run_id)
        if closed is None or closed.outcome != outcome:
            return False
    ports.announcements.publish(KINDS[outcome.state], detail(ticket, outcome))
    return True


def detail(ticket: Ticket, outcome: Outcome) -> dict[str, object]:
    """The event's detail, as docs/events.md says."""
    failure = outcome.failure
    return {
        "tenant": ticket.tenant,
        "dataset": ticket.dataset,
        "run_id": ticket.run_id,
        "attempt": ticket.attempt,
        "state": outcome.state.value,
        "version": outcome.version,
        "promoted": outcome.promoted,
        "failure": None
        if failure is None
        else {"code": failure.code, "message": failure.message, "hint": failure.hint, "field": failure.field},
    }

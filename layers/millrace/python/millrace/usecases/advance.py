"""A tenant's next runs begin while it has free slots: called after whatever may have freed or filled one.

Who frees a slot looks at the queue afterwards, and who joins the queue looks at the slots afterwards, both with
strongly consistent reads: one of the two sees both, so no run waits beside a free slot.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Protocol

from millrace.domain.job import Ticket
from millrace.domain.queue import Place
from millrace.domain.run import Attempt, Outcome, Run, RunState, execution_name
from millrace.ports import Clock, Runs, Workflow

RUNNING = Outcome(RunState.RUNNING)
RUNS_PER_TENANT = 2  # unless the stage says otherwise
TRIES = 100  # moves by us or, where we lose one, by somebody else, after which others may go on


class QueuePorts(Protocol):
    """What moving a queue on needs from outside: a part of what its callers have."""

    @property
    def runs(self) -> Runs:
        """The registry's runs."""
        ...

    @property
    def workflow(self) -> Workflow:
        """The state machine that trains."""
        ...

    @property
    def clock(self) -> Clock:
        """The time."""
        ...

    @property
    def runs_per_tenant(self) -> int:
        """How many runs of one tenant run at once."""
        ...


def advance(tenant: str, ports: QueuePorts) -> None:
    """Start the tenant's waiting runs, first come first, until its slots are full or nothing waits.

    A crash between the record and the execution leaves a run that `reconcile` starts. Raises Unavailable.
    """
    for _ in range(TRIES):
        queue = ports.runs.queue(tenant, waiting=1)
        slot = queue.free_slot(ports.runs_per_tenant)
        if slot is None or not queue.waiting:
            return
        _begin(queue.waiting[0], slot, ports)


def start(run: Run, attempt: int, ports: QueuePorts) -> None:
    """Start the execution of one of the run's attempts; started before, nothing happens."""
    ticket = Ticket(run.tenant, run.dataset, run.id, attempt)
    ports.workflow.start(execution_name(run.id, attempt), asdict(ticket))


def _begin(next_: Place, slot: int, ports: QueuePorts) -> None:
    """Give the slot to this run's next attempt; where others were faster, nothing happens."""
    run = ports.runs.find(next_.tenant, next_.run_id)
    if run is None or run.outcome.state is not RunState.QUEUED:
        ports.runs.vacate(next_)
        return
    attempt = Attempt(run.tenant, run.id, run.attempts + 1, ports.clock.now(), RUNNING, slot=slot)
    if ports.runs.claim_attempt(attempt):
        start(run, attempt.number, ports)

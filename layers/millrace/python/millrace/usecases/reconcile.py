"""Nothing stays open for ever: executions that died begin anew, and queues that stopped move on.

An execution closes its run's record itself. It can't where the cloud lost it, where the function that does so failed,
or where a crash left a run without an execution.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from millrace.domain.errors import MillraceError
from millrace.domain.job import Ticket
from millrace.domain.queue import Place
from millrace.domain.run import Attempt, Failure, Outcome, Run, RunState, execution_name
from millrace.usecases.advance import RUNNING, advance, start
from millrace.usecases.notify import NotifyPorts, notify

MAX_RECOVERIES = 3  # of one run, since it was last queued
OWNER_SECONDS = 60.0  # that an attempt is left to who claimed it, and starts its execution next
LOST = Outcome(
    RunState.FAILED,
    Failure(
        "execution_lost",
        "the execution ended without closing the run's record",
        "see `millrace logs`, then: millrace runs retry",
    ),
)


@dataclass(slots=True)
class Reconciled:
    """What was mended, by run id; `troubles` are codes of what could not be looked after this time."""

    started: list[str] = field(default_factory=list)  # had no execution
    recovered: list[str] = field(default_factory=list)  # got another attempt
    given_up: list[str] = field(default_factory=list)
    vacated: list[str] = field(default_factory=list)  # held a place and were not open
    troubles: list[str] = field(default_factory=list)


def reconcile(ports: NotifyPorts) -> Reconciled:
    """Look after every open run of every tenant; one that can't be looked after does not keep the others waiting."""
    mended = Reconciled()
    for queue in ports.runs.queues():
        for place in queue.running:
            try:
                _look_after(place, ports, mended)
            except MillraceError as error:
                mended.troubles.append(error.code)
        try:
            advance(queue.tenant, ports)
        except MillraceError as error:
            mended.troubles.append(error.code)
    return mended


def _look_after(place: Place, ports: NotifyPorts, mended: Reconciled) -> None:
    run = ports.runs.find(place.tenant, place.run_id)
    if run is None or run.outcome.state is not RunState.RUNNING:
        ports.runs.vacate(place)  # unless it was freed, and taken again, since we read it
        mended.vacated.append(place.run_id)
        return
    status = ports.workflow.status(execution_name(run.id, run.attempts))
    if status is None:
        if _age(place, ports.clock.now()) < OWNER_SECONDS:
            return
        start(run, run.attempts, ports)
        mended.started.append(run.id)
    elif status != "RUNNING":
        _replace(run, place, ports, mended)


def _age(place: Place, now: str) -> float:
    """Seconds since the run's attempt took its place."""
    return (datetime.fromisoformat(now) - datetime.fromisoformat(place.since)).total_seconds()


def _replace(run: Run, place: Place, ports: NotifyPorts, mended: Reconciled) -> None:
    """Another attempt for one whose execution is over though its record is not, unless there were enough."""
    if run.recoveries >= MAX_RECOVERIES:
        if notify(Ticket(run.tenant, run.dataset, run.id, run.attempts), LOST, ports):
            mended.given_up.append(run.id)
        return
    attempt = Attempt(run.tenant, run.id, run.attempts + 1, ports.clock.now(), RUNNING, slot=place.slot)
    if ports.runs.recover(attempt, LOST):
        start(run, attempt.number, ports)
        mended.recovered.append(run.id)

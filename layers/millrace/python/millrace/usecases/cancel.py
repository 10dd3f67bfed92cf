"""An open run ends on its owner's wish: what waits leaves the queue, what runs is stopped."""

from __future__ import annotations

from millrace.domain.errors import Conflict
from millrace.domain.job import Ticket
from millrace.domain.run import Failure, Outcome, Run, RunState, execution_name
from millrace.usecases.advance import advance
from millrace.usecases.notify import NotifyPorts, announce
from millrace.usecases.show_runs import show_run

TRIES = 5


def cancel(tenant: str, run_id: str, who: str, ports: NotifyPorts) -> Run:
    """End the run as cancelled by `who`, stop its execution, tell whoever listens, and begin the tenant's next run.

    The record comes first, so that the stopped execution is nobody's loss to mend; cancelling again repeats the rest.
    Raises NotFound, and Conflict for a run that is over.
    """
    outcome = Outcome(RunState.CANCELLED, Failure("cancelled", f"{who} cancelled it", "millrace runs retry"))
    for _ in range(TRIES):
        run = show_run(tenant, run_id, ports.runs).run
        if run.outcome.state is RunState.CANCELLED:
            return _finish(run, ports)
        if run.outcome.state.is_final:
            raise Conflict(f"run {run.id} is over: {run.outcome.state.value}", code="run_over", field="run_id")
        now = ports.clock.now()
        if run.outcome.state is RunState.QUEUED:
            ports.runs.withdraw(tenant, run.id, outcome, now)
        else:
            ports.runs.conclude(tenant, run.id, run.attempts, outcome, now)
    raise Conflict(f"run {run.id} keeps changing", code="run_changed", field="run_id", hint="try again")


def _finish(run: Run, ports: NotifyPorts) -> Run:
    """What follows the record."""
    if run.attempts:
        ports.workflow.stop(execution_name(run.id, run.attempts), "the run was cancelled")
    announce(Ticket(run.tenant, run.dataset, run.id, run.attempts), run.outcome, ports.announcements)
    advance(run.tenant, ports)
    return run

"""A new attempt of a run that is over, on its owner's wish."""

from __future__ import annotations

from millrace.domain.errors import Conflict
from millrace.domain.run import Run, RunState
from millrace.usecases.advance import QueuePorts, advance
from millrace.usecases.show_runs import show_run

BY_ITSELF = {RunState.FAILED, RunState.CANCELLED}  # what may be tried again without force


def retry(tenant: str, run_id: str, ports: QueuePorts, *, force: bool = False) -> Run:
    """Put the run back at the end of its tenant's queue, and begin what may begin; the run as it stands then.

    Raises NotFound, and Conflict for a run that isn't over, that was answered and `force` isn't given, or that was
    refused before its file was read: there is nothing to train on.
    """
    run = show_run(tenant, run_id, ports.runs).run
    _check(run, force=force)
    if not ports.runs.enqueue(tenant, run.id, run.attempts, ports.clock.now()):
        raise Conflict(f"run {run.id} changed meanwhile", code="run_changed", field="run_id", hint="look at it again")
    advance(tenant, ports)
    return show_run(tenant, run.id, ports.runs).run


def _check(run: Run, *, force: bool) -> None:
    state = run.outcome.state
    if not state.is_final:
        raise Conflict(
            f"run {run.id} is {state.value}", code="run_open", field="run_id", hint="cancel it first, or wait for it"
        )
    if state is RunState.REJECTED and not run.attempts:
        raise Conflict(
            f"run {run.id} never began", code="never_began", field="run_id", hint="mend the upload and send it again"
        )
    if state not in BY_ITSELF and not force:
        raise Conflict(
            f"run {run.id} {state.value}, and would again",
            code="run_finished",
            field="run_id",
            hint="force another attempt of it with --force",
        )

"""A run as it happens, told by its execution's own history."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime

from rich.text import Text

from millrace.adapters.history import Happening, What
from millrace.cli.session import Session
from millrace.domain.errors import JobFailed
from millrace.domain.run import Run, RunState, execution_name
from millrace.local import worker
from millrace.protocol.states import error_class

LOOK_SECONDS = {True: 0.1, False: 2.0}  # between two looks, by whether the stage is on this machine
AFTERMATH_SECONDS = 660.0  # from the execution's end to the run's record, or to what `reconcile` does every 5 minutes
QUIET_SECONDS = 5.0  # without news, after which the execution's status is looked at
UNKNOWN_SECONDS = 90.0  # that an execution may be unknown: `ingest` is tried again after a minute


def follow(session: Session, run: Run) -> Run:
    """Print each state as the run goes through it; return the run once it is over."""
    pause, told, entered = LOOK_SECONDS[session.is_local], 0, dict[str, datetime]()
    silence = Silence(session)
    if session.is_local and not run.outcome.state.is_final and worker.find(session.state) is None:
        session.screen.note(Text("No background worker runs here. Start one with: millrace worker", style="yellow"))
    with session.screen.busy("Waiting for the execution to begin") as say:
        while not run.outcome.state.is_final:
            happened = session.history.of(execution_name(run.id, run.attempts)) if run.attempts else ()
            for each in happened[told:]:
                _tell(session, each, entered)
            told = max(told, len(happened))
            say(_now(run, happened))
            if (happened and happened[-1].is_last) or silence.means_the_end(run, told):
                run, told, silence = _concluded(session, run), 0, Silence(session)
                continue
            time.sleep(pause)
            if not happened:
                run = session.runs.find(run.tenant, run.id) or run
    return run


class Silence:
    """How long an execution told nothing, and what that means: one that was lost never tells of its end."""

    def __init__(self, session: Session) -> None:
        self._session, self._told = session, 0
        self._heard = self._asked = time.monotonic()

    def means_the_end(self, run: Run, told: int) -> bool:
        """Whether the execution has ended, or is gone, though its history does not say so."""
        now = time.monotonic()
        if told != self._told:
            self._told, self._heard, self._asked = told, now, now
        if not run.attempts or now - self._asked < QUIET_SECONDS:
            return False
        self._asked = now
        status = self._session.workflow.status(execution_name(run.id, run.attempts))
        if status is None:
            return now - self._heard > UNKNOWN_SECONDS
        return status != "RUNNING"


def _tell(session: Session, each: Happening, entered: dict[str, datetime]) -> None:
    """One line for each state that ended, with how long it took, and for each trouble."""
    if each.what is What.ENTERED:
        entered[each.state] = each.at
    elif each.what is What.LEFT:
        took = (each.at - entered.get(each.state, each.at)).total_seconds()
        session.screen.note(Text.assemble(("  ✓ ", "green"), f"{each.state:<30}", (f"{took:8.2f} s", "dim")))
    elif each.what is What.TROUBLE:
        session.screen.note(
            Text.assemble(("  ✗ ", "red"), f"{each.state:<30}", (f" {error_class(each.error, each.cause)}", "red"))
        )


def _now(run: Run, happened: Sequence[Happening]) -> str:
    if run.outcome.state is RunState.QUEUED:
        return "Waiting for other runs to end"
    for each in reversed(happened):
        if each.what is What.ENTERED:
            return f"{each.state} ..."
    return "Waiting for the execution to begin"


def _concluded(session: Session, run: Run) -> Run:
    """The run once it is over, or once another attempt of it has begun."""
    deadline = time.monotonic() + AFTERMATH_SECONDS
    while time.monotonic() < deadline:
        found = session.runs.find(run.tenant, run.id)
        if found is not None and (found.outcome.state.is_final or found.attempts > run.attempts):
            return found
        time.sleep(0.2)
    raise JobFailed(
        f"the execution of run {run.id} has ended, and nobody closed its record or began it again",
        code="execution_lost",
        hint="see `millrace logs` for what `reconcile` says",
    )

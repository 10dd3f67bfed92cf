"""`millrace runs`: what uploads became."""

from __future__ import annotations

import webbrowser
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from millrace.adapters import documents
from millrace.cli import render
from millrace.cli.session import Session
from millrace.domain.errors import Conflict, InvalidInput, NotFound
from millrace.domain.job import JobResult, Ticket
from millrace.domain.manifest import Manifest
from millrace.domain.model import CHAMPION
from millrace.domain.profile import Profile
from millrace.domain.report import Report
from millrace.domain.run import RUN_ID_LENGTH, Run
from millrace.domain.verdict import Verdict
from millrace.usecases.cancel import cancel
from millrace.usecases.draw_report import DrawPorts, draw_report
from millrace.usecases.retry import retry
from millrace.usecases.show_runs import list_runs, show_run

app = typer.Typer(help="What uploads became.", no_args_is_help=True)
RunId = Annotated[str, typer.Argument(help="From `runs list` or `train`; its first digits are enough.")]


@dataclass(frozen=True, slots=True)
class Findings:
    """What a run's last attempt left behind; None where it did not come so far."""

    report: Report | None
    verdict: Verdict | None


def findings(session: Session, run: Run) -> Findings:
    """The report and the verdict of the run's last attempt."""
    ticket = Ticket(run.tenant, run.dataset, run.id, run.attempts)
    return Findings(_report(session, ticket), _verdict(session, ticket))


def serving(session: Session, run: Run) -> int | None:
    """The version that serves the run's model now; None where none does."""
    alias = session.models.alias(run.tenant, run.dataset, CHAMPION)
    return None if alias is None else alias.version


def whole_id(session: Session, tenant: str, given: str) -> str:
    """The id of the tenant's only run whose id begins so. Raises InvalidInput where there are more."""
    if len(given) >= RUN_ID_LENGTH:
        return given
    found = [run.id for run in session.runs.of_tenant(tenant) if given and run.id.startswith(given)]
    if len(found) > 1:
        message = f"{len(found)} runs have ids that begin with {given!r}"
        raise InvalidInput(message, code="ambiguous", field="run_id", hint="give more of the id: millrace runs list")
    return found[0] if found else given


def _report(session: Session, ticket: Ticket) -> Report | None:
    try:
        result = session.documents.read(JobResult, ticket.result_key)
        return documents.load(Report, session.blobs.get(ticket.tenant, result.report_digest))
    except NotFound:
        return None


def _verdict(session: Session, ticket: Ticket) -> Verdict | None:
    try:
        return session.documents.read(Verdict, ticket.verdict_key)
    except NotFound:
        return None


@app.command("list", epilog="Example: millrace runs list --limit 5")
def list_(
    context: typer.Context,
    limit: Annotated[int, typer.Option(help="How many, newest first.")] = 20,
    after: Annotated[str | None, typer.Option(help="Only runs older than this one: the last one of a list.")] = None,
) -> None:
    """List the tenant's newest runs, and the places of those that wait for others to end."""
    session: Session = context.obj
    tenant = session.known_tenant()
    last = show_run(tenant, whole_id(session, tenant, after), session.runs).run if after else None
    found = list_runs(tenant, limit, session.runs, last.cursor if last else None)
    value = [documents.plain(run) | {"place": found.places.get(run.id)} for run in found.runs]
    session.screen.show(value, lambda: render.runs(found.runs, found.places, more=found.next is not None))


@app.command(epilog="Example: millrace runs show 4f0c2a9b11d0e7aa4f0c2a9b11d0e7aa")
def show(
    context: typer.Context,
    run_id: RunId,
) -> None:
    """Show a run: its leaderboard, held-out metrics, decisions, the gate's verdict, or why it failed and what to do."""
    session: Session = context.obj
    tenant = session.known_tenant()
    known = show_run(tenant, whole_id(session, tenant, run_id), session.runs)
    found, champion = findings(session, known.run), serving(session, known.run)
    value = {"run": known.run, "attempts": list(known.attempts), "report": found.report, "verdict": found.verdict}
    value |= {"promoted": known.run.outcome.promoted, "champion": champion, "place": known.place}
    session.screen.show(value, lambda: render.run(known.run, found.report, found.verdict, champion, known.place))


@app.command(epilog="Example: millrace runs report 4f0c2a9b --output credit.html --open")
def report(
    context: typer.Context,
    run_id: RunId,
    output: Annotated[
        Path | None, typer.Option(help="The file to write; else report-DATASET-RUN.html in this folder.")
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Show it in this machine's browser.")] = False,  # noqa: FBT002  # the parser's own form
    force: Annotated[bool, typer.Option("--force", help="Replace another file of this name.")] = False,  # noqa: FBT002  # the parser's own form
) -> None:
    """Write a run's report as one HTML page: the gate's decision, figures, pictures and what the data looks like."""
    session: Session = context.obj
    tenant = session.known_tenant()
    run = show_run(tenant, whole_id(session, tenant, run_id), session.runs).run
    page = draw_report(Ticket(tenant, run.dataset, run.id, run.attempts), _draw_ports(session)).encode()
    path = (output or Path(f"report-{run.dataset}-{run.id[:8]}.html")).absolute()
    _write(path, page, force=force)
    session.screen.show({"run_id": run.id, "file": str(path)}, lambda: f"Wrote {path}")
    if open_ and not webbrowser.open(path.as_uri()):
        session.screen.aside("There is no browser here to open it in.")


def _write(path: Path, page: bytes, *, force: bool) -> None:
    if path.is_dir() or not path.parent.is_dir():
        raise InvalidInput(f"{path} can't be a file", field="--output", hint="name a file in a folder that is there")
    if path.exists() and not force and path.read_bytes() != page:
        hint = "choose another --output, or replace it with --force"
        raise Conflict(f"{path} is there and differs", code="file_exists", field="--output", hint=hint)
    path.write_bytes(page)


def _draw_ports(session: Session) -> DrawPorts:
    return DrawPorts(
        documents=session.documents,
        blobs=session.blobs,
        read_report=partial(documents.load, Report),
        read_manifest=partial(documents.load, Manifest),
        read_profile=partial(documents.load, Profile),
    )


@app.command("retry", epilog="Example: millrace runs retry 4f0c2a9b")
def retry_(
    context: typer.Context,
    run_id: RunId,
    force: Annotated[bool, typer.Option("--force", help="Also a run that was answered.")] = False,  # noqa: FBT002  # the parser's own form
) -> None:
    """Begin another attempt of a run that failed or was cancelled, once its turn comes."""
    session: Session = context.obj
    tenant = session.known_tenant()
    run = retry(tenant, whole_id(session, tenant, run_id), session.ending, force=force)
    session.screen.show(run, lambda: f"Run {run.id} is {run.outcome.state.value}; see: millrace runs show {run.id}")


@app.command("cancel", epilog="Example: millrace runs cancel 4f0c2a9b")
def cancel_(context: typer.Context, run_id: RunId) -> None:
    """End a run: one that waits leaves the queue, one that runs is stopped. Its model's champion keeps serving."""
    session: Session = context.obj
    tenant = session.known_tenant()
    run = cancel(tenant, whole_id(session, tenant, run_id), session.who, session.ending)
    session.screen.show(run, lambda: f"Run {run.id} is cancelled. Begin it again with: millrace runs retry {run.id}")

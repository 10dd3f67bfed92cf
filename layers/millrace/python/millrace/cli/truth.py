"""`millrace truth`: what turned out to be true of a model's answers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from millrace.cli import render
from millrace.cli.exits import FAILED
from millrace.cli.session import Session
from millrace.domain.errors import InvalidInput, Unavailable
from millrace.domain.naming import TRUTH, TruthKey, check_name
from millrace.domain.truth import TruthFile
from millrace.domain.truth_file import MAX_BYTES, rows, too_large
from millrace.usecases.join_truth import Joined, joined_so_far
from millrace.usecases.label import check_model

app = typer.Typer(help="What turned out to be true of a model's answers.", no_args_is_help=True)
READ_SECONDS = 120.0  # from an upload to the word of what became of it
LOOKED_AT = 50  # files: those that came beside ours

Model = Annotated[str, typer.Argument(help="The model's name.")]


@app.command(epilog="Example: millrace truth send credit-g labels.csv")
def send(
    context: typer.Context,
    model: Model,
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV or JSON Lines, plain or .gz, with columns inference_id and truth.", exists=True, dir_okay=False
        ),
    ],
) -> None:
    """Send a file of truth and show what became of it; exit 1 if nothing of it could be used."""
    session: Session = context.obj
    tenant = session.known_tenant()
    check_model(tenant, check_name(model, "model"), session.models)
    if file.stat().st_size > MAX_BYTES:
        raise too_large(file.name)
    with file.open("rb") as content:
        next(rows(content, file.name), None)  # raises for a file that is none of truth
    key = TruthKey.find(f"{tenant}/{model}/{TRUTH}/{file.name}")
    if key is None or key.is_bookkeeping:
        raise InvalidInput(
            f"a file called {file.name!r} is not taken for truth", field=file.name, hint="give it another name"
        )
    before = {each.id for each in session.truth.files(tenant, LOOKED_AT)}
    session.delivery.send(str(key), file)
    found = _told(session, key, before)
    session.screen.show(found, lambda: shown([found]))
    if found.is_refused:
        raise typer.Exit(FAILED)


@app.command("list", epilog="Example: millrace truth list credit-g")
def list_(
    context: typer.Context,
    model: Annotated[str | None, typer.Argument(help="Only of this model.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many files to look at, the newest first.")] = 50,
) -> None:
    """List files of truth, by the API too, with what became of each: kept rows, and why others were not."""
    session: Session = context.obj
    found = session.truth.files(session.known_tenant(), limit)
    wanted = [each for each in found if model in {None, each.model}]
    session.screen.show(wanted, lambda: shown(wanted))


@app.command(epilog="Example: millrace truth show credit-g")
def show(context: typer.Context, model: Model) -> None:
    """Show what a model's truth came to, as far as it was joined to captured answers."""
    session: Session = context.obj
    found = joined_so_far(session.known_tenant(), check_name(model, "model"), session.truth)
    session.screen.show(found, lambda: standing(found))


def _told(session: Session, key: TruthKey, before: set[str]) -> TruthFile:
    """What became of the file that was just sent. Raises Unavailable when nobody says so."""
    deadline, pause = time.monotonic() + READ_SECONDS, 0.1
    while time.monotonic() < deadline:
        for each in session.truth.files(key.tenant, LOOKED_AT):
            if each.id not in before and (each.model, each.file) == (key.model, key.file):
                return each
        time.sleep(pause)
        pause = min(pause * 1.5, 2.0)
    raise Unavailable(
        "the file arrived and was not read yet", code="no_answer", hint="see `millrace truth list` in a while"
    )


def shown(files: Sequence[TruthFile]) -> RenderableType:
    """Files with what became of them, and below each the first reasons why rows were left out."""
    table = render.table(
        "Truth",
        ("file", "model", "rows kept", "left out", "why", "at"),
        ((each.file, each.model, each.rows, each.refused, _why(each), each.at) for each in files),
    )
    reasons = [
        Text(f"{fault.code}: {fault.message}{f' → {fault.hint}' if fault.hint else ''}", style="red")
        for each in files
        for fault in (each.failure, *each.faults)
        if fault is not None
    ]
    return Group(table, *reasons)


def _why(file: TruthFile) -> str:
    if file.failure is not None:
        return file.failure.code
    return ", ".join(sorted({fault.code for fault in file.faults}))


def standing(found: Joined) -> RenderableType:
    """What truth came to, in rows."""
    said = (
        ("joined: a retraining may learn from them", found.rows),
        ("without a captured answer, so far", found.unmatched),
        ("no class, or no number, of the version that answered", found.unreadable),
        ("not to be learned from: their captures lack a column", found.left_out),
        ("(capture objects that can't be read)", found.damaged),
    )
    return render.table("", ("truth", "rows"), said)

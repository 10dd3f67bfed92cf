"""`millrace worker`: take training jobs on this machine, in the foreground."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from millrace.cli.session import Session
from millrace.local import worker as local_worker

ENTRY_POINT = Path("functions/train/entry.py")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(epilog="Example: millrace --stage dev worker")(worker)


def worker(
    context: typer.Context,
    entry_point: Annotated[
        Path | None, typer.Option(help="The training job's program; else the project's own.")
    ] = None,
) -> None:
    """Poll for training jobs until Ctrl-C, which hands the job back to the queue."""
    session: Session = context.obj
    program = (entry_point or session.root / ENTRY_POINT).resolve()
    jobs = session.root / ".millrace" / local_worker.JOBS
    local_worker.serve(
        session.clients, session.stage, program, lambda line: session.screen.note(f"worker {line}"), jobs
    )

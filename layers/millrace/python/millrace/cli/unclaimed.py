"""`millrace runs unclaimed`: what came to the stage and belongs to no tenant."""

from __future__ import annotations

import typer

from millrace.adapters.unclaimed import DynamoUnclaimed
from millrace.cli import render
from millrace.cli.session import Session


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(epilog="Example: millrace runs unclaimed")(unclaimed)


def unclaimed(context: typer.Context) -> None:
    """List refused uploads that no tenant owns, newest first, for the stage's operator. They are kept for 30 days."""
    session: Session = context.obj
    found = DynamoUnclaimed(session.clients.dynamodb(), session.outputs.registry_table).all()
    rows = ((each.key, each.failure.code, each.failure.hint or "", each.at) for each in found)
    session.screen.show(found, lambda: render.table("Unclaimed", ("key", "code", "what to do", "at"), rows))

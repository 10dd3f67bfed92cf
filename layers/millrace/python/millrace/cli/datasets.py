"""`millrace datasets`: what was uploaded, and its removal."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated

import typer
from rich.filesize import decimal

from millrace.cli import removal, render
from millrace.cli.session import Session
from millrace.usecases.remove import remove_dataset

app = typer.Typer(help="What was uploaded.", no_args_is_help=True)


@app.command("list", epilog="Example: millrace datasets list")
def list_(context: typer.Context) -> None:
    """List the tenant's datasets and their versions."""
    session: Session = context.obj
    found = sorted(session.datasets.of_tenant(session.known_tenant()), key=lambda each: (each.dataset, each.created))
    rows = [
        (name if not place else "", version.digest[:12], decimal(version.data.size), version.created)
        for name, versions in groupby(found, lambda each: each.dataset)
        for place, version in enumerate(versions)
    ]
    session.screen.show(found, lambda: render.table("Datasets", ("dataset", "version", "size", "created"), rows))


@app.command(epilog="Example: millrace datasets delete credit-g --dry-run")
def delete(
    context: typer.Context,
    dataset: Annotated[str, typer.Argument(help="The dataset's name.")],
    dry_run: removal.DryRun = False,  # noqa: FBT002  # the parser's own form
    yes: removal.Yes = False,  # noqa: FBT002  # the parser's own form
) -> None:
    """Remove a dataset for good: uploads, versions, runs and what they made, except what a model version needs."""
    session: Session = context.obj
    tenant, ports = session.known_tenant(), removal.ports(session)
    removal.carry_out(
        session,
        lambda rehearse: remove_dataset(tenant, dataset, ports, rehearse=rehearse),
        dry_run=dry_run,
        yes=yes,
    )

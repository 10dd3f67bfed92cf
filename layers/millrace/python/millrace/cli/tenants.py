"""`millrace tenants`: who owns data, models and keys."""

from __future__ import annotations

from typing import Annotated

import typer

from millrace.cli import removal, render
from millrace.cli.session import Session
from millrace.domain.naming import check_name
from millrace.usecases.create_tenant import create_tenant
from millrace.usecases.find_tenant import find_tenant
from millrace.usecases.remove import remove_tenant

app = typer.Typer(help="Who owns data, models and keys.", no_args_is_help=True)


@app.command(epilog="Example: millrace tenants create acme")
def create(context: typer.Context, name: Annotated[str, typer.Argument(help="1 to 63 of a-z, 0-9 and '-'.")]) -> None:
    """Create a tenant, and let later commands mean it unless they say otherwise."""
    session: Session = context.obj
    tenant = create_tenant(name, session.tenants, session.clock)
    session.saved.with_tenant(tenant.name).write(session.saved_path)
    words = f"Created tenant [bold]{tenant.name}[/]; later commands mean it. Next: millrace keys create --save"
    session.screen.show(tenant, lambda: words)


@app.command(epilog="Example: millrace tenants use acme")
def use(context: typer.Context, name: Annotated[str, typer.Argument(help="A tenant of this stage.")]) -> None:
    """Let later commands mean this tenant unless they say otherwise."""
    session: Session = context.obj
    tenant = find_tenant(check_name(name, "tenant"), session.tenants)
    session.saved.with_tenant(tenant.name).write(session.saved_path)
    session.screen.show(tenant, lambda: f"Later commands mean tenant [bold]{tenant.name}[/].")


@app.command("list", epilog="Example: millrace tenants list --json")
def list_(context: typer.Context) -> None:
    """List every tenant of the stage."""
    session: Session = context.obj
    found = session.tenants.all()
    default = session.options.tenant or session.saved.tenant
    rows = [("→" if tenant.name == default else "", tenant.name, tenant.created) for tenant in found]
    session.screen.show(found, lambda: render.table("Tenants", ("", "name", "created"), rows))


@app.command(epilog="Example: millrace tenants delete acme --dry-run")
def delete(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A tenant of this stage.")],
    dry_run: removal.DryRun = False,  # noqa: FBT002  # the parser's own form
    yes: removal.Yes = False,  # noqa: FBT002  # the parser's own form
) -> None:
    """Remove a tenant for good: keys, uploads, datasets, runs, models, artifacts. Log lines go when they expire."""
    session: Session = context.obj
    tenant, ports = check_name(name, "tenant"), removal.ports(session)
    removed = removal.carry_out(
        session, lambda rehearse: remove_tenant(tenant, ports, rehearse=rehearse), dry_run=dry_run, yes=yes
    )
    if removed.done:
        session.saved.without(tenant).write(session.saved_path)

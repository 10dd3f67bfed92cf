"""`millrace keys`: what opens a tenant's part of the API."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Annotated

import typer
from rich.console import Group
from rich.text import Text

from millrace.adapters.documents import plain
from millrace.cli import render
from millrace.cli.session import Session
from millrace.domain.access import KEY_DAYS, ApiKey, Scope
from millrace.usecases.issue_key import KeyRequest, issue_key, parse_scopes
from millrace.usecases.list_keys import list_keys
from millrace.usecases.revoke_key import revoke_key

app = typer.Typer(help="Keys to a tenant's part of the API: shown once, expiring, revocable.", no_args_is_help=True)


@app.command(epilog="Example: millrace keys create --scope infer --scope train --days 30 --save")
def create(
    context: typer.Context,
    scope: Annotated[
        list[str] | None, typer.Option(help="infer, train or admin; may be repeated. infer by default.")
    ] = None,
    days: Annotated[int, typer.Option(help="How many days it is valid.")] = KEY_DAYS,
    label: Annotated[str, typer.Option(help="What it is for, to tell keys apart.")] = "",
    save: Annotated[  # noqa: FBT002  # the parser's own form
        bool, typer.Option("--save", help="Keep it on this machine for `predict`, readable by you only.")
    ] = False,
) -> None:
    """Create a key and show it, this once."""
    session: Session = context.obj
    tenant = session.known_tenant()
    request = KeyRequest(tenant, parse_scopes(scope or [Scope.INFER]), days, label)
    issued = issue_key(request, session.keys, session.clock, secrets.token_bytes)
    if save:
        session.saved.with_key(tenant, issued.text).write(session.saved_path)
    shown = Group(
        Text(issued.text, style="bold"),
        Text(f"Key {issued.key.id} of {tenant}, valid until {issued.key.expires}. It is not shown again.", style="dim"),
    )
    session.screen.show(_public(issued.key) | {"key": issued.text}, lambda: shown)


@app.command("list", epilog="Example: millrace keys list")
def list_(context: typer.Context) -> None:
    """List the tenant's keys, without their secrets."""
    session: Session = context.obj
    found = list_keys(session.known_tenant(), session.keys)
    session.screen.show([_public(key) for key in found], lambda: render.keys(found, session.clock.now()))


@app.command(epilog="Example: millrace keys revoke 4f0c2a9b11d0e7aa")
def revoke(
    context: typer.Context, key_id: Annotated[str, typer.Argument(help="The 16 digits after the key's first dot.")]
) -> None:
    """Revoke a key for ever; calls with it are refused within 5 seconds."""
    session: Session = context.obj
    tenant = session.known_tenant()
    revoke_key(tenant, key_id, session.keys, session.clock)
    saved = session.saved
    if f".{key_id}." in saved.keys.get(tenant, ""):
        kept = {name: text for name, text in saved.keys.items() if name != tenant}
        replace(saved, keys=kept).write(session.saved_path)
    session.screen.show({"revoked": key_id}, lambda: f"Revoked key {key_id}.")


def _public(key: ApiKey) -> dict[str, object]:
    return {name: value for name, value in plain(key).items() if name != "secret_digest"}

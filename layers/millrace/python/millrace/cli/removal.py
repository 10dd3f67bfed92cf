"""How a deletion is asked about and told, the same for datasets, models and tenants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.filesize import decimal
from rich.text import Text

from millrace.cli import render
from millrace.cli.session import Session
from millrace.domain.errors import InvalidInput
from millrace.domain.removal import Removal, StoredObject, total_size
from millrace.usecases.remove import RemovalPorts

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would go, and remove nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]
SHOWN = 20  # objects that are named; the rest are counted


def ports(session: Session) -> RemovalPorts:
    """What removing needs, joined to this stage."""
    return RemovalPorts(
        erasure=session.erasure,
        datasets=session.datasets,
        runs=session.runs,
        models=session.models,
        keys=session.keys,
        landing=session.landing_objects,
        artifacts=session.artifact_objects,
        captures=session.capture_objects,
        documents=session.documents,
        alarms=session.alarms,
    )


def carry_out(session: Session, remove: Callable[[bool], Removal], *, dry_run: bool, yes: bool) -> Removal:
    """Rehearse and show; then, unless that was all, ask, remove, and show what is gone. `remove` takes `rehearse`."""
    planned = remove(True)
    if not dry_run:
        _agree(session, planned, yes=yes)
        planned = remove(False)
    session.screen.show(_facts(planned), lambda: told(planned))
    return planned


def _agree(session: Session, planned: Removal, *, yes: bool) -> None:
    if yes:
        return
    if session.screen.as_json:
        raise InvalidInput("a deletion must be agreed to", field="--yes", hint="look with --dry-run, then add --yes")
    session.screen.note(told(planned))
    typer.confirm(f"Remove {planned.what} for good?", abort=True)


def told(removal: Removal) -> RenderableType:
    """What goes, or went: records by kind, and objects."""
    verb = "Removed" if removal.done else "Would remove"
    counted = [f"{count} {kind}" for kind, count in removal.records.items() if count]
    counted.append(f"{len(removal.objects)} objects with all their versions, {decimal(removal.size)}")
    parts: list[RenderableType] = [Text(f"{verb} {removal.what}: {', '.join(counted)}.")]
    if removal.objects:
        rows = [(each.key, each.versions, decimal(each.size)) for each in removal.objects[:SHOWN]]
        parts.append(render.table("", ("object", "versions", "size"), [*rows, *_more(removal.objects[SHOWN:])]))
    return Group(*parts)


def _more(rest: tuple[StoredObject, ...]) -> list[tuple[object, ...]]:
    versions = sum(each.versions for each in rest)
    return [(f"and {len(rest)} more", versions, decimal(total_size(rest)))] if rest else []


def _facts(removal: Removal) -> dict[str, object]:
    return {
        "what": removal.what,
        "removed": removal.done,
        "records": removal.records,
        "objects": list(removal.objects),
        "bytes": removal.size,
    }

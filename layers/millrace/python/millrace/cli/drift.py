"""`millrace drift`: whether a model is still asked what it was trained on."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from millrace.cli import render
from millrace.cli.session import Session
from millrace.domain.drift import Drift, Finding, Standing
from millrace.domain.errors import NotFound, Unavailable
from millrace.domain.model import CHAMPION
from millrace.protocol.watching import asked
from millrace.usecases.detect_drift import last_drift

app = typer.Typer(
    help="Drift: what models are asked, and answer, against what they were trained on.", no_args_is_help=True
)
Name = Annotated[str, typer.Argument(help="The model's name, which is its dataset's.")]
SHOWN = 12  # findings, the most severe first
STYLE = {Standing.NOT_ENOUGH_DATA: "yellow", Standing.STABLE: "green", Standing.DRIFTED: "red"}


@app.command(epilog="Example: millrace drift show credit-g")
def show(context: typer.Context, model: Name) -> None:
    """Show what the last look found; the stage looks by itself, every hour unless it was told otherwise."""
    session: Session = context.obj
    found = last_drift(served(session, model), model, session.watched)
    if found is None:
        raise NotFound(
            f"nobody has looked at {model!r} yet",
            code="not_looked_at",
            field="model",
            hint=f"look now: millrace drift check {model}",
        )
    session.screen.show(found, lambda: told(found))


@app.command(epilog="Example: millrace drift check credit-g")
def check(context: typer.Context, model: Name) -> None:
    """Look now, as the schedule does: sketch what was captured, compare, and let the alarm know."""
    session: Session = context.obj
    found = looked(session, served(session, model), model)
    session.screen.show(found, lambda: told(found))


def looked(session: Session, tenant: str, model: str) -> Drift:
    """What the detector finds now. Raises Unavailable where it fails, NotFound where it can't watch the model."""
    answer = session.detector.call(asked(tenant, model))
    if troubles := answer.get("troubles"):
        raise Unavailable(f"{model!r} could not be looked at: {troubles}", code="not_looked_at", hint="millrace logs")
    found = None if answer.get("unwatched") else last_drift(tenant, model, session.watched)
    if found is None:
        raise NotFound(
            f"{model!r} can't be watched: its champion has no baseline",
            code="no_baseline",
            field="model",
            hint="train it again: a version that this release makes has one",
        )
    return found


def served(session: Session, model: str) -> str:
    """The tenant, whose model serves. Raises NotFound."""
    tenant = session.known_tenant()
    if session.models.alias(tenant, model, CHAMPION) is None:
        raise NotFound(f"no version of {model!r} serves", field="model", hint="list them: millrace models list")
    return tenant


def told(drift: Drift) -> RenderableType:
    """The standing, the window, and the findings that say most."""
    severity = "" if drift.severity is None else f", severity {drift.severity:.2f} (the alarm rises at 1)"
    head = Text.assemble(
        (drift.standing.value, STYLE[drift.standing]),
        f": version {drift.version} of {drift.model}{severity}\n",
        f"{drift.rows} captured rows, {drift.labelled} with truth, from {drift.since} to {drift.until}",
    )
    if drift.damaged:
        head.append(f"\n{drift.damaged} capture objects are damaged and count for nothing", style="red")
    worst = sorted(drift.findings, key=lambda finding: -finding.severity)
    rows = [_row(finding) for finding in worst[:SHOWN]]
    more = len(worst) - SHOWN
    title = f"Findings, the {SHOWN} most severe of {len(worst)}" if more > 0 else "Findings"
    columns = ("severity", "test", "column", "statistic", "counts from", "p", "says")
    return Group(head, render.table(title, columns, rows)) if rows else head


def _row(finding: Finding) -> tuple[object, ...]:
    severity = Text(f"{finding.severity:.2f}", style="red" if finding.drifted else "")
    probability = "" if finding.p_value is None else f"{finding.p_value:.2g}"
    return (
        severity,
        finding.test,
        finding.column,
        f"{finding.statistic:.4g}",
        f"{finding.limit:.4g}",
        probability,
        finding.says,
    )

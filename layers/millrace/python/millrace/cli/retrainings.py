"""`millrace retrainings`: what was decided about a model, and a person's say in it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from millrace.adapters import documents
from millrace.cli import render
from millrace.cli.models import Name
from millrace.cli.session import Session
from millrace.domain.errors import Conflict, InvalidInput, NotFound
from millrace.domain.manifest import Manifest
from millrace.domain.retraining import Cause, Refusal, Retraining
from millrace.usecases.labelled_dataset import DatasetPorts
from millrace.usecases.resume_retraining import resume as close_breaker
from millrace.usecases.retrain import RetrainPorts, Wish, retrain
from millrace.usecases.retraining_past import past_of

app = typer.Typer(help="Whether models were retrained, and why not.", no_args_is_help=True)
MOST = 1000
HINTS = {
    Refusal.DISABLED: "send a spec.yaml with retrain: true",
    Refusal.BREAKER: "millrace retrainings resume MODEL --why TEXT",
    Refusal.IN_PROGRESS: "wait for it: millrace runs list",
    Refusal.TOO_FEW_ROWS: "send more truth, or lower retrain_least_rows in spec.yaml",
    Refusal.NO_CHAMPION: "millrace models promote MODEL VERSION --why TEXT",
}


@app.command("list", epilog="Example: millrace retrainings list credit-g --limit 5")
def list_(
    context: typer.Context,
    model: Name,
    limit: Annotated[int, typer.Option(help="How many, newest first.")] = 20,
) -> None:
    """List what was decided about retraining a model: runs, and refusals with their reason."""
    session: Session = context.obj
    if not 1 <= limit <= MOST:
        raise InvalidInput(f"limit is 1 to {MOST}, not {limit}", field="--limit")
    tenant = _known(session, model)
    found, past = session.retrainings.of_model(tenant, model, limit), past_of(tenant, model, session)
    value = {"decisions": list(found), "stopped": past.is_broken, "lost": list(past.lost)}
    session.screen.show(value, lambda: _listed(model, found, stopped=past.is_broken))


@app.command(epilog='Example: millrace retrainings resume credit-g --why "the labels were wrong until Monday"')
def resume(
    context: typer.Context,
    model: Name,
    why: Annotated[str, typer.Option(help="The reason, which is kept with who and when.")],
) -> None:
    """Let a model be retrained again after three challengers in a row lost."""
    session: Session = context.obj
    decision = close_breaker(_known(session, model), model, session.who, why, session)
    session.screen.show(decision, lambda: f"{model} may be retrained again.")


@app.command(epilog="Example: millrace retrainings start credit-g")
def start(context: typer.Context, model: Name) -> None:
    """Retrain a model now, on its captures with truth, whether it drifts or not."""
    session: Session = context.obj
    decision = retrain(Wish(_known(session, model), model, Cause.PERSON, session.who), _ports(session))
    if decision is None:
        raise _unknown(model)
    if decision.refusal is not None:
        hint = HINTS[decision.refusal].replace("MODEL", model)
        raise Conflict(decision.says, code=decision.refusal.value, field="model", hint=hint)
    session.screen.show(decision, lambda: f"Run {decision.run_id} began: millrace runs show {decision.run_id}")


def _ports(session: Session) -> RetrainPorts:
    return RetrainPorts(
        models=session.models,
        runs=session.runs,
        blobs=session.blobs,
        metrics=session.metrics,
        retrainings=session.retrainings,
        labelled=DatasetPorts(session.truth, session.datasets, session.blobs, session.clock),
        workflow=session.workflow,
        clock=session.clock,
        announcements=session.ending.announcements,
        read_manifest=partial(documents.load, Manifest),
        window_minutes=0,  # a person's wish is not held back by what was measured
        runs_per_tenant=session.outputs.runs_per_tenant,
    )


def _known(session: Session, model: str) -> str:
    """The tenant that is meant, once it was seen to have this model. Raises NotFound."""
    tenant = session.known_tenant()
    if not session.models.versions(tenant, model):
        raise _unknown(model)
    return tenant


def _unknown(model: str) -> NotFound:
    return NotFound(f"there is no model {model!r}", field="model", hint="list them: millrace models list")


def _listed(model: str, found: Sequence[Retraining], *, stopped: bool) -> RenderableType:
    rows = ((each.at, each.cause.value, _what(each), each.says) for each in found)
    listed = render.table("Retrainings", ("at", "cause", "what", "why"), rows)
    words = f"It has stopped, until a person resumes it: millrace retrainings resume {model} --why TEXT"
    return Group(listed, Text(words, style="bold")) if stopped else listed


def _what(decision: Retraining) -> str:
    if decision.resumed:
        return f"resumed by {decision.who}"
    if decision.refusal is None:
        return f"run {decision.run_id}"
    return decision.refusal.value + (f", {decision.count} times" if decision.count > 1 else "")

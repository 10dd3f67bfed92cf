"""`millrace demo`: the whole loop on this machine, from a file to a champion retrained on drift, in one command."""

from __future__ import annotations

import contextlib
import json
import secrets
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from rich.console import RenderableType
from rich.text import Text

from millrace.cli import render
from millrace.cli.demo_loop import Loop, go_on
from millrace.cli.exits import FAILED
from millrace.cli.local import bring_up
from millrace.cli.predict import api, lacking, read_rows
from millrace.cli.runs import Findings, findings
from millrace.cli.session import Session
from millrace.cli.train import upload, watched
from millrace.domain.access import PresentedKey, Scope
from millrace.domain.errors import Conflict, InvalidInput, NotFound, Unauthenticated
from millrace.domain.run import Run, RunState
from millrace.usecases.create_tenant import create_tenant
from millrace.usecases.issue_key import KeyRequest, issue_key

TENANT = "demo"
EXAMPLE = Path("examples/credit-g/credit-g.csv")
SPEC = EXAMPLE.with_name("spec.yaml")
ROWS = 3  # predicted over HTTPS


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(epilog="Example: millrace demo")(demo)


def demo(context: typer.Context) -> None:
    """Set up everything on this machine, train on the German credit data, predict over HTTPS, and retrain on drift.

    A second time it reuses what is set up.
    """
    session: Session = context.obj
    if not session.is_local:
        raise InvalidInput(
            "the demo runs on the stage local only", field="--stage", hint="use `train` and `predict` there"
        )
    began = time.monotonic()
    example, spec = session.root / EXAMPLE, session.root / SPEC
    for path in (EXAMPLE, SPEC):
        if not (session.root / path).is_file():
            raise NotFound(f"the example {path} is missing", hint="get the whole repository")
    bring_up(session)
    session = as_tenant(session)
    session.screen.note(f"Tenant [bold]{TENANT}[/], with a key saved in {session.saved_path}")
    dataset = f"credit-g-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    session.screen.note(f"Uploading {EXAMPLE} and its {SPEC.name} as dataset [bold]{dataset}[/]")
    run = watched(session, upload(session, example, dataset, spec.read_bytes()))
    found = findings(session, run)
    if run.outcome.state is not RunState.SUCCEEDED:
        session.screen.show(run, lambda: render.run(run, found.report, found.verdict))
        raise typer.Exit(FAILED)
    _tell(session, found)
    rows, target = list(read_rows(example)), found.report.target if found.report is not None else "class"
    with api(session, session.saved.keys[TENANT]) as client:
        first = [lacking(row, [target]) for row in rows[:ROWS]]
        answer = client.predict(run.dataset, None, first)
        _show_answer(session, run, first, answer)
        loop = go_on(session, client, run, rows, target)
    _conclude(session, run, answer, loop, target)
    session.screen.note(f"The demo took {time.monotonic() - began:.1f} s")


def as_tenant(session: Session) -> Session:
    """The demo's tenant with a key that opens the API, both made only where they are missing."""
    with contextlib.suppress(Conflict):  # it is there from the demo before
        create_tenant(TENANT, session.tenants, session.clock)
    saved = session.saved.with_tenant(TENANT)
    if not _opens(session, saved.keys.get(TENANT)):
        request = KeyRequest(TENANT, frozenset(Scope), label="demo")
        saved = saved.with_key(TENANT, issue_key(request, session.keys, session.clock, secrets.token_bytes).text)
    saved.write(session.saved_path)
    return session.meaning(TENANT)


def as_called(program: str) -> str:
    """How to call this program again: by its path where it was called by one, as `make demo` does, else by its name."""
    return "millrace" if Path(program).is_absolute() else program


def _opens(session: Session, text: str | None) -> bool:
    if text is None:
        return False
    try:
        presented = PresentedKey.parse(text)
    except Unauthenticated:
        return False
    key = session.keys.find(presented.tenant, presented.id)
    return key is not None and key.admits(presented.secret, session.clock.now())


def _tell(session: Session, found: Findings) -> None:
    """What the job found, and what the gate made of it."""
    parts: list[RenderableType] = []
    if found.report is not None:
        parts += [render.leaderboard(found.report), render.held_out(found.report)]
    if found.verdict is not None:
        parts.append(render.gate(found.verdict))
    for part in parts:
        session.screen.note(part)


def curl(program: str, model: str, row: Mapping[str, object]) -> str:
    """A whole command line that asks the model about one row; the key comes from where it is saved."""
    body = shlex.quote(json.dumps({"rows": [row]}, ensure_ascii=False))
    call = f'curl -s --cacert "$MILLRACE_CA" -H "Authorization: Bearer $MILLRACE_KEY" -d {body}'
    return f'eval "$({program} status --export)" && {call} "$MILLRACE_API/models/{model}/predict"'


def _show_answer(session: Session, run: Run, rows: Sequence[Mapping[str, object]], answer: Mapping[str, Any]) -> None:
    """What the endpoint says of the first customers, and how to ask it with curl."""
    note = session.screen.note
    serves = f"version {run.outcome.version} serves" if run.outcome.promoted else "the champion keeps serving"
    note(Text.assemble(("Decision  ", "bold"), serves))
    note(Text.assemble(("Endpoint  ", "bold"), _endpoint(session, run)))
    call = curl(as_called(sys.argv[0]), run.dataset, rows[0])
    note(Text.assemble(("With curl ", "bold"), call), soft_wrap=True)
    note(render.answer(run.dataset, answer, rows))


def _conclude(session: Session, run: Run, answer: Mapping[str, Any], loop: Loop, target: str) -> None:
    """What came of it all, and what to try next."""
    program = as_called(sys.argv[0])
    following = (
        f"{program} runs show {run.id}",
        f"{program} predict {run.dataset} {EXAMPLE} --without {target}",
        f"{program} drift show {run.dataset}",
        f"{program} models show {run.dataset}",
        f"{program} status --export",
    )
    session.screen.show(
        {
            "run": run,
            "endpoint": _endpoint(session, run),
            "answer": answer,
            "drift": loop.drift,
            "retraining": loop.run,
            "figures": {"before": loop.before, "after": loop.after},
            "next": list(following),
        },
        lambda: render.following(following),
    )


def _endpoint(session: Session, run: Run) -> str:
    return f"{session.outputs.api_url}/models/{run.dataset}/predict"

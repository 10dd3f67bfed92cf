"""`millrace up`, `down`, `status`, `doctor`: the embedded cloud, or what to do about a stage on AWS."""

from __future__ import annotations

import os
import shlex
from typing import Annotated, Any

import typer
from rich.text import Text

from millrace.cli import render
from millrace.cli.exits import FAILED
from millrace.cli.session import Session
from millrace.cli.worker import ENTRY_POINT
from millrace.domain.errors import MillraceError
from millrace.local import deploy, doctor, emulator
from millrace.local import worker as local_worker


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command(epilog="Example: millrace up")(up)
    app.command(epilog="Example: millrace down --wipe")(down)
    app.command(epilog="Example: millrace status --json")(status)
    app.command("doctor", epilog="Example: millrace doctor")(diagnose)


def up(context: typer.Context) -> None:
    """Start the embedded cloud, deploy every stack, start a worker. Does only what is not done yet."""
    session: Session = context.obj
    if not session.is_local:
        _point(session, f"make deploy STAGE={session.stage}", "cdk deploy")
        return
    bring_up(session)
    url = session.outputs.api_url
    session.screen.show({"endpoint": session.cloud.endpoint, "api": url}, lambda: f"It is up. The API answers at {url}")


def bring_up(session: Session) -> None:
    """Everything that runs behind the local stage: cloud, stacks, worker."""
    note = session.screen.note
    note("Starting the embedded cloud")
    cloud = emulator.start(session.state)
    session.enter(cloud)
    deploy.deploy(cloud, session.root, lambda what: note(Text(f"  {what}", style="dim")))
    deployed = f"{session.outputs.job_queue_url} {deploy.digest(session.root)}"
    local_worker.start(session.state, cloud.over(os.environ), session.stage, session.root / ENTRY_POINT, deployed)
    note(Text("  a worker polls for jobs", style="dim"))


def down(
    context: typer.Context,
    wipe: Annotated[bool, typer.Option("--wipe", help="Forget everything it holds, too.")] = False,  # noqa: FBT002  # the parser's own form
) -> None:
    """Stop the worker and the embedded cloud, which keeps what it holds unless wiped."""
    session: Session = context.obj
    if not session.is_local:
        _point(session, f"make destroy STAGE={session.stage}", "cdk destroy")
        return
    worker, cloud = local_worker.stop(session.state), emulator.stop(session.state)
    if wipe:
        emulator.wipe(session.state)
    words = "Stopped" if cloud or worker else "Nothing ran"
    value = {"worker_stopped": worker, "cloud_stopped": cloud, "wiped": wipe}
    session.screen.show(value, lambda: f"{words}{', and everything is forgotten' if wipe else ''}.")


def status(
    context: typer.Context,
    export: Annotated[  # noqa: FBT002  # the parser's own form
        bool,
        typer.Option("--export", help="Write lines for a shell instead: the API, its CA, and the key if one is saved."),
    ] = False,
) -> None:
    """Show what runs and where it answers."""
    session: Session = context.obj
    if export:
        variables = exported(session)
        if session.screen.as_json:
            session.screen.json_line(variables)
            return
        for name, value in variables.items():
            session.screen.line(f"export {name}={shlex.quote(value)}")  # whole, however long
        return
    facts: dict[str, Any] = {"stage": session.stage, "tenant": session.options.tenant or session.saved.tenant}
    if session.is_local:
        cloud, worker = emulator.find(session.state), local_worker.find(session.state)
        facts["cloud"] = cloud.endpoint if cloud else None
        facts["worker"] = worker.pid if worker else None
    if not session.is_local or facts["cloud"]:
        try:
            facts |= {"api": session.outputs.api_url, "landing": f"s3://{session.outputs.landing_bucket}"}
        except MillraceError as error:
            facts |= {"api": None, "trouble": error.message}
    rows = [(name, Text("no", style="yellow") if value is None else value) for name, value in facts.items()]
    session.screen.show(facts, lambda: render.table("", ("what", "where"), rows))


def exported(session: Session) -> dict[str, str]:
    """What curl needs to call the API: its address, the tenant's saved key, if any, and off AWS the authority to trust.

    None of it is a name that AWS's own tools read: a shell that holds it still calls AWS.
    """
    found = {"MILLRACE_API": session.outputs.api_url}
    if session.is_local:
        found["MILLRACE_CA"] = str(session.cloud.ca_bundle)
    saved = session.saved
    key = saved.keys.get(session.options.tenant or saved.tenant or "")
    return found | ({"MILLRACE_KEY": key} if key else {})


def diagnose(context: typer.Context) -> None:
    """Look for what is missing on this machine, and say how to get it."""
    session: Session = context.obj
    findings = doctor.examine(session.root, session.state)
    rows = [
        (
            Text("✓", style="green") if each.well else Text("✗", style="red"),
            each.what,
            each.found,
            "" if each.well else each.remedy,
        )
        for each in findings
    ]
    session.screen.show(findings, lambda: render.table("", ("", "what", "found", "how to get it"), rows))
    if not all(each.well for each in findings):
        raise typer.Exit(FAILED)


def _point(session: Session, command: str, runs: str) -> None:
    """A stage on AWS is not ours to deploy: say which command does it, and what that one runs. Raises InvalidInput."""
    session.check_stage()
    chosen = {"AWS_PROFILE": session.options.profile, "AWS_REGION": session.options.region}
    variables = "".join(f"{name}={shlex.quote(value)} " for name, value in chosen.items() if value)
    said = f"{variables}{command}"
    whole = f"{runs} --all -c stage={session.stage}"
    where = f"The stage {session.stage} is on AWS. In the project's folder, run:"
    session.screen.show({"command": said, "runs": whole}, lambda: f"{where}\n\n  {said}\n\nwhich runs `{whole}`.")

"""`millrace train`: a file in, a model out."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Annotated

import typer

from millrace.cli import render, train_here
from millrace.cli.exits import FAILED
from millrace.cli.follow import follow
from millrace.cli.runs import findings, serving
from millrace.cli.session import Session
from millrace.domain import digest, head
from millrace.domain.errors import InvalidInput, Unavailable
from millrace.domain.naming import UploadKey, check_name, unaccented
from millrace.domain.run import DataLocation, Run, RunState, run_id
from millrace.domain.spec import Metric, Spec
from millrace.domain.upload import SPEC_BYTES, bare_name, format_of
from millrace.protocol.spec import read_spec

CHUNK = 1 << 20  # bytes
CLAIM_SECONDS = 60.0  # from an upload to its run's record


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(epilog="Example: millrace train loans.csv --target defaulted --wait")(train)


def train(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="CSV, JSON Lines or Parquet.", exists=True, dir_okay=False, readable=True)
    ],
    dataset: Annotated[str | None, typer.Option(help="The dataset's and model's name; else the file's.")] = None,
    target: Annotated[str | None, typer.Option(help="The column to predict.")] = None,
    spec: Annotated[Path | None, typer.Option(help="A spec.yaml that says more.", exists=True, dir_okay=False)] = None,
    wait: Annotated[  # noqa: FBT002  # the parser's own form
        bool,
        typer.Option(
            "--wait",
            help="Show progress until it is over; exit 1 if no version was made, 0 if one was, serving or kept aside.",
        ),
    ] = False,
    local: Annotated[  # noqa: FBT002  # the parser's own form
        bool, typer.Option("--local", help="Train here, with no cloud at all; Ctrl-C keeps the best so far.")
    ] = False,
    seconds: Annotated[
        float | None, typer.Option(help="With --local: how long to search; else as the spec says, or 60.")
    ] = None,
    trials: Annotated[int | None, typer.Option(help="With --local: how many trials, however long they take.")] = None,
    metric: Annotated[Metric | None, typer.Option(help="With --local: what candidates are compared by.")] = None,
    seed: Annotated[int | None, typer.Option(help="With --local: what the search draws its chances from.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="With --local: the folder for the model; else the file's name and -model.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="With --local: replace what is in that folder.")] = False,  # noqa: FBT002  # the parser's own form
) -> None:
    """Upload a file and train on it; or train on it here. A stage keeps the spec with the dataset for later uploads."""
    session: Session = context.obj
    asked, name = spec_text(target, spec), dataset or dataset_name(file)
    wishes = train_here.Wishes(seconds, trials, metric, seed)
    check_columns(file, asked)
    if local and wait:
        raise InvalidInput("--wait is for a stage's run", field="--wait", hint="leave it out: --local waits")
    if local:
        told, folder = wishes.over(asked), out or train_here.folder_of(file)
        train_here.train_here(session.screen, file, name, told, out=folder, force=force)
        return
    train_here.refuse_without_local({**wishes.given, "out": out, "force": force})
    train_there(session, file, name, asked, wait=wait)


def train_there(session: Session, file: Path, name: str, asked: bytes | None, *, wait: bool) -> None:
    """Upload the file to the stage, and follow its run if asked to."""
    before = known_run(session, file, name, asked)
    run = upload(session, file, name, asked)
    session.screen.note(f"Run [bold]{run.id}[/] of dataset {run.dataset}")
    if before is not None and before.outcome.state.is_final:
        session.screen.note(
            f"This content was trained before under this spec (run {run.id}, {run.created}): nothing new was made"
        )
    if not wait:
        advice = f"Watch it with: millrace runs show {run.id}"
        session.screen.show(run, lambda: advice)
        return
    run = watched(session, run)
    found = findings(session, run)
    champion = serving(session, run)
    value: dict[str, object] = {
        "run": run,
        "report": found.report,
        "verdict": found.verdict,
        "promoted": run.outcome.promoted,
    }
    value |= {"champion": champion, "trained_before": before is not None}
    session.screen.show(value, lambda: render.run(run, found.report, found.verdict, champion))
    if run.outcome.state is not RunState.SUCCEEDED:
        raise typer.Exit(FAILED)


def watched(session: Session, run: Run) -> Run:
    """The run once it is over. Ctrl-C ends the watching only, and says so."""
    try:
        return follow(session, run)
    except KeyboardInterrupt:
        session.screen.aside(f"The run goes on: millrace runs show {run.id}")
        raise


def dataset_name(file: Path) -> str:
    """A valid dataset name made of the file's, without accents. Raises InvalidInput where nothing of it can be used."""
    plain = unaccented(bare_name(file.name).casefold())
    return check_name(re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:63].strip("-"), "dataset")


def spec_text(target: str | None, spec: Path | None) -> bytes | None:
    """The spec.yaml to upload, checked; None to leave what the dataset has. Raises InvalidInput or Rejected."""
    if target is not None and spec is not None:
        raise InvalidInput("--target and --spec were both given", field="--target", hint="put the target in the spec")
    if spec is not None:
        text = spec.read_bytes()
    elif target is not None:
        text = f"target: {json.dumps(target)}\n".encode()  # JSON's quoting is YAML's too
    else:
        return None
    read_spec(text)
    return text


def check_columns(file: Path, spec: bytes | None) -> None:
    """Raise Rejected for a spec that names columns the file lacks, before the spec is kept with the dataset.

    Only a CSV's header can be read here; a Parquet file's columns are for the job.
    """
    if spec is None:
        return
    format_ = format_of(file.name)
    with file.open("rb") as content:
        names = head.columns(format_, content.read(head.HEAD_BYTES), file.stat().st_size, file.name)
    if names is not None:
        head.check_spec(read_spec(spec), names)


def known_run(session: Session, file: Path, dataset: str, spec: bytes | None) -> Run | None:
    """The run that the same content under the same spec has already, looked for before it is sent again."""
    tenant = session.known_tenant()
    key = UploadKey(tenant, check_name(dataset, "dataset"), file.name)
    kept = spec if spec is not None else session.landing.read(key.spec_key, SPEC_BYTES)
    meant = Spec() if kept is None else read_spec(kept)
    with file.open("rb") as content:
        name = digest.of_chunks(iter(lambda: content.read(CHUNK), b""))
    return session.runs.find(tenant, run_id(tenant, dataset, name, meant.digest))


def upload(session: Session, file: Path, dataset: str, spec: bytes | None) -> Run:
    """Send the spec, then the file, and find the run that the upload began. Raises Unavailable when none appears."""
    tenant = session.known_tenant()
    format_of(file.name)
    key = UploadKey(tenant, check_name(dataset, "dataset"), file.name)
    if spec is not None:
        session.delivery.send(key.spec_key, spec)
    stored = session.landing.read(key.spec_key, SPEC_BYTES)
    sent = session.delivery.send(str(key), file)
    return _claimed(session, key, sent, Spec() if stored is None else read_spec(stored))


def _claimed(session: Session, key: UploadKey, sent: DataLocation, spec: Spec) -> Run:
    """The upload's run: by its id, which the content and the spec name, or by the uploaded object."""
    name = run_id(key.tenant, key.dataset, sent.digest, spec.digest)
    deadline, pause = time.monotonic() + CLAIM_SECONDS, 0.02
    while time.monotonic() < deadline:
        run = session.runs.find(key.tenant, name)
        if run is None and pause > 0.2:  # a rejected upload's run is named by why it was rejected
            everything = session.runs.of_tenant(key.tenant)
            run = next((each for each in everything if is_of(each, sent)), None)
        if run is not None:
            return run
        time.sleep(pause)
        pause = min(pause * 1.5, 1.0)
    raise Unavailable(
        "the upload arrived, but no run began", code="no_run", hint="see `millrace logs` for what `ingest` says"
    )


def is_of(run: Run, sent: DataLocation) -> bool:
    """Whether the run is this upload's. The version may be missing: the embedded cloud's events don't name it."""
    data = run.data
    return (data.key, data.size) == (sent.key, sent.size) and data.version_id in {None, sent.version_id}

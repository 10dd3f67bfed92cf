"""`millrace models`: versions, who serves, and an artifact to take away."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from millrace.cli import removal, render
from millrace.cli.session import Session
from millrace.domain import digest
from millrace.domain.errors import Conflict, InvalidInput, NotFound
from millrace.domain.job import MANIFEST_FILE, MODEL_FILE
from millrace.domain.model import CHAMPION, ModelAddress, ModelVersion
from millrace.domain.removal import Removal
from millrace.usecases.promote import Promotion
from millrace.usecases.promote import promote as move_champion
from millrace.usecases.promote import rollback as move_back
from millrace.usecases.remove import beyond, remove_model, remove_versions

app = typer.Typer(help="Models, their versions, and who serves.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The model's name, which is its dataset's.")]


@app.command("list", epilog="Example: millrace models list")
def list_(context: typer.Context) -> None:
    """List the tenant's models."""
    session: Session = context.obj
    found = session.models.of_tenant(session.known_tenant())
    session.screen.show(found, lambda: render.models(found))


@app.command(epilog="Example: millrace models show credit-g")
def show(context: typer.Context, model: Name) -> None:
    """Show a model's versions and every move of its aliases."""
    session: Session = context.obj
    tenant = session.known_tenant()
    versions = session.models.versions(tenant, model)
    if not versions:
        raise NotFound(f"there is no model {model!r}", field="model", hint="list them: millrace models list")
    champion = session.models.alias(tenant, model, CHAMPION)
    moves = session.models.ledger(tenant, model)
    number = champion.version if champion else None
    session.screen.show(
        {"versions": list(versions), "champion": number, "ledger": list(moves)},
        lambda: render.model(versions, number, moves),
    )


@app.command(epilog="Example: millrace models history credit-g")
def history(context: typer.Context, model: Name) -> None:
    """Show every move of a model's aliases: when, who and why."""
    session: Session = context.obj
    tenant = session.known_tenant()
    moves = list(session.models.ledger(tenant, model))
    if not moves and not session.models.versions(tenant, model):
        raise NotFound(f"there is no model {model!r}", field="model", hint="list them: millrace models list")
    session.screen.show(moves, lambda: render.ledger(moves))


@app.command(epilog='Example: millrace models promote credit-g 2 --why "version 3 refuses too many"')
def promote(
    context: typer.Context,
    model: Name,
    version: Annotated[int, typer.Argument(help="The number of the version that shall serve.")],
    why: Annotated[str, typer.Option(help="The reason, which the ledger keeps with who and when.")],
) -> None:
    """Let a version serve, an older one or one that the gate kept aside; the endpoint follows within 5 seconds."""
    session: Session = context.obj
    wanted = Promotion(session.known_tenant(), model, version, session.who, why)
    move = move_champion(wanted, session.models, session.clock)
    words = f"Version {version} of {model} serves now." if move else f"Version {version} of {model} served already."
    session.screen.show({"model": model, "version": version, "move": move}, lambda: words)


@app.command(epilog='Example: millrace models rollback credit-g --why "complaints since noon"')
def rollback(
    context: typer.Context,
    model: Name,
    why: Annotated[str, typer.Option(help="The reason, which the ledger keeps with who and when.")],
) -> None:
    """Let the version serve again that served before the present one; a second time, the one before that."""
    session: Session = context.obj
    move = move_back(session.known_tenant(), model, session.who, why, session.models, session.clock)
    words = f"Version {move.after} of {model} serves again, in place of version {move.before}."
    session.screen.show({"model": model, "version": move.after, "move": move}, lambda: words)


@app.command(epilog="Example: millrace models delete credit-g --keep 5 --dry-run")
def delete(
    context: typer.Context,
    model: Name,
    version: Annotated[list[int] | None, typer.Option(help="Only this version; may be repeated.")] = None,
    keep: Annotated[
        int | None, typer.Option(help="Only versions older than so many; never the one that serves.")
    ] = None,
    dry_run: removal.DryRun = False,  # noqa: FBT002  # the parser's own form
    yes: removal.Yes = False,  # noqa: FBT002  # the parser's own form
) -> None:
    """Remove a model, or some of its versions, for good. It answers within 5 seconds as if it had never been."""
    session: Session = context.obj
    tenant, ports = session.known_tenant(), removal.ports(session)
    if version and keep is not None:
        raise InvalidInput("give --version or --keep, not both", field="--keep")
    numbers = beyond(tenant, model, keep, session.models) if keep is not None else version

    def remove(rehearse: bool) -> Removal:  # noqa: FBT001  # the callable's one argument
        if numbers is None:
            return remove_model(tenant, model, ports, rehearse=rehearse)
        return remove_versions(tenant, model, numbers, ports, rehearse=rehearse)

    removal.carry_out(session, remove, dry_run=dry_run, yes=yes)


@app.command(epilog="Example: millrace models export credit-g --version 2 --output ./credit-g")
def export(
    context: typer.Context,
    model: Name,
    output: Annotated[Path, typer.Option(help="The folder to write to; made if absent.")] = Path(),
    model_version: Annotated[str, typer.Option("--version", help="A number or an alias.")] = CHAMPION,
    force: Annotated[bool, typer.Option("--force", help="Replace other files of these names there.")] = False,  # noqa: FBT002  # the parser's own form
) -> None:
    """Write model.onnx and manifest.json, each checked against its digest."""
    session: Session = context.obj
    version = resolve(session, ModelAddress(session.known_tenant(), model, model_version))
    if output.exists() and not output.is_dir():
        raise InvalidInput(f"{output} is not a folder", field="--output")
    output.mkdir(parents=True, exist_ok=True)
    files = {MODEL_FILE: version.model_digest, MANIFEST_FILE: version.manifest_digest}
    if not force:
        check_free(output, files)
    for file, expected in files.items():
        (output / file).write_bytes(session.blobs.get(session.tenant, expected))
    session.screen.show(
        {
            "model": model,
            "version": version.number,
            "files": {str(output / name): each for name, each in files.items()},
        },
        lambda: f"Wrote version {version.number} of {model} to {output}: {', '.join(files)}",
    )


def check_free(output: Path, files: Mapping[str, str]) -> None:
    """Raise Conflict where a file stands in the folder with another content than the one of this digest."""
    for file, expected in files.items():
        there = output / file
        if there.exists() and not (there.is_file() and digest.of_bytes(there.read_bytes()) == expected):
            hint = "choose another --output, or replace it with --force"
            raise Conflict(f"{there} is there and differs", code="file_exists", field="--output", hint=hint)


def resolve(session: Session, address: ModelAddress) -> ModelVersion:
    """The version that an address means now. Raises NotFound."""
    number = address.number
    if number is None:
        alias = session.models.alias(address.tenant, address.model, address.version)
        number = alias.version if alias else None
    version = None if number is None else session.models.version(address.tenant, address.model, number)
    if version is None:
        message = f"there is no version {address.version!r} of a model {address.model!r}"
        raise NotFound(message, field="model", hint=f"see `millrace models show {address.model}`")
    return version

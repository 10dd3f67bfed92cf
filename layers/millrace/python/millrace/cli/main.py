"""The `millrace` command: parses, calls, shows; every error becomes one sentence, a hint and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated, Any

import typer
import typer.main

import millrace
from millrace.cli import (
    datasets,
    demo,
    drift,
    keys,
    local,
    logs,
    models,
    predict,
    retrainings,
    runs,
    tenants,
    train,
    truth,
    unclaimed,
    worker,
)
from millrace.cli.arguments import FLAGS, hoisted
from millrace.cli.exits import BROKEN, INTERRUPTED, OK, USAGE, code_for
from millrace.cli.screen import Screen
from millrace.cli.session import LOCAL, Options, Session
from millrace.domain.errors import InvalidInput, MillraceError
from millrace.domain.naming import check_name

DEBUG = "MILLRACE_DEBUG"

app = typer.Typer(
    name="millrace",
    help="Machine learning as a service in your own AWS account, or on this machine.",
    epilog="Begin with: millrace demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (demo, local, train, predict, logs, worker):
    module.add_to(app)
unclaimed.add_to(runs.app)
for name, nouns in (
    ("tenants", tenants.app),
    ("keys", keys.app),
    ("datasets", datasets.app),
    ("runs", runs.app),
    ("models", models.app),
    ("drift", drift.app),
    ("retrainings", retrainings.app),
    ("truth", truth.app),
):
    app.add_typer(nouns, name=name)


def _version(wanted: bool) -> None:  # noqa: FBT001  # the parser's own form
    if wanted:
        typer.echo(millrace.__version__)
        raise typer.Exit


@app.callback()
def common(
    context: typer.Context,
    stage: Annotated[
        str, typer.Option(envvar="MILLRACE_STAGE", help="Which stage: local is the embedded cloud on this machine.")
    ] = LOCAL,
    profile: Annotated[str | None, typer.Option(envvar="AWS_PROFILE", help="AWS profile, for a stage on AWS.")] = None,
    region: Annotated[str | None, typer.Option(envvar="AWS_REGION", help="AWS region, for a stage on AWS.")] = None,
    tenant: Annotated[
        str | None, typer.Option(envvar="MILLRACE_TENANT", help="Whose data and models; else the one saved last.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Results as JSON on stdout, and nothing else there.")] = False,  # noqa: FBT002  # the parser's own form
    version: Annotated[  # noqa: ARG001, FBT002  # the parser's own form, whose callback answers
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options that stand before or after any command."""
    options = Options(check_name(stage, "stage"), profile, region, tenant, as_json)
    context.obj = Session(options)


def misused(error: Any) -> InvalidInput:
    """What the parser says of a command line that it can't take, as every other error is said."""
    context = getattr(error, "ctx", None)
    known = context.command_path if context is not None else "millrace"
    said = error.format_message() if hasattr(error, "format_message") else str(error)
    return InvalidInput(said, code="invalid_usage", hint=f"see `{known} --help`")


def _parser(*, as_json: bool) -> Any:
    """Every command. To a program, a missing one is an error and not a page of help."""
    root: Any = typer.main.get_command(app)
    for group in (root, *root.commands.values()) if as_json else ():
        group.no_args_is_help = False
    return root


def run(arguments: Sequence[str] | None = None) -> None:
    """The console entry: runs the command and exits with its code."""
    given = hoisted(sys.argv[1:] if arguments is None else arguments)
    screen = Screen(as_json=FLAGS[0] in given)
    try:
        ended = _parser(as_json=screen.as_json)(args=given, prog_name="millrace", standalone_mode=not screen.as_json)
        sys.exit(ended if isinstance(ended, int) else OK)
    except typer.TyperException as error:  # with --json only: for a person the parser shows it
        screen.error(misused(error))
        sys.exit(USAGE)
    except MillraceError as error:
        if os.environ.get(DEBUG):
            traceback.print_exc()
        screen.error(error)
        sys.exit(code_for(error))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except SystemExit as ended:
        if isinstance(ended.__context__, BrokenPipeError):
            sys.exit(OK)  # who read our output had enough, as `head` does
        raise
    except Exception as error:  # the edge: a person gets a sentence, and the way to the rest
        if os.environ.get(DEBUG):
            raise
        hint = f"set {DEBUG}=1 and run it again to see where"
        screen.error(MillraceError(f"{type(error).__name__}: {error}", code="unexpected", hint=hint))
        sys.exit(BROKEN)


if __name__ == "__main__":
    run()

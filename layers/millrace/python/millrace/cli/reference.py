"""docs/cli.md, written from the commands themselves by `make docs`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer.main

from millrace.cli.exits import MEANING
from millrace.cli.main import DEBUG, app
from millrace.cli.predict import KEY
from millrace.cli.session import STATE

HEAD = """# The `millrace` command

Written by `make docs`; a test keeps it true. Options of the first table stand before or after
any command. Results go to stdout, for a person or, with `--json`, as one line of JSON; errors go to stderr.
"""


VARIABLES = {
    KEY: "the API key that `predict` sends, if it is of the tenant that is meant; `status --export` writes it",
    STATE: "the folder of the embedded cloud and of all that it holds, in place of `.millrace/local` in the project's"
    " folder: another folder is another cloud",
    DEBUG: "anything but empty shows where an error came from, as a traceback",
}


def reference() -> str:
    """The whole document, with a newline at its end."""
    root: Any = typer.main.get_command(app)
    lines = [HEAD, *_options(root, "Option"), "## Exit codes\n", "| code | meaning |", "|---|---|"]
    lines += [f"| {code} | {meaning} |" for code, meaning in MEANING.items()]
    lines += [
        "",
        "## Environment\n",
        "Options above name their variables. There are also:\n",
        "| variable | |",
        "|---|---|",
    ]
    lines += [f"| `{name}` | {meaning} |" for name, meaning in VARIABLES.items()]
    for words, command in _commands(root, ()):
        lines += ["", *_section(words, command)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip("\n") + "\n"


def _commands(group: Any, before: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        words = (*before, name)
        if hasattr(command, "commands"):
            yield from _commands(command, words)
        else:
            yield words, command


def _section(words: tuple[str, ...], command: Any) -> list[str]:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    usage = " ".join(["millrace", *words, *(each.name.upper() for each in arguments)])
    example = (command.epilog or "").removeprefix("Example: ")
    lines = [f"## `{usage}`\n", " ".join((command.help or "").split()), "", "```sh", example, "```", ""]
    rows = [f"| `{each.name.upper()}` | {_text(each.help)} |" for each in arguments]
    return lines + (["| argument | |", "|---|---|", *rows, ""] if rows else []) + _options(command, "option")


def _options(command: Any, title: str) -> list[str]:
    shown = [each for each in command.params if each.param_type_name == "option" and each.name != "help"]
    shown = [each for each in shown if "completion" not in each.name]
    if not shown:
        return []
    rows = [f"| `{'`, `'.join(each.opts)}` | {_text(each.help)}{_default(each)} |" for each in shown]
    return [f"| {title} | |", "|---|---|", *rows, ""]


def _default(option: Any) -> str:
    told = [f"`{option.envvar}`"] if option.envvar else []
    if option.default not in (None, False, "", []) and not callable(option.default):
        told.append(f"default `{option.default}`")
    return f" ({', '.join(told)})" if told else ""


def _text(help_: str | None) -> str:
    return " ".join((help_ or "").split()).replace("|", "\\|")

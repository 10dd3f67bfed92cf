from __future__ import annotations

import re
from typing import Any

import pytest
import typer.main

from millrace.cli.main import app
from millrace.cli.reference import reference
from tests.conftest import ROOT


def commands(group: Any, before: str = "millrace") -> list[tuple[str, Any]]:
    found = []
    for name, command in group.commands.items():
        words = f"{before} {name}"
        found += commands(command, words) if hasattr(command, "commands") else [(words, command)]
    return found


COMMANDS = commands(typer.main.get_command(app))


def test_the_document_is_what_the_commands_say() -> None:
    assert (ROOT / "docs/cli.md").read_text() == reference(), "run: make docs"


def test_variables_of_our_own_are_documented() -> None:
    library = ROOT / "layers/millrace/python/millrace"
    sources = [path.read_text() for folder in ("cli", "local") for path in (library / folder).rglob("*.py")]
    read = {name for text in sources for name in re.findall(r'"(MILLRACE_[A-Z]+)"', text)} - {
        "MILLRACE_API",
        "MILLRACE_CA",
    }
    assert read >= {"MILLRACE_STATE", "MILLRACE_DEBUG", "MILLRACE_KEY"}
    assert {name for name in read if f"`{name}`" not in reference()} == set()


def test_the_promised_commands_are_there() -> None:
    plain = ["up", "down", "status", "demo", "doctor", "train", "predict", "logs", "worker"]
    nouns = ["tenants create", "tenants list", "tenants use", "models promote", "models rollback"]
    nouns += ["models history", "models delete", "datasets list", "datasets delete", "tenants delete"]
    nouns += ["keys create", "keys list", "keys revoke", "truth send", "truth list", "truth show"]
    nouns += ["runs list", "runs show", "runs report", "runs retry", "runs cancel", "runs unclaimed"]
    nouns += ["retrainings list", "retrainings resume", "retrainings start", "drift show", "drift check"]
    nouns += ["models list", "models show", "models export"]
    assert {words for words, _ in COMMANDS} == {f"millrace {each}" for each in [*plain, *nouns]}


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=[words for words, _ in COMMANDS])
def test_each_command_explains_itself_with_an_example(words: str, command: Any) -> None:
    assert command.help.endswith(".")
    noun = words.removeprefix("millrace ")
    assert command.epilog.startswith("Example: millrace ")
    assert noun in command.epilog
    assert [each.name for each in command.params if each.name != "help" and not each.help] == []

"""Every command in a document is run by a test, or is listed here with why not and held to what it names."""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import typer.main
import yaml

from docs.generate import STAGES
from millrace.cli.arguments import hoisted
from millrace.cli.main import app
from tests.conftest import ROOT
from tests.markdown import DOCUMENTS, LINK, SPAN, Block, blocks, commands, prose
from tests.stacks.templates import PARTS

LIBRARY = ROOT / "layers/millrace/python/millrace"
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
EVERY = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
OPERATORS = {"|", "||", "&", "&&", ";", "(", ")", "<", ">", ">>"}
RENAMED = {("sns", "subscribe"): {"notification-endpoint"}}  # options that AWS's command line calls otherwise
PROGRAMS = {"millrace", "make", "aws", "docker", "curl", "python", "pip", "cdk", "git", "export", "eval"}


def misfit(words: list[str], *, whole: bool) -> str | None:
    """What the real parser has against `millrace` with these words; a mention need not be `whole`."""
    command: Any = typer.main.get_command(app)
    left = hoisted(words)
    while True:
        context = command.context_class(command, resilient_parsing=True)
        try:
            given, left, _ = command.make_parser(context).parse_args(list(left))
        except Exception as error:  # noqa: BLE001  # whatever the parser's own error is
            return str(error)
        if not hasattr(command, "commands"):
            break
        if not left:
            return None if not whole or given else "a command is missing"
        if left[0] not in command.commands:
            return f"there is no command {left[0]}"
        command, left = command.commands[left[0]], left[1:]
    lacking = [each.name for each in command.params if whole and each.required and not given.get(each.name)]
    return f"{left or lacking} is too much or missing" if left or lacking else None


def of_millrace(words: list[str]) -> str | None:
    return misfit(words, whole=True)


def of_make(words: list[str]) -> str | None:
    unknown = [word for word in words if "=" not in word and not word.startswith("-") and word not in TARGETS]
    return f"there is no target {unknown[0]}" if unknown else None


def of_aws(words: list[str]) -> str | None:
    """Service, operation and options, in the models that AWS's own command line is made of."""
    service, operation, *_ = [word for word in words if not word.startswith("--")]
    if (service, operation) == ("ecr", "get-login-password") or service == "s3":
        return None  # of the command line itself; no model has them
    model = botocore.session.Session().get_service_model(service)
    calls = {_dashed(name): model.operation_model(name) for name in model.operation_names}
    if operation not in calls:
        return f"{service} has no operation {operation}"
    shape = calls[operation].input_shape
    known = {_dashed(name) for name in (shape.members if shape else ())} | {"query", "output", "region", "profile"}
    known |= RENAMED.get((service, operation), set())
    unknown = [word for word in words if word.startswith("--") and word[2:].partition("=")[0] not in known]
    return f"{operation} has no option {unknown[0]}" if unknown else None


def _dashed(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


def of_docker(words: list[str]) -> str | None:
    files = [words[place + 1] for place, word in enumerate(words) if word == "-f"]
    absent = [file for file in files if not (ROOT / file).is_file()]
    return f"there is no {absent[0]}" if absent else None


def anything(_: list[str]) -> str | None:
    return None


def of_cdk(words: list[str]) -> str | None:
    named = [word for word in words if word.startswith("millrace-")]
    unknown = [name for name in named if name.split("-")[1] not in STAGES or name.split("-")[2] not in PARTS]
    return f"there is no stack {unknown[0]}" if unknown else None


@dataclass(frozen=True)
class Elsewhere:
    """Commands of `sh` blocks that begin so: why the documents' test doesn't type them, and what is checked instead."""

    begins: str
    why: str
    misfit: Callable[[list[str]], str | None]


ELSEWHERE = (
    Elsewhere("make", "takes minutes, or needs AWS: test_makefile.py, test_demo.py, test_synth.py", of_make),
    Elsewhere("millrace --stage", "a stage on AWS; test_cli.py runs the same command on the local one", of_millrace),
    Elsewhere("millrace up", "tests/e2e/test_up_down.py runs it from nothing", of_millrace),
    Elsewhere("millrace down", "stops what other tests use; tests/e2e/test_up_down.py runs it", of_millrace),
    Elsewhere("millrace demo", "tests/e2e/test_demo.py runs it", of_millrace),
    Elsewhere("millrace worker", "polls until it is stopped; tests/unit/local/test_worker.py", of_millrace),
    Elsewhere("millrace doctor", "tests/e2e/test_cli.py runs it", of_millrace),
    Elsewhere("millrace runs", "tests/e2e/test_runs.py, on a run that is open or failed", of_millrace),
    Elsewhere("millrace retrainings", "tests/e2e/test_retraining.py", of_millrace),
    Elsewhere("grep", "reads what the command before it says", anything),
    Elsewhere("aws", "needs an account", of_aws),
    Elsewhere("xargs", "hands lines to a command of AWS", lambda words: of_aws(words[words.index("aws") + 1 :])),
    Elsewhere("node_modules/.bin/cdk", "needs an account", of_cdk),
    Elsewhere("docker", "needs Docker; hadolint reads the Dockerfile in `make check`", of_docker),
    Elsewhere("pip install", "brings what requirements/dev.txt has", anything),
    Elsewhere("export", "the reader's own shell", anything),
    Elsewhere("git", "the reader's own clone", anything),
)
# Python that is no file of the reader's, and what runs it.
EXCERPTS = {
    "docs/api.md": "tests/e2e/test_serving_clients.py calls tritonclient so",
    "docs/captures.md": "tests/functions/test_captures_document.py",
    "docs/extending.md": "written by docs/sources.py from files that are tested",
}


def simple(command: str) -> Iterator[list[str]]:
    """The words of each simple command: of pipes, of lists, and in `$(...)`; assignments before it left out."""
    for inner in re.findall(r"\$\(([^()]*)\)", command):
        yield from simple(inner)
    reader = shlex.shlex(re.sub(r"\$\([^()]*\)", "INNER", command), posix=True, punctuation_chars=True)
    reader.whitespace_split = True
    words: list[str] = []
    to_file = False
    for word in [*reader, ";"]:
        if word not in OPERATORS:
            words += [] if to_file else [word]
            to_file = False
            continue
        to_file = word in {"<", ">", ">>"}
        if to_file:
            continue
        while words and re.match(r"\w+=", words[0]):
            words.pop(0)
        if words:
            yield words
        words = []


def excuse(words: list[str]) -> Elsewhere | None:
    said = " ".join(words)
    return next((each for each in ELSEWHERE if f"{said} ".startswith(f"{each.begins} ")), None)


def is_reference(block: Block) -> bool:
    """The examples of docs/cli.md, one a command; test_cli.py and test_reference.py have each command."""
    return block.document.name == "cli.md"


@EVERY
def test_a_command_is_run_or_listed_with_what_it_names_being_there(document: Path) -> None:
    for block in blocks(document):
        if block.language != "sh":
            continue
        for words in [each for command in commands(block.text) for each in simple(command)]:
            if is_reference(block):
                assert words[0] == "millrace"
                wrong = of_millrace(words[1:])
            else:
                found = excuse(words)
                assert found, f"{block.place}: {' '.join(words)} is neither in a console block nor in ELSEWHERE"
                wrong = found.misfit(words[1:])
            assert wrong is None, f"{block.place}: {' '.join(words)}: {wrong}"


@EVERY
def test_a_block_says_what_it_is_and_is_that(document: Path) -> None:
    for block in blocks(document):
        if block.language == "json":
            json.loads(block.text)
        elif block.language == "yaml":
            yaml.safe_load(block.text)
        elif block.language == "python":
            ast.parse(block.text)
            name = str(document.relative_to(ROOT))
            assert block.file or name in EXCERPTS, f"{block.place}: Python that nobody runs"
        elif block.language not in {"console", "sh", "http", "sql"}:
            assert block.language in {"", "mermaid"}, f"{block.place}: what is {block.language}?"
            begins = {line.split()[0] for line in block.text.splitlines() if line.strip() and line[0] != " "}
            assert not begins & (PROGRAMS | {"$"}), f"{block.place}: commands belong in console or sh"


@EVERY
def test_what_is_said_of_commands_in_a_sentence_is_so(document: Path) -> None:
    for span in SPAN.findall(prose(document)):
        if re.match(r"(millrace|make) [a-z-]", span):
            program, *words = next(simple(span.replace("...", "")))
            wrong = misfit(words, whole=False) if program == "millrace" else of_make(words)
            assert wrong is None, f"{document.name}: `{span}`: {wrong}"


@EVERY
def test_every_file_that_is_named_is_there(document: Path) -> None:
    text = prose(document)
    for target in LINK.findall(text):
        if not re.match(r"[a-z]+:", target):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"
    for span in SPAN.findall(text):
        if re.fullmatch(r"[\w.-]+(/[\w.-]+)*/([\w-]+\.(py|md|json|yaml|toml|txt))?", span) and "build/" not in span:
            places = (ROOT, document.parent, LIBRARY, ROOT / "layers")
            assert any((place / span).exists() for place in places), f"{document.name} names {span}"

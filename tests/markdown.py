"""Markdown as tests read it: fenced blocks, the commands of a console with what they print, code in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
FENCE = re.compile(r"(?P<indent> *)(?P<ticks>`{3,})(?P<info>.*)")
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


@dataclass(frozen=True)
class Block:
    """What stands between two fences. `info` is what the first one says: a language, and perhaps a file's name."""

    document: Path
    line: int
    info: str
    text: str

    @property
    def language(self) -> str:
        return self.info.partition(" ")[0]

    @property
    def file(self) -> str:
        """The name under which a reader keeps it; empty for most."""
        return self.info.partition(" ")[2].strip()

    @property
    def place(self) -> str:
        return f"{self.document.relative_to(ROOT)}:{self.line}"


@dataclass(frozen=True)
class Step:
    """One command, and the lines that the document says it prints; a line of `...` stands for any."""

    place: str
    command: str
    printed: tuple[str, ...]


def blocks(document: Path) -> Iterator[Block]:
    """The fenced blocks in their order."""
    lines = iter(enumerate(document.read_text().splitlines(), start=1))
    for number, line in lines:
        opened = FENCE.fullmatch(line)
        if opened is None:
            continue
        end = f"{opened['indent']}{opened['ticks']}"
        inside = []
        for _, each in lines:
            if each == end:
                break
            inside.append(each.removeprefix(opened["indent"]))
        else:
            raise AssertionError(f"{document}:{number}: the block never ends")
        yield Block(document, number + 1, opened["info"].strip(), "\n".join(inside))


def prose(document: Path) -> str:
    """The document without its fenced blocks."""
    said, fence = [], ""
    for line in document.read_text().splitlines():
        found = FENCE.fullmatch(line)
        if found and not fence:
            fence = f"{found['indent']}{found['ticks']}"
        elif line == fence:
            fence = ""
        elif not fence:
            said.append(line)
    return "\n".join(said)


def console(block: Block) -> Iterator[Step]:
    """The commands of a block: lines after `$ `, each going on after a backslash, and what stands beneath."""
    lines = block.text.splitlines()
    assert lines[0].startswith("$ "), f"{block.place}: a console begins with a command"
    position = 0
    while position < len(lines):
        begun = position
        command = [lines[position].removeprefix("$ ")]
        while command[-1].endswith("\\"):
            position += 1
            command.append(lines[position])
        position += 1
        printed = []
        while position < len(lines) and not lines[position].startswith("$ "):
            printed.append(lines[position])
            position += 1
        place = f"{block.document.relative_to(ROOT)}:{block.line + begun}"
        yield Step(place, "\n".join(command), tuple(printed))


def commands(text: str) -> Iterator[str]:
    """The commands of a block that is not run: one a line, going on after a backslash or a bar; comments left out."""
    waiting = ""
    for line in text.splitlines():
        waiting += line.removesuffix("\\") + " "
        if not line.endswith(("\\", "|")):
            said = re.sub(r"(^|\s)#.*", "", waiting).strip()
            if said:
                yield said
            waiting = ""

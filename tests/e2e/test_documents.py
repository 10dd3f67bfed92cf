"""Every document's console blocks, typed one after another into a shell, as a reader would who follows it.

A block marked `console` holds commands after `$ ` and, beneath each, what it prints. All must end with 0. What is
printed must be what stands there, but for what differs from run to run:

- moments, ids (eight hexadecimal digits or more), numbers with a fraction, and whole ones of five digits or more,
- how wide a table is, and blank lines,
- a line of `...`, which stands for any lines, and `...` in a line, which stands for any text.

A block whose first fence also names a file, as in `yaml spec.yaml`, is that file from there on. The folder holds
`examples` as the project's does; the tenants `acme` and `globex` are new ones of each document.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from millrace.local.process import Process
from tests.conftest import ROOT, SEARCH
from tests.e2e.command import SECONDS, heed_ctrl_c
from tests.markdown import DOCUMENTS, Step, blocks, console
from tests.stage import Stage

TENANTS = re.compile(r"\b(acme|globex)\b")
VARYING = (
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "MOMENT"),
    (re.compile(r"-?\b\d+\.\d+(e[-+]?\d+)?\b"), "NUMBER"),  # before ids: a fraction's digits look like one
    (re.compile(r"\b[0-9a-f]{8}[0-9a-f-]*\b"), "ID"),
    (re.compile(r"\b\d{5,}\b"), "NUMBER"),
    (re.compile(r"─+"), "─"),
    (re.compile(r"\s+"), " "),
)
ANY_LINES, ANY_TEXT = r"(?:.*\n)*?", r".*?"

pytestmark = pytest.mark.timeout(900)  # a document is typed as a whole


def steps(document: Path) -> list[Step]:
    """What a reader does: keeps files, types commands."""
    found: list[Step] = []
    for block in blocks(document):
        if block.language == "console":
            found += console(block)
        elif block.file:
            found.append(Step(block.place, f"cat > '{block.file}' <<'END OF FILE'\n{block.text}\nEND OF FILE", ()))
    return found


FOLLOWED = [each for each in DOCUMENTS if any(block.language == "console" for block in blocks(each))]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    (tmp_path / "work/examples").symlink_to(ROOT / "examples")
    return tmp_path / "work"


@pytest.fixture
def shell(stage: Stage, worker: Process) -> Iterator[dict[str, str]]:
    """A shell's environment on the session's cloud."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MILLRACE_"))}
    library = ROOT / "layers/millrace/python"
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    yield kept | SEARCH | {"MILLRACE_STATE": str(stage.cloud.state), "PYTHONPATH": str(library), "PATH": path}
    (stage.cloud.state / "saved.json").unlink(missing_ok=True)


def plain(text: str) -> Iterator[str]:
    """Lines without what varies."""
    for line in text.splitlines():
        for pattern, word in VARYING:
            line = pattern.sub(word, line)  # one after another
        if line.strip():
            yield line.strip()


def shape(printed: tuple[str, ...]) -> re.Pattern[str]:
    """What a document shows, as a pattern of plain lines."""
    lines = plain("\n".join(printed))
    said = (re.escape(line).replace(r"\.\.\.", ANY_TEXT) + r"\n" for line in lines)
    return re.compile("".join(ANY_LINES if each == ANY_TEXT + r"\n" else each for each in said))


def is_as_shown(said: str, printed: tuple[str, ...]) -> bool:
    """Whether what was printed is what the document shows, but for what varies."""
    return shape(printed).fullmatch("".join(f"{line}\n" for line in plain(said))) is not None


def followed(todo: list[Step], folder: Path, shell: dict[str, str]) -> list[str]:
    """What each command printed, up to the first that failed."""
    suffix = uuid.uuid4().hex[:8]
    script = []
    for number, step in enumerate(todo):
        command = TENANTS.sub(rf"\1-{suffix}", step.command)
        script.append(
            f"exec > '{folder.parent}/{number}.out' 2>&1\n{command}\nended=$?; [ $ended -eq 0 ] || exit $ended"
        )
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=folder,
        env=shell,
        stdin=subprocess.DEVNULL,
        preexec_fn=heed_ctrl_c,
        timeout=SECONDS,
        check=False,
    )
    said = [(folder.parent / f"{number}.out") for number in range(len(todo))]
    texts = [path.read_text().replace(f"-{suffix}", "") for path in said if path.exists()]
    last = todo[len(texts) - 1]
    assert done.returncode == 0, f"{last.place}: {last.command}\nended with {done.returncode}:\n{texts[-1]}"
    return texts


@pytest.mark.parametrize("document", FOLLOWED, ids=lambda path: path.stem)
def test_who_follows_a_document_sees_what_it_says(document: Path, folder: Path, shell: dict[str, str]) -> None:
    todo = steps(document)
    wrong = [
        f"{step.place}: {step.command}\nprints\n{said}\nand not\n" + "\n".join(step.printed)
        for step, said in zip(todo, followed(todo, folder, shell), strict=True)
        if not is_as_shown(said, step.printed)
    ]
    assert not wrong, "\n\n".join(wrong)


def test_what_varies_is_no_difference_and_what_does_not_is() -> None:
    shown = ("run 34bfa516c3c9 took 1.50 s", "...", "  version 2, kept   aside", "key mr_acme...")
    said = "run 25eabbef3eb2 took 0.9 s\nnoise\n\n  version 2, kept aside   \nkey mr_acme.2f6b\n"
    assert is_as_shown(said, shown)
    assert not is_as_shown(said.replace("version 2", "version 3"), shown)
    assert not is_as_shown("anything\n", ())

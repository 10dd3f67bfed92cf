"""Training with no stage: a file in, a folder of files out."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from millrace.adapters import documents
from millrace.domain import digest
from millrace.domain.errors import Conflict, Corrupt, InvalidInput
from millrace.domain.findings import Findings
from millrace.domain.job import MANIFEST_FILE
from millrace.domain.manifest import Lineage, Manifest
from millrace.domain.spec import Spec
from millrace.edge.training import out_of_memory, write
from millrace.learning.interruption import Interruption
from millrace.usecases.train_here import Tell, lineage_here, train_here

PAGE_FILE = "report.html"
CHECKPOINTS = "checkpoints"
CHUNK = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """A file, the folder for what it becomes, the name of both, the wishes; `force` has the folder be anybody's."""

    data: Path
    folder: Path
    dataset: str
    spec: Spec
    force: bool = False


def train(asked: Asked, tell: Tell, told: Callable[[], None], gave_up: Callable[[], None]) -> Findings:
    """Train, write the model's files and the page. Equal commands go on where the one before was ended.

    `told` is called at the first Ctrl-C, which ends the search and keeps the best so far, `gave_up` at the second.
    Raises Rejected or JobFailed as a stage's job does, Conflict(code="folder_taken"), InvalidInput for a folder that
    can't be written to, and KeyboardInterrupt where nothing could be kept, or at the second Ctrl-C.
    """
    with asked.data.open("rb") as content:
        name = digest.of_chunks(iter(lambda: content.read(CHUNK), b""))
    lineage = lineage_here(asked.dataset, name, asked.spec)
    checkpoints = asked.folder / CHECKPOINTS
    with _folder(asked, lineage), Interruption(told, gave_up) as interrupted:
        try:
            made = train_here(asked.data, lineage, checkpoints, os.cpu_count() or 1, tell=tell, interrupted=interrupted)
        except MemoryError as error:
            raise out_of_memory() from error
        write(asked.folder, made.trained)
        (asked.folder / PAGE_FILE).write_text(made.page, encoding="utf-8")
        shutil.rmtree(checkpoints, ignore_errors=True)
    return made.findings


@contextmanager
def _folder(asked: Asked, lineage: Lineage) -> Iterator[None]:
    """The folder, there and ours to write to; gone again where nothing came of it."""
    if not asked.force:
        _check_free(asked.folder, lineage)
    try:
        asked.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(asked.folder) from error
    if not os.access(asked.folder, os.W_OK):
        raise _unusable(asked.folder)
    try:
        yield
    finally:
        with suppress(OSError):  # there is something in it
            asked.folder.rmdir()


def _check_free(folder: Path, lineage: Lineage) -> None:
    """Raise Conflict where something lies in the folder that an equal command didn't put there."""
    if not folder.is_dir() or all(each.name == CHECKPOINTS for each in folder.iterdir()):
        return
    try:
        found = documents.load(Manifest, (folder / MANIFEST_FILE).read_bytes())
    except (OSError, Corrupt):
        found = None
    if found is None or found.lineage.run_id != lineage.run_id:
        holds = "something else" if found is None else "a model of other data or wishes"
        raise Conflict(
            f"{folder} holds {holds}",
            code="folder_taken",
            field="--out",
            hint="choose another --out, or replace what is there with --force",
        )


def _unusable(folder: Path) -> InvalidInput:
    return InvalidInput(f"{folder} is no folder that can be written to", code="unusable_folder", field="--out")

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from millrace.domain.job import Job, Part
from millrace.domain.run import DataLocation
from millrace.domain.spec import Spec
from millrace.usecases.checkpoints import CheckpointIndex, Checkpoints
from tests.fakes.blobs import FakeBlobs
from tests.fakes.document_store import FakeDocuments

JOB = Job("acme", "loans", "f" * 32, 1, DataLocation("landing", "acme/loans/x.csv", "1", "0" * 64, 1), Spec())


@pytest.fixture
def stores() -> tuple[FakeBlobs, FakeDocuments]:
    return FakeBlobs(), FakeDocuments()


def test_what_is_saved_comes_back_elsewhere(tmp_path: Path, stores: tuple[FakeBlobs, FakeDocuments]) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    (first / "deep").mkdir(parents=True)
    second.mkdir()
    (first / "a.json").write_text("a")
    (first / "deep/b.bin").write_bytes(b"\x00b")
    (first / "c.partial").write_text("half")
    assert Checkpoints(JOB, first, *stores).save() is True
    assert Checkpoints(JOB, second, *stores).restore() == 2
    assert (second / "a.json").read_text() == "a"
    assert (second / "deep/b.bin").read_bytes() == b"\x00b"
    assert not (second / "c.partial").exists()


def test_nothing_saved_is_nothing_restored(tmp_path: Path, stores: tuple[FakeBlobs, FakeDocuments]) -> None:
    assert Checkpoints(JOB, tmp_path, *stores).restore() == 0


def test_an_unchanged_folder_is_not_saved_again(tmp_path: Path, stores: tuple[FakeBlobs, FakeDocuments]) -> None:
    checkpoints = Checkpoints(JOB, tmp_path, *stores)
    assert checkpoints.save() is False
    (tmp_path / "a").write_text("a")
    assert checkpoints.save() is True
    assert checkpoints.save() is False
    (tmp_path / "a").write_text("longer")
    assert checkpoints.save() is True


def test_restored_files_are_not_saved_again(tmp_path: Path, stores: tuple[FakeBlobs, FakeDocuments]) -> None:
    (tmp_path / "a").write_text("a")
    Checkpoints(JOB, tmp_path, *stores).save()
    again = Checkpoints(JOB, tmp_path, *stores)
    assert again.restore() == 1
    assert again.save() is False


def test_a_damaged_save_counts_as_none(tmp_path: Path, stores: tuple[FakeBlobs, FakeDocuments]) -> None:
    blobs, documents = stores
    (tmp_path / "a").write_text("a")
    checkpoints = Checkpoints(JOB, tmp_path, *stores)
    checkpoints.save()
    blobs.held = dict.fromkeys(blobs.held, b"other")
    (tmp_path / "a").unlink()
    assert Checkpoints(JOB, tmp_path, *stores).restore() == 0
    assert list(tmp_path.iterdir()) == []
    documents.held[checkpoints.key] = b"{"
    assert Checkpoints(JOB, tmp_path, *stores).restore() == 0


def test_a_path_that_leaves_the_folder_is_refused(tmp_path: Path, stores: tuple[FakeBlobs, FakeDocuments]) -> None:
    blobs, documents = stores
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    checkpoints = Checkpoints(JOB, folder, *stores)
    documents.write(CheckpointIndex({"../evil": blobs.put("acme", b"x")}), checkpoints.key)
    assert checkpoints.restore() == 0
    assert list(tmp_path.iterdir()) == [folder]


def saved(number: int, folder: Path, stores: tuple[FakeBlobs, FakeDocuments], **files: str) -> None:
    """A part's checkpoints, stored."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_text(content)
    Checkpoints(replace(JOB, part=Part(number, 3)), folder, *stores).save()


def test_who_gathers_has_what_each_part_saved(tmp_path: Path, stores: tuple[FakeBlobs, FakeDocuments]) -> None:
    saved(3, tmp_path / "three", stores, c="of three", both="of three")
    saved(1, tmp_path / "one", stores, a="of one", both="of one")
    gathers = tmp_path / "gathers"
    gathers.mkdir()
    checkpoints = Checkpoints(replace(JOB, parts=3), gathers, *stores)
    assert checkpoints.restore() == 0
    assert checkpoints.gather() == 3  # the second part saved nothing
    assert {path.name: path.read_text() for path in gathers.iterdir()} == {
        "a": "of one",
        "both": "of one",  # the first part's, whoever saved first
        "c": "of three",
    }
    assert checkpoints.save() is False


def test_parts_keep_apart(tmp_path: Path, stores: tuple[FakeBlobs, FakeDocuments]) -> None:
    saved(1, tmp_path / "one", stores, a="of one")
    again = tmp_path / "again"
    again.mkdir()
    assert Checkpoints(replace(JOB, part=Part(2, 3)), again, *stores).restore() == 0
    assert Checkpoints(replace(JOB, part=Part(1, 3)), again, *stores).restore() == 1


def test_one_damaged_file_of_a_part_is_absent(tmp_path: Path, stores: tuple[FakeBlobs, FakeDocuments]) -> None:
    blobs, _ = stores
    saved(1, tmp_path / "one", stores, a="first", b="second")
    damaged = next(key for key, content in blobs.held.items() if content == b"first")
    blobs.held[damaged] = b"other"
    gathers = tmp_path / "gathers"
    gathers.mkdir()
    assert Checkpoints(replace(JOB, parts=3), gathers, *stores).gather() == 1
    assert [path.name for path in gathers.iterdir()] == ["b"]

from __future__ import annotations

from pathlib import Path

import pytest

from millrace.domain.errors import Conflict, InvalidInput, JobFailed
from millrace.domain.spec import Spec
from millrace.edge import here
from tests.rows import csv_file, mixed


def asked(folder: Path, *, force: bool = False) -> here.Asked:
    data = csv_file(folder.with_name("data.csv"), mixed(20))
    return here.Asked(data, folder, "data", Spec(target="answer"), force)


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Folders in which somebody began to train, who then had too little memory."""
    found: list[Path] = []

    def train_here(data: Path, lineage: object, checkpoints: Path, *_: object, **__: object) -> None:
        found.append(checkpoints.parent)
        raise MemoryError

    monkeypatch.setattr(here, "train_here", train_here)
    return found


def begin(asked: here.Asked) -> None:
    here.train(asked, nothing, nothing, nothing)


def nothing(*_: object) -> None:
    """What is told goes nowhere."""


@pytest.mark.parametrize("name", ["new", "new/within"])
def test_a_new_folder_is_gone_where_nothing_came_of_it(name: str, tmp_path: Path, trained: list[Path]) -> None:
    folder = tmp_path / name
    folder.parent.mkdir(exist_ok=True)
    with pytest.raises(JobFailed) as failed:
        begin(asked(folder))
    assert failed.value.code == "out_of_memory"
    assert trained == [folder]
    assert not folder.exists()


def test_what_a_search_left_that_did_not_end_is_gone_on_with(tmp_path: Path, trained: list[Path]) -> None:
    (tmp_path / "out/checkpoints").mkdir(parents=True)
    with pytest.raises(JobFailed):
        begin(asked(tmp_path / "out"))
    assert (tmp_path / "out/checkpoints").is_dir()


@pytest.mark.parametrize("name", ["mine", "manifest.json"])
def test_what_is_somebody_elses_stays_unless_forced(name: str, tmp_path: Path, trained: list[Path]) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text("{}")
    with pytest.raises(Conflict) as refused:
        begin(asked(tmp_path / "out"))
    assert refused.value.message.endswith("holds something else")
    assert "--force" in (refused.value.hint or "")
    assert trained == []
    with pytest.raises(JobFailed):
        begin(asked(tmp_path / "out", force=True))
    assert (tmp_path / "out" / name).read_text() == "{}"


@pytest.mark.parametrize("place", ["out", "out/within"])
def test_what_is_no_folder_is_told_before_anything_is_trained(place: str, tmp_path: Path, trained: list[Path]) -> None:
    (tmp_path / "data.csv").touch()
    (tmp_path / "out").touch()
    data = csv_file(tmp_path / "data.csv", mixed(20))
    with pytest.raises(InvalidInput) as refused:
        begin(here.Asked(data, tmp_path / place, "data", Spec(target="answer")))
    assert (refused.value.code, trained) == ("unusable_folder", [])

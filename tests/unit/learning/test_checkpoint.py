from __future__ import annotations

from pathlib import Path

import pytest

from millrace.learning.checkpoint import Checkpoint, Scores

SCORES = Scores((0.1, 1 / 3), 2.5)


def test_what_is_saved_is_found_again(tmp_path: Path) -> None:
    Checkpoint(tmp_path / "new").save("key", SCORES)
    assert Checkpoint(tmp_path / "new").load("key") == SCORES
    assert Checkpoint(tmp_path / "new").load("other") is None
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["key.json"]


@pytest.mark.parametrize("damage", ["", "{", "[]", "null", '{"folds": 1, "seconds": 2}', '{"folds": ["x"]}'])
def test_a_damaged_file_counts_as_none(tmp_path: Path, damage: str) -> None:
    (tmp_path / "key.json").write_text(damage)
    assert Checkpoint(tmp_path).load("key") is None


def test_without_a_folder_nothing_is_kept() -> None:
    Checkpoint(None).save("key", SCORES)
    assert Checkpoint(None).load("key") is None

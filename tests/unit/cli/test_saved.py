from __future__ import annotations

import stat
from pathlib import Path

import pytest

from millrace.cli.saved import Saved


def test_what_was_saved_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "saved.json"
    Saved().with_tenant("acme").with_key("acme", "mr_1").with_key("other", "mr_2").write(path)
    assert Saved.read(path) == Saved("acme", {"acme": "mr_1", "other": "mr_2"})


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "saved.json"
    path.parent.mkdir()
    path.touch(mode=0o644)
    Saved().with_key("acme", "mr_1").write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"keys": 3}'])
def test_a_file_that_is_missing_or_damaged_holds_nothing(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "saved.json"
    if text is not None:
        path.write_text(text)
    assert Saved.read(path) == Saved()

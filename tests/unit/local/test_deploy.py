from __future__ import annotations

from pathlib import Path

import pytest

from millrace.local import deploy


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("app.py", "cdk.json", "stacks/data.py", "functions/ingest/handler.py", "layers/base/requirements.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    "name", ["app.py", "cdk.json", "stacks/data.py", "functions/new.py", "layers/base/requirements.txt"]
)
def test_a_change_of_a_source_is_seen(root: Path, name: str) -> None:
    before = deploy.digest(root)
    (root / name).write_text("other")
    assert deploy.digest(root) != before


def test_a_renamed_or_removed_source_is_seen(root: Path) -> None:
    before = deploy.digest(root)
    (root / "stacks" / "data.py").rename(root / "stacks" / "date.py")
    renamed = deploy.digest(root)
    (root / "stacks" / "date.py").unlink()
    assert len({before, renamed, deploy.digest(root)}) == 3


@pytest.mark.parametrize(
    "name", ["README.md", "stacks/__pycache__/data.pyc", "layers/x.egg-info/PKG-INFO", "tests/test_a.py"]
)
def test_what_is_not_deployed_is_not_seen(root: Path, name: str) -> None:
    before = deploy.digest(root)
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text("other")
    assert deploy.digest(root) == before


def test_the_interpreter_that_runs_the_functions_is_part_of_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = deploy.digest(root)
    monkeypatch.setattr(deploy, "PYTHON", "3.99")
    assert deploy.digest(root) != before

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from millrace.domain.errors import Unavailable
from millrace.local import node
from tests.conftest import ROOT


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder whose node_modules are as its lock file says."""
    packages = {"": {"name": "ours"}, "node_modules/aws-cdk": {"version": "2.0.0", "integrity": "sha512-x"}}
    (tmp_path / "package-lock.json").write_text(json.dumps({"packages": packages}))
    inside = tmp_path / "node_modules"
    (inside / ".bin").mkdir(parents=True)
    (inside / ".bin" / "cdk").touch()
    del packages[""]
    (inside / ".package-lock.json").write_text(json.dumps({"packages": packages}))
    return tmp_path


def test_nothing_is_installed_twice(root: Path) -> None:
    said: list[str] = []
    node.install(root, said.append)
    assert said == []


@pytest.mark.parametrize("gone", ["node_modules/.bin/cdk", "node_modules/.package-lock.json"])
def test_a_missing_part_is_noticed(root: Path, gone: str) -> None:
    assert node.installed(root)
    (root / gone).unlink()
    assert not node.installed(root)


def test_a_folder_without_the_cdk_needs_none(root: Path) -> None:
    for path in (root / "package-lock.json", root / "node_modules" / ".package-lock.json"):
        path.write_text(path.read_text().replace("aws-cdk", "another"))
    (root / "node_modules/.bin/cdk").unlink()
    assert node.installed(root)
    (root / "package-lock.json").unlink()
    assert not node.installed(root)


def test_another_release_is_noticed(root: Path) -> None:
    lock = root / "package-lock.json"
    lock.write_text(lock.read_text().replace("sha512-x", "sha512-y"))
    assert not node.installed(root)


def test_npms_own_words_are_told(tmp_path: Path) -> None:
    (tmp_path / "package-lock.json").write_text("not json")
    with pytest.raises(Unavailable, match="npm ci failed") as raised:
        node.install(tmp_path, lambda _: None)
    assert "npm error" in raised.value.message
    assert raised.value.hint


def test_the_virtual_environments_programs_come_first() -> None:
    env = node.environment({"PATH": "/usr/bin:/bin", "KEPT": "1"})
    assert env["PATH"].split(":")[0] == str(node.PROGRAMS)
    assert env["KEPT"] == "1"
    shown = subprocess.run(["node", "--version"], env=env, capture_output=True, text=True, check=True).stdout
    assert int(shown.lstrip("v").partition(".")[0]) >= 22  # jsii's oldest


def test_this_projects_lock_file_has_the_command_line_that_reads_our_assemblies() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert lock["packages"]["node_modules/aws-cdk"]["version"].startswith("2.")

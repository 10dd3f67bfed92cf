"""Every direct dependency is explained, locked with hashes, and locked without a registry's address."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GROUPS = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
DIRECT = sorted({re.split(r"[\[=<>]", line)[0] for group in GROUPS.values() for line in group})
DOCUMENT = ROOT / "docs/dependencies.md"
LOCKS = [
    *(ROOT / "requirements").glob("*.txt"),
    *ROOT.glob("layers/*/requirements.txt"),
    ROOT / "functions/train/requirements.txt",
]


@pytest.mark.parametrize("package", DIRECT)
def test_each_dependency_has_its_line(package: str) -> None:
    rows = [line.strip("|").split("|") for line in DOCUMENT.read_text().splitlines() if line.startswith("|")]
    [(_, _, purpose, why)] = [row for row in rows if package in re.split(r",\s*", row[0].strip())]
    assert len(purpose.split()) > 1
    assert len(why.split()) > 3, "say why it and not another"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_locks_have_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text()
    pins = re.findall(r"^[a-z0-9-]+(?:\[[a-z,]+\])?==", text, flags=re.MULTILINE)
    assert pins
    assert len(re.findall(r"^[^\s#].*\\\n    --hash=sha256:", text, flags=re.MULTILINE)) == len(pins)
    assert "://" not in text
    assert "index-url" not in text


def test_layers_and_image_run_what_the_tests_run() -> None:
    """A version in a layer or in the training image is one that the tests' environment has too."""
    pin = re.compile(r"^([a-z0-9-]+==[^ \\]+)", flags=re.MULTILINE)
    tested = set(pin.findall((ROOT / "requirements/dev.txt").read_text()))
    for lock in LOCKS:
        if lock.name.endswith("peers.txt"):  # what is only compared with, in environments of their own
            continue
        assert set(pin.findall(lock.read_text())) <= tested


@pytest.mark.parametrize("folder", [".", "tests/browser"])
def test_npm_lock_has_no_address(folder: str) -> None:
    packages = json.loads((ROOT / folder / "package-lock.json").read_text())["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert all("integrity" in package for name, package in packages.items() if name)

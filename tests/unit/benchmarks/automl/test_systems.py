"""What makes a system's figures out of date, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import peers
from benchmarks.automl.systems import OURS, SYSTEMS, System, code_digest, identity, pins
from benchmarks.job import ROOT

BEFORE = '''"""Why."""
def double(x):
    """Twice."""
    return 2 * x  # twice
'''


def digest_of(folder: Path, text: str) -> str:
    (folder / "code.py").write_text(text)
    return code_digest([folder])


def test_comments_and_documentation_are_no_change(tmp_path: Path) -> None:
    before = digest_of(tmp_path, BEFORE)
    assert digest_of(tmp_path, "def double(x):\n\n    return (2 *\n      x)\n") == before
    assert digest_of(tmp_path, BEFORE.replace("2 *", "3 *")) != before
    assert digest_of(tmp_path, BEFORE.replace("double", "twice")) != before


def test_another_file_is_a_change(tmp_path: Path) -> None:
    before = digest_of(tmp_path, BEFORE)
    (tmp_path / "more.py").write_text("")
    assert code_digest([tmp_path]) != before


def test_pins_are_those_of_this_python() -> None:
    lock = (
        "alpha==1.2 ; python_full_version < '3.11' \\\n    --hash=sha256:00\n"
        "alpha==1.3 ; python_full_version >= '3.11' \\\n    --hash=sha256:01 \\\n    --hash=sha256:02\n"
        "beta-core[extra]==4.0.1 \\\n    --hash=sha256:03\n"
    )
    assert pins(lock) == {"alpha": "1.3", "beta-core": "4.0.1"}


@pytest.mark.parametrize("system", SYSTEMS.values(), ids=lambda system: system.name)
def test_every_system_has_a_program_and_is_known_by_version_and_code(system: System) -> None:
    assert (ROOT / (system.module.replace(".", "/") + ".py")).is_file()
    known = identity(system)
    assert len(known) > 1
    assert len(known["code"]) == 16
    assert all((ROOT / part).exists() for part in system.code)
    assert peers.lock(system.lock).is_file()


def test_ours_is_known_by_all_that_learns() -> None:
    folders = {Path(part).name for part in OURS.code}
    assert {"learning", "data", "evaluation"} <= folders
    assert not any(system.name == OURS.name for system in SYSTEMS.values() if system.lock != "dev")

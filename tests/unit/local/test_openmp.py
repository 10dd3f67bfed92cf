from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from millrace.local import openmp

LOAD = "import ctypes; ctypes.CDLL('libgomp.so.1'); import lightgbm; print(open('/proc/self/maps').read())"


def test_without_the_systems_own_lightgbm_runs_on_scikit_learns(tmp_path: Path) -> None:
    folder = openmp.link(tmp_path, present=lambda: False)
    assert folder == tmp_path
    bundled = (tmp_path / openmp.NAME).resolve()
    env = dict(os.environ) | openmp.variables({}, folder)
    done = subprocess.run([sys.executable, "-c", LOAD], env=env, capture_output=True, text=True, check=True)
    assert {line.split()[-1] for line in done.stdout.splitlines() if "gomp" in line} == {str(bundled)}


def test_the_systems_own_is_preferred(tmp_path: Path) -> None:
    assert openmp.link(tmp_path, present=lambda: True) is None
    assert list(tmp_path.iterdir()) == []


def test_a_link_to_a_former_release_is_replaced(tmp_path: Path) -> None:
    former, now = tmp_path / "libgomp-1.so", tmp_path / "libgomp-2.so"
    former.touch()
    now.touch()
    folder = tmp_path / "linked"
    openmp.link(folder, bundled=former, present=lambda: False)
    former.unlink()
    openmp.link(folder, bundled=now, present=lambda: False)
    assert (folder / openmp.NAME).resolve() == now
    assert [path.name for path in folder.iterdir()] == [openmp.NAME]


def test_the_folder_goes_before_what_was_set_and_only_once(tmp_path: Path) -> None:
    once = openmp.variables({"LD_LIBRARY_PATH": "/a:/b"}, tmp_path)
    assert once == {"LD_LIBRARY_PATH": f"{tmp_path}:/a:/b"}
    assert openmp.variables(once, tmp_path) == once
    assert openmp.variables({}, tmp_path) == {
        "LD_LIBRARY_PATH": str(tmp_path)
    }  # an empty part would mean the current folder
    assert openmp.variables({"LD_LIBRARY_PATH": "/a"}, None) == {}


def test_a_process_that_was_started_with_the_link_hands_it_on(tmp_path: Path) -> None:
    library = tmp_path / "libgomp-1.so"
    library.touch()
    folder = tmp_path / "linked"
    assert openmp.link(folder, bundled=library, present=lambda: False) == folder
    assert openmp.link(folder, bundled=library, present=lambda: True) == folder

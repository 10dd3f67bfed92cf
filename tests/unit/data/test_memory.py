"""What the system says of memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from millrace.data import memory

GB = 10**9


def system(folder: Path, groups: str, **limits: str) -> tuple[Path, Path]:
    """Control groups as files: where they are mounted, and the process's own; `a__b` is the folder a/b."""
    process = folder / "cgroup"
    process.write_text(groups)
    for name, told in limits.items():
        inner = folder / "fs" / name.removeprefix("_").replace("__", "/")
        inner.mkdir(parents=True, exist_ok=True)
        (inner / ("memory.limit_in_bytes" if "memory" in name else "memory.max")).write_text(told)
    return folder / "fs", process


@pytest.fixture(autouse=True)
def _nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(memory, "GROUPS", tmp_path / "none")
    monkeypatch.setattr(memory, "OF_PROCESS", tmp_path / "none")


@pytest.mark.parametrize(
    ("groups", "limits", "expected"),
    [
        ("0::/\n", {"_": f"{2 * GB}\n"}, 2 * GB),  # a container's own
        ("0::/jobs/one\n", {"_": "max", "jobs": f"{GB}", "jobs__one": f"{3 * GB}"}, GB),  # the least around it
        ("0::/jobs/one\n", {"jobs__other": f"{GB}"}, None),
        ("0::/\n", {"_": "max"}, None),
        ("5:cpu:/x\n4:memory:/docker/abc\n", {"memory": "9223372036854771712", "memory__docker__abc": f"{GB}"}, GB),
        ("4:memory:/docker/abc\n", {"memory": f"{GB}"}, GB),  # a container that sees but its own
    ],
)
def test_the_least_of_all_limits_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, groups: str, limits: dict[str, str], expected: int | None
) -> None:
    machine = memory.allowed()
    found, process = system(tmp_path, groups, **limits)
    monkeypatch.setattr(memory, "GROUPS", found)
    monkeypatch.setattr(memory, "OF_PROCESS", process)
    assert memory.allowed() == min(machine, expected or machine)


def test_a_machine_without_control_groups_has_what_it_has() -> None:
    assert memory.allowed() > GB // 4


def test_the_peak_stays_when_memory_is_given_back() -> None:
    before = memory.peak()
    taken = np.ones(40_000_000)
    assert taken.sum() > 0
    assert memory.peak() >= before
    assert memory.peak() > 320_000_000
    del taken
    memory.release()
    assert memory.peak() > 320_000_000

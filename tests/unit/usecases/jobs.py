"""A job over two rows, and entry points that stand in for the real one's process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from millrace.domain.job import Job
from millrace.domain.spec import Spec
from tests.fakes.landing import FakeLanding

IsOver = Callable[[], bool]


def landed(landing: FakeLanding) -> Job:
    """A job whose file lies in the landing."""
    version = landing.put("acme/loans/loans.csv", b"a,b\n1,2\n")
    return Job("acme", "loans", "f" * 32, 1, landing.stat("acme/loans/loans.csv", version), Spec(target="b"))


def succeeds(base: Path, _: Mapping[str, str], __: IsOver) -> int:
    for name in ("model.onnx", "manifest.json", "report.json", "profile.json", "baseline.json"):
        (base / "model" / name).write_text(f"the {name}")
    return 0


def never(*_: object) -> int:
    raise AssertionError("the job was run")

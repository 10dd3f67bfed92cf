from __future__ import annotations

import pytest

from benchmarks import sizes
from millrace.local import host


def test_the_layers_are_those_that_this_interpreter_can_import(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "PYTHON", "3.99")
    monkeypatch.setattr(host, "ARCHITECTURE", "arm64")
    base, inference, _ = sizes.layers()
    assert {path.parents[1].name for path in (base, inference)} == {"python3.99-arm64"}

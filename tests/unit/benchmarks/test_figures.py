"""The benchmarks' table and the list of them."""

from __future__ import annotations

import importlib
import inspect

import pytest

from benchmarks.__main__ import BENCHMARKS, main
from benchmarks.figures import Row, Times, table


def test_a_table_is_aligned() -> None:
    rows = [Row("a", "1 ms", "note"), Row("longer", "12.5 ms")]
    assert table(rows) == "  a          1 ms  note\n  longer  12.5 ms"


def test_times_are_of_what_was_called() -> None:
    calls: list[int] = []
    times = Times.of(lambda: calls.append(1), repeat=30, warm_up=5)
    assert len(calls) == 35
    assert len(times.seconds) == 30
    assert min(times.seconds) <= times.median <= times.p99


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nothing"]) == 2
    assert "predict" in capsys.readouterr().err


@pytest.mark.parametrize("name", BENCHMARKS)
def test_each_benchmark_can_be_run(name: str) -> None:
    run = importlib.import_module(BENCHMARKS[name][0]).run
    assert inspect.signature(run).parameters == {}

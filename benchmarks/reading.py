"""How fast a CSV becomes typed values, kinds inferred from all of them, against pandas' reader in the same run."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd

from benchmarks import generated
from benchmarks.figures import Row, Times
from millrace.data.kinds import infer
from millrace.data.read import read

REPEAT = 5


def run() -> list[Row]:
    """Megabytes (10^6 bytes) a second, the best of some readings each; pandas reads with its default engine."""
    count = generated.rows(500_000)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.csv"
        generated.write(path, count)
        size = path.stat().st_size / 1e6
        calls = (lambda: _typed(path), lambda: pd.read_csv(path))
        seconds = [[Times.of(call, repeat=1, warm_up=0).seconds[0] for call in calls] for _ in range(REPEAT + 1)][1:]
        ours, theirs = (size / min(each) for each in zip(*seconds, strict=True))  # by turns: noise hits all
    what = f"{count:,} rows of 31 columns, {size:.0f} MB"
    return [
        Row("read, kinds inferred, spelled", f"{ours:.0f} MB/s", what),
        Row("pandas.read_csv", f"{theirs:.0f} MB/s", f"pandas {pd.__version__}"),
        Row("ours to pandas'", f"{ours / theirs:.2f}", f"best of {REPEAT}, by turns"),
    ]


def _typed(path: Path) -> None:
    table = read(path)
    table.spell([infer(name, column).column for name, column in table.columns.items()])

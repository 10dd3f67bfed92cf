"""Tables to read and to learn: 20 columns of numbers, 10 of categories, and an answer that depends on some of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

ROWS = "MILLRACE_BENCH_ROWS"  # the variable that `--rows` sets
NUMBERS, CATEGORIES, LEVELS = 20, 10, 10
BLOCK = 250_000


def rows(default: int) -> int:
    """How many rows were asked for."""
    return int(os.environ.get(ROWS, default))


def write(path: Path, count: int) -> None:
    """Write `count` rows as CSV or Parquet, by the name; both hold the same."""
    make = pa_parquet.ParquetWriter if path.suffix == ".parquet" else pa_csv.CSVWriter
    first = next(blocks(1))
    with make(path, first.schema) as writer:
        for block in blocks(count):
            writer.write_table(block)


def blocks(count: int) -> Iterator[pa.Table]:
    """The rows, some at a time, always the same ones."""
    random = np.random.default_rng(7)
    names = pa.array([f"level {level}" for level in range(LEVELS)])
    for start in range(0, count, BLOCK):
        size = min(BLOCK, count - start)
        numbers = np.round(random.normal(100.0, 30.0, (NUMBERS, size)), 4)
        numbers[NUMBERS // 2 :] = np.floor(numbers[NUMBERS // 2 :] * 1000)
        levels = random.integers(0, LEVELS, (CATEGORIES, size))
        signal = (numbers[0] - 100) / 30 + (numbers[1] > 120) + levels[0] / 5 - (levels[1] == 3) * 2
        answers = signal + random.normal(0.0, 1.0, size) > 1.0
        columns = {f"n{i}": pa.array(values, mask=random.random(size) < i / 500) for i, values in enumerate(numbers)}
        columns |= {f"c{i}": names.take(pa.array(codes)) for i, codes in enumerate(levels)}
        yield pa.table(columns | {"answer": pa.array(np.where(answers, "yes", "no"))})

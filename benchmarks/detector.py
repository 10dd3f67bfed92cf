"""The drift detector over a million captured rows of 30 columns, against Evidently on the same rows in the same run."""

from __future__ import annotations

import gzip
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pa_parquet

from benchmarks import generated, peers
from benchmarks.figures import Row
from millrace.adapters import documents
from millrace.domain import inference_id
from millrace.domain.capture import Capture, CapturedRow
from millrace.domain.schema import MISSING_TOKEN
from tests.streams import SCHEMA, Rows, describe, draw

TRAINED = 100_000
EACH = 10_000  # rows of a capture object
CATEGORIES = [column.name for column in SCHEMA.features if column.kind.is_text]
EVIDENTLY = Path(__file__).with_name("evidently_drift.py")


def run() -> list[Row]:
    """Seconds and peak memory of either process, started anew; `--rows` of them."""
    count = generated.rows(1_000_000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder, count)
        ours = peers.told([sys.executable, "-m", "benchmarks.detect", folder])
        theirs = peers.told([peers.python(), EVIDENTLY, folder, *CATEGORIES])
    judging = ours["sketching"] + ours["judging"]
    whole, theirs_whole = judging + ours["reading"], theirs["judging"] + theirs["reading"]
    size = f"{count:,} rows of {len(SCHEMA.features)} columns, {TRAINED:,} trained on"
    return [
        Row("gzip JSON Lines read", f"{ours['reading']:.1f} s", f"objects of {EACH:,} rows"),
        Row("spelled, sketched, merged, judged", f"{judging:.2f} s", size),
        Row("peak memory", f"{ours['peak'] / 1e6:.0f} MB", "with numpy"),
        Row("Evidently: Parquet read", f"{theirs['reading']:.1f} s", "written by us"),
        Row("Evidently: judged", f"{theirs['judging']:.1f} s", "0.7.23, its drift preset"),
        Row("Evidently: peak memory", f"{theirs['peak'] / 1e6:.0f} MB", "with pandas"),
        Row("ours to Evidently's, judging", f"{judging / theirs['judging']:.2f}", "seconds"),
        Row("ours to Evidently's, reading too", f"{whole / theirs_whole:.2f}", "seconds"),
        Row("ours to Evidently's, memory", f"{ours['peak'] / theirs['peak']:.3f}", "bytes"),
    ]


def parquet(path: Path, rows: Rows) -> None:
    """The same rows for a tool that reads tables."""
    pa_parquet.write_table(pa.table({name: pa.array(values) for name, values in rows.columns.items()}), path)


def _write(folder: Path, count: int) -> None:
    """The baseline, the captures, and the same as tables."""
    random = np.random.default_rng(0)
    trained, captured = draw(random, TRAINED), draw(random, count)
    (folder / "baseline.json").write_bytes(documents.dump(describe(trained)))
    parquet(folder / "rows.reference.parquet", trained)
    parquet(folder / "rows.current.parquet", captured)
    for start in range(0, count, EACH):
        capture = _capture(captured, slice(start, start + EACH))
        content = gzip.compress(b"\n".join(capture.lines()) + b"\n", 6, mtime=0)
        (folder / f"{start:09}.jsonl.gz").write_bytes(content)


def _capture(rows: Rows, part: slice) -> Capture:
    columns = {name: _written(values[part].tolist()) for name, values in rows.columns.items()}
    labels, probabilities = rows.labels[part].tolist(), np.round(rows.probabilities[part], 6).tolist()
    inputs = (dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True))
    captured = tuple(
        CapturedRow(each, {"label": label, "probabilities": dict(zip(SCHEMA.classes, given, strict=True))})
        for each, label, given in zip(inputs, labels, probabilities, strict=True)
    )
    call = inference_id.make(1_795_500_000_000 + part.start, bytes(10))
    return Capture(call, "bench", "streams", 1, "2026-11-24T20:00:00Z", captured)


def _written(values: list[Any]) -> list[Any]:
    return [None if value != value or value == MISSING_TOKEN else value for value in values]  # NaN is not itself

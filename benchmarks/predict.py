"""What the predict function adds to ONNX Runtime: its handler in process against `InferenceSession.run` alone."""

from __future__ import annotations

import json

import onnxruntime

from benchmarks import served
from benchmarks.credit import trained
from benchmarks.figures import Row, Times
from millrace.adapters import documents
from millrace.inference.columns import from_rows

BATCHES = {1: 2000, 32: 500, 1000: 50}  # rows of a call -> calls


def run() -> list[Row]:
    """Median and 99th percentile of a call, for one row and for more."""
    artifact = trained()
    answer = served.handler(artifact.model, documents.dump(artifact.manifest))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(artifact.model, options, providers=["CPUExecutionProvider"])
    rows = [Row("columns, and bytes of the graph", f"{len(artifact.rows[0])}, {len(artifact.model):,}")]
    for size, repeat in BATCHES.items():
        written = [artifact.rows[index % len(artifact.rows)] for index in range(size)]
        event = served.event(written)
        first = answer(event, None)
        assert len(json.loads(first["body"])["predictions"]) == size
        columns = from_rows(artifact.manifest.schema, written)
        whole = Times.of(lambda event=event: answer(event, None), repeat=repeat)  # type: ignore[misc]  # mypy can't infer a lambda's default
        alone = Times.of(lambda columns=columns: session.run(None, columns), repeat=repeat)  # type: ignore[misc]  # the same
        rows += [
            Row(f"{size} row{'s'[: size > 1]}: handler", _both(whole)),
            Row("  InferenceSession.run alone", _both(alone)),
            Row("  ratio of medians", f"{whole.median / alone.median:.1f}"),
        ]
    return rows


def _both(times: Times) -> str:
    return f"{times.median * 1e3:.3f} ms median, {times.p99 * 1e3:.3f} ms p99"

"""What recording a call costs its caller: the predict handler in process, with and without, turn by turn."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from benchmarks import served
from benchmarks.credit import trained
from benchmarks.figures import Row, Times
from millrace.adapters import documents
from millrace.adapters.capture_store import S3CaptureStore
from millrace.adapters.captures import SqsCaptures
from millrace.local import emulator
from tests.stage import root_clients

BATCHES = {1: 1000, 100: 500, 10_000: 30}  # rows of a call -> calls of each kind
WARM_UP = 5
BUCKET = "captures"


def run() -> list[Row]:
    """Median and 99th percentile with and without; the largest call is beyond a message, and goes to the bucket."""
    artifact = trained()
    manifest = documents.dump(artifact.manifest)
    rows = []
    with _recording() as captures:
        handlers = [served.handler(artifact.model, manifest, each) for each in (None, captures)]
        for size, repeat in BATCHES.items():
            event = served.event([artifact.rows[number % len(artifact.rows)] for number in range(size)])
            without, recorded = _alternately(handlers, event, repeat)
            rows += [
                Row(f"{size:,} row{'s'[: size > 1]}: without", _told(without)),
                Row("  recorded", _told(recorded)),
                Row(
                    "  the difference",
                    f"{(recorded.median - without.median) * 1e3:.2f} ms median, "
                    f"{(recorded.p99 - without.p99) * 1e3:.2f} ms p99",
                ),
            ]
    return rows


@contextmanager
def _recording() -> Iterator[SqsCaptures]:
    """Captures into a queue and a bucket of an embedded cloud of its own."""
    with tempfile.TemporaryDirectory(prefix="millrace-bench-", ignore_cleanup_errors=True) as folder:
        try:
            clients = root_clients(emulator.start(Path(folder), ours=True))
            clients.s3().create_bucket(Bucket=BUCKET)
            url = clients.sqs().create_queue(QueueName="captures")["QueueUrl"]
            yield SqsCaptures(clients.sqs(), url, S3CaptureStore(clients.s3(), BUCKET))
        finally:
            emulator.stop(Path(folder))


def _alternately(handlers: list[served.Handler], event: dict[str, object], repeat: int) -> list[Times]:
    """Seconds of each handler's calls, turn by turn, so that what else the machine does falls on both."""
    seconds: list[list[float]] = [[] for _ in handlers]
    for turn in range(WARM_UP + repeat):
        for handler, kept in zip(handlers, seconds, strict=True):
            began = perf_counter()
            answer = handler(event, None)
            took = perf_counter() - began
            assert answer["statusCode"] == 200, json.loads(answer["body"])
            if turn >= WARM_UP:
                kept.append(took)
    return [Times(each) for each in seconds]


def _told(times: Times) -> str:
    return f"{times.median * 1e3:.2f} ms median, {times.p99 * 1e3:.2f} ms p99"

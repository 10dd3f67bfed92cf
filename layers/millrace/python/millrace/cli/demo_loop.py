"""The demo's second half: a stream that drifted, its truth, the alarm, the retraining, and both champions' figures."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.text import Text

from millrace.adapters.capture_store import S3CaptureStore
from millrace.adapters.truth_store import S3TruthStore
from millrace.cli import drift as drift_command
from millrace.cli import render
from millrace.cli.api import ApiClient
from millrace.cli.runs import findings
from millrace.cli.session import Session
from millrace.cli.train import watched
from millrace.domain import inference_id
from millrace.domain.capture import Partition
from millrace.domain.drift import Drift
from millrace.domain.errors import Unavailable
from millrace.domain.naming import TRUTH
from millrace.domain.report import Metrics, Report
from millrace.domain.run import Run, RunState

BATCH = 100  # rows in a call
WAIT_SECONDS = 90.0  # for what the cloud does by itself in one or two
DAYS_PER_MONTH = 365.25 / 12
CENTS_PER_MARK = 100 / 1.95583  # euros' cents, at the fixed rate of 1999
RENAMED = "none"  # what the application begins to write for an account that isn't there
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Loop:
    """What came of the stream: what was found, the run that followed, and its report."""

    drift: Drift
    run: Run
    report: Report

    @property
    def before(self) -> Metrics:
        """The old champion's figures on the drifted rows that were held out."""
        return (self.report.champion.metrics if self.report.champion else None) or {}

    @property
    def after(self) -> Metrics:
        """The new one's on the same rows."""
        return self.report.held_out


def drifted(row: Row) -> dict[str, object]:
    """The same customer as another release of the application would write: days, cents, and a shorter word."""
    return {
        **row,
        "duration": round(float(str(row["duration"])) * DAYS_PER_MONTH),
        "credit_amount": round(float(str(row["credit_amount"])) * CENTS_PER_MARK),
        "checking_status": RENAMED if row["checking_status"] == "no checking" else row["checking_status"],
    }


def go_on(session: Session, client: ApiClient, first: Run, rows: Sequence[Row], target: str) -> Loop:
    """Send the stream with its truth, look for drift, and follow the retraining that the alarm begins.

    Raises Unavailable where something that the cloud does by itself does not happen.
    """
    note = session.screen.note
    began = time.monotonic()
    stream = [drifted(row) for row in rows]
    truths = [str(row[target]) for row in rows]
    inputs = [{name: value for name, value in row.items() if name != target} for row in stream]
    note(f"Sending {len(stream)} customers whose loans are told in days and cents, and then what became of them")
    ids = list(_send(client, first.dataset, inputs))
    key = f"{first.tenant}/{first.dataset}/{TRUTH}/drifted.csv"
    session.delivery.send(key, _truth(ids, truths))
    with session.screen.busy("Waiting for captures and truth to be collected"):
        _until(lambda: _arrived(session, first, ids), "captures or truth did not reach their bucket")
    with session.screen.busy("Looking for drift"):
        found = drift_command.looked(session, first.tenant, first.dataset)
    note(drift_command.told(found))
    run = _retraining(session, first)
    note(Text(f"The alarm rose, and retraining began: run {run.id}, {time.monotonic() - began:.1f} s into the stream"))
    run = watched(session, run)
    report = findings(session, run).report
    if run.outcome.state is not RunState.SUCCEEDED or report is None:
        raise Unavailable(f"the retraining ended as {run.outcome.state.value}", hint=f"millrace runs show {run.id}")
    loop = Loop(found, run, report)
    note(compared(loop))
    return loop


def compared(loop: Loop) -> RenderableType:
    """Both champions' figures side by side."""
    old, new = loop.report.champion.version if loop.report.champion else "-", loop.run.outcome.version
    rows = [
        (metric.value, render.figure(loop.before[metric]) if metric in loop.before else "", render.figure(value))
        for metric, value in loop.after.items()
    ]
    serves = "serves now" if loop.run.outcome.promoted else "was kept aside"
    words = f"Version {new} {serves}. On {loop.report.rows_held_out} drifted rows that were held out from it:"
    return Group(Text(words, style="bold"), render.table("", ("metric", f"version {old}", f"version {new}"), rows))


def _send(client: ApiClient, model: str, rows: Sequence[Row]) -> Iterator[str]:
    """Predict in calls of many rows; the inference id of each row."""
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        answer = client.predict(model, None, part)
        yield from (inference_id.of_row(str(answer["id"]), number, len(part)) for number in range(len(part)))


def _truth(ids: Sequence[str], truths: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([("inference_id", "truth"), *zip(ids, truths, strict=True)])
    return text.getvalue().encode()


def _arrived(session: Session, run: Run, ids: Sequence[str]) -> bool:
    """Whether every row's capture and its truth lie in the capture bucket."""
    bucket, s3 = session.outputs.capture_bucket, session.clients.s3()
    captures, truths = S3CaptureStore(s3, bucket), S3TruthStore(s3, bucket)
    parts = [Partition(run.tenant, run.dataset, hour) for hour in sorted(set(map(inference_id.hour_of, ids)))]
    captured = {line.inference_id for part in parts for key in captures.objects(part) for line in captures.read(key)}
    known = {truth.inference_id for part in parts for key in truths.objects(part) for truth in truths.read(key)}
    return set(ids) <= captured & known


def _retraining(session: Session, first: Run) -> Run:
    """The run that retraining began."""
    found: list[Run] = []

    def begun() -> bool:
        runs = session.runs.of_tenant(first.tenant)
        found[:] = [run for run in runs if run.dataset == first.dataset and run.id != first.id]
        return bool(found)

    _until(begun, "the alarm began no retraining")
    return found[0]


def _until(holds: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise Unavailable(otherwise, code="not_yet", hint="see `millrace logs` for what the functions say")
        time.sleep(0.3)

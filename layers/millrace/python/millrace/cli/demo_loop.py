"""The demo's second half: a stream that drifted, its truth, the alarm, the retraining, and both champions' figures."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.console import RenderableType
from rich.text import Text

from millrace.adapters.capture_store import S3CaptureStore
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
from millrace.domain.report import Report
from millrace.domain.run import Run, RunState
from millrace.domain.truth import FOLDER

BATCH = 100  # rows in a call
WAIT_SECONDS = 90.0  # for what the cloud does by itself in one or two
WEEKS_PER_MONTH = 365.25 / 12 / 7
EUROS_PER_MARK = 1 / 1.95583  # the fixed rate of 1999
RENAMED = "none"  # what the application begins to write for an account that isn't there
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Loop:
    """What came of the stream: what was found, the run that followed, and its report."""

    drift: Drift
    run: Run
    report: Report


def drifted(row: Row) -> dict[str, object]:
    """The same customer as another release of the application would write: weeks, euros, and a shorter word."""
    return {
        **row,
        "duration": round(float(str(row["duration"])) * WEEKS_PER_MONTH),
        "credit_amount": round(float(str(row["credit_amount"])) * EUROS_PER_MARK),
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
    note(f"Sending {len(stream)} customers whose loans are told in weeks and euros, and then what became of them")
    ids = list(_send(client, first.dataset, inputs))
    key = f"{first.tenant}/{first.dataset}/{FOLDER}/drifted.csv"
    session.delivery.send(key, _truth(ids, truths))
    with session.screen.busy("Waiting for captures and truth to be collected"):
        _until(lambda: _captured(session, first, ids) >= len(ids), "the captures did not reach their bucket")
        found = _looked(session, first, len(ids))
    note(drift_command.told(found))
    run = _retraining(session, first)
    note(Text(f"The alarm rose, and retraining began: run {run.id}, {time.monotonic() - began:.1f} s into the stream"))
    run = watched(session, run)
    report = findings(session, run).report
    if run.outcome.state is not RunState.SUCCEEDED or report is None:
        raise Unavailable(f"the retraining ended as {run.outcome.state.value}", hint=f"millrace runs show {run.id}")
    note(compared(report, run))
    return Loop(found, run, report)


def compared(report: Report, run: Run) -> RenderableType:
    """Both champions' figures on the drifted rows that were held out."""
    old = report.champion.metrics if report.champion and report.champion.metrics else {}
    before = f"version {report.champion.version}" if report.champion else "before"
    rows = [
        (metric.value, render.figure(old[metric]) if metric in old else "", render.figure(value))
        for metric, value in report.held_out.items()
    ]
    serves = "serves now" if run.outcome.promoted else "was kept aside"
    title = (
        f"On {report.rows_held_out} drifted rows that neither was trained on; version {run.outcome.version} {serves}"
    )
    return render.table(title, ("metric", before, f"version {run.outcome.version}"), rows)


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


def _captured(session: Session, run: Run, ids: Sequence[str]) -> int:
    store = S3CaptureStore(session.clients.s3(), session.outputs.capture_bucket)
    partitions = [Partition(run.tenant, run.dataset, hour) for hour in sorted(set(map(inference_id.hour_of, ids)))]
    return sum(1 for each in partitions for key in store.objects(each) for _ in store.read(key))


def _looked(session: Session, run: Run, rows: int) -> Drift:
    """What the detector finds, once the truth of every row was joined."""

    def labelled() -> int:
        hours = {inference_id.hour_of(key) for key in ()}
        return len(hours)

    found: list[Drift] = []

    def complete() -> bool:
        found[:] = [drift_command.looked(session, run.tenant, run.dataset)]
        return found[0].labelled >= rows

    _until(complete, "the truth was not joined to its captures")
    return found[0]


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

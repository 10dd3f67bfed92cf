"""The loop on a stage of its own: from the first drifted row to the alarm and to the new champion's answer."""

from __future__ import annotations

import csv
import io
import itertools
import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from benchmarks.embedded import CREDIT, stage
from benchmarks.figures import Row
from millrace.adapters import documents
from millrace.adapters.capture_store import S3CaptureStore
from millrace.adapters.truth_store import S3TruthStore
from millrace.cli import drift as drift_command
from millrace.cli.api import ApiClient
from millrace.cli.demo_loop import drifted
from millrace.cli.predict import api, read_rows
from millrace.cli.session import Session
from millrace.cli.train import upload
from millrace.domain import inference_id
from millrace.domain.baseline import Baseline
from millrace.domain.capture import CaptureLine, Partition
from millrace.domain.drift import ALARM_SEVERITY, Drift
from millrace.domain.manifest import Manifest
from millrace.domain.naming import TRUTH
from millrace.domain.retraining import Retraining
from millrace.domain.run import Run, RunState
from millrace.inference import columns
from millrace.inference.tabular import Classification, TabularModel
from millrace.monitoring.decision import judge
from millrace.usecases.sketch_captures import Watched, sketch_rows

TARGET = "class"
CALL = 100  # rows
SECONDS = 300.0  # a hang, not a pace
WINDOWS, WINDOW = 100, 500
LOOK_EVERY = 2.0  # seconds; a stage looks every `detect_minutes`, which comes on top


@dataclass
class Stream:
    """Labelled rows sent to one model, and which of its captures and truths have arrived."""

    session: Session
    client: ApiClient
    model: str
    sent: int = 0
    _files: Iterator[int] = field(default_factory=itertools.count)

    def send(self, rows: Sequence[Mapping[str, object]], target: str = TARGET) -> list[str]:
        """Ask about the rows, PUT what is true of them, and wait until both have arrived; the labels it gave."""
        ids: list[str] = []
        labels: list[str] = []
        for start in range(0, len(rows), CALL):
            part = rows[start : start + CALL]
            inputs = [{name: value for name, value in row.items() if name != target} for row in part]
            answer = self.client.predict(self.model, None, inputs)
            ids += [inference_id.of_row(str(answer["id"]), number, len(part)) for number in range(len(part))]
            labels += [str(each["label"]) for each in answer["predictions"]]
        text = io.StringIO()
        pairs = zip(ids, (row[target] for row in rows), strict=True)
        csv.writer(text).writerows([("inference_id", "truth"), *pairs])
        key = f"{self.session.tenant}/{self.model}/{TRUTH}/{next(self._files):06}.csv"
        self.session.delivery.send(key, text.getvalue().encode())
        self._wait(ids)
        self.sent += len(rows)
        return labels

    def look(self) -> Drift:
        """What the detector finds now."""
        return drift_command.looked(self.session, self.session.tenant, self.model)

    def runs(self) -> list[Run]:
        """The model's runs, newest first."""
        return [run for run in self.session.runs.of_tenant(self.session.tenant) if run.dataset == self.model]

    def decision_after(self, known: Collection[str]) -> Retraining:
        """What `retrain` decided, once it has heard of the drift."""
        found: list[Retraining] = []

        def decided() -> bool:
            decisions = self.session.retrainings.of_model(self.session.tenant, self.model, 100)
            found[:] = [each for each in decisions if each.at not in known]
            return bool(found)

        until(decided, "nobody heard of the drift")
        return found[0]

    def _wait(self, ids: Sequence[str]) -> None:
        """Until every row's capture and truth lie in the bucket; each object is read once."""
        bucket, s3 = self.session.outputs.capture_bucket, self.session.clients.s3()
        captures, truths = S3CaptureStore(s3, bucket), S3TruthStore(s3, bucket)
        parts = [Partition(self.session.tenant, self.model, hour) for hour in set(map(inference_id.hour_of, ids))]
        captured, known, seen = set[str](), set[str](), set[str]()

        def arrived() -> bool:
            for part in parts:
                for key in set(captures.objects(part)) - seen:
                    captured.update(line.inference_id for line in captures.read(key))
                    seen.add(key)
                for key in set(truths.objects(part)) - seen:
                    known.update(truth.inference_id for truth in truths.read(key))
                    seen.add(key)
            return set(ids) <= captured & known

        until(arrived, "captures or truth did not arrive")


def run() -> list[Row]:
    """Train on the credit data, send it, then send it as the demo's drifted stream until a new champion answers."""
    rows = list(read_rows(CREDIT))
    with stage() as session, api(session) as client:
        first = over(session, upload(session, CREDIT, "loop", None))
        assert first.outcome.promoted
        cried = sum(severity >= ALARM_SEVERITY for severity in without_drift(session, rows))
        stream = Stream(session, client, "loop")
        stream.send(rows[:500])
        calm = stream.look()
        began = time.monotonic()
        stream.send([drifted(row) for row in rows])
        arrived = time.monotonic() - began
        while (stream.look().severity or 0.0) < ALARM_SEVERITY:
            time.sleep(LOOK_EVERY)
        risen = time.monotonic() - began
        until(lambda: len(stream.runs()) > 1, "nothing was retrained")
        second = over(session, stream.runs()[0])
        until(lambda: client.predict("loop", None, [first_inputs(rows)])["model_version"] != "1", "it does not serve")
        answered = time.monotonic() - began
    before = "not enough data" if calm.severity is None else f"severity {calm.severity:.2f}"
    return [
        Row("drifted rows, captures and truth in the bucket", f"{arrived:.1f} s", f"1,000 rows; before them {before}"),
        Row("to the alarm", f"{risen:.1f} s", "with a look right then; a stage looks every `detect_minutes`"),
        Row("alarms without drift", f"{cried} of {WINDOWS}", f"windows of {WINDOW} rows of the same stream"),
        Row("to the new champion's answer", f"{answered:.1f} s", f"version {second.outcome.version}, its job included"),
    ]


def without_drift(session: Session, rows: Sequence[Mapping[str, object]]) -> Iterator[float]:
    """The severity of each of many windows drawn from the rows that the first version was made of, with their truth."""
    version = session.models.version(session.tenant, "loop", 1)
    assert version is not None
    assert version.baseline_digest is not None
    read = partial(session.blobs.get, session.tenant)
    manifest = documents.load(Manifest, read(version.manifest_digest))
    watched = Watched(version, manifest, documents.load(Baseline, read(version.baseline_digest)))
    model = TabularModel.load(read(version.model_digest), manifest.schema)
    drawn, classes = random.Random(0), manifest.schema.classes
    for _ in range(WINDOWS):
        window = drawn.choices(rows, k=WINDOW)
        inputs = [{name: value for name, value in row.items() if name != TARGET} for row in window]
        said = model.predict(columns.from_rows(manifest.schema, inputs))
        assert isinstance(said, Classification)
        lines = [
            CaptureLine("", "", 1, row, {"label": label, "probabilities": dict(zip(classes, each, strict=True))})
            for row, label, each in zip(inputs, said.labels, said.probabilities.tolist(), strict=True)
        ]
        _, severity, _ = judge(watched.baseline, sketch_rows(watched, lines), None, manifest.lineage.spec)
        assert severity is not None
        yield severity


def first_inputs(rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """One customer to ask about."""
    return {name: value for name, value in drifted(rows[0]).items() if name != TARGET}


def over(session: Session, run: Run) -> Run:
    """The run, once it is over."""

    def found() -> Run:
        return session.runs.find(run.tenant, run.id) or run

    until(lambda: found().outcome.state.is_final, f"run {run.id} is not over")
    assert found().outcome.state is RunState.SUCCEEDED, found().outcome
    return found()


def until(holds: Callable[[], bool], otherwise: str) -> None:
    """Wait for what another process brings about."""
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.1)

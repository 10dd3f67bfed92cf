"""A served model, a stream of calls to it and what became of them: the loop as its owner sees it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from millrace.adapters.capture_store import S3CaptureStore
from millrace.adapters.document_store import S3Documents
from millrace.adapters.functions import LambdaFunction
from millrace.adapters.retrainings import DynamoRetrainings
from millrace.adapters.session import Clients
from millrace.adapters.truth_store import S3TruthStore
from millrace.cli.demo_loop import drifted
from millrace.domain import inference_id
from millrace.domain.capture import Partition
from millrace.domain.drift import Drift, alarm_name, latest_key
from millrace.domain.naming import TRUTH
from millrace.domain.retraining import Retraining
from millrace.domain.run import Run
from millrace.protocol.watching import asked
from tests.conftest import ROOT
from tests.e2e.thread import Thread, until

CREDIT = (ROOT / "examples/credit-g/credit-g.csv").read_bytes()
TABLE: list[Mapping[str, object]] = list(csv.DictReader(io.StringIO(CREDIT.decode())))
TARGET = "class"
CALL = 100  # rows


@dataclass
class Loop:
    """One model of a tenant."""

    thread: Thread
    model: str
    clients: Clients
    ids: list[str] = field(default_factory=list)  # of every row that was answered
    truths: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        clients, outputs = self.clients, self.thread.stage.outputs
        self.captures = S3CaptureStore(clients.s3(), outputs["CaptureBucket"])
        self.truth = S3TruthStore(clients.s3(), outputs["CaptureBucket"])
        self.documents = S3Documents(clients.s3(), outputs["CaptureBucket"])
        self.retrainings = DynamoRetrainings(clients.dynamodb(), outputs["RegistryTable"])
        self.detector = LambdaFunction(clients.lambda_(), outputs["DetectFunctionArn"])

    def stream(self, rows: Sequence[Mapping[str, object]]) -> None:
        """Ask for predictions of labelled rows, and remember each row's id with what is true of it."""
        for start in range(0, len(rows), CALL):
            part = rows[start : start + CALL]
            answer = self.thread.predict(self.model, [lacking(row) for row in part])
            self.ids += [inference_id.of_row(answer["id"], number, len(part)) for number in range(len(part))]
            self.truths += [str(row[TARGET]) for row in part]

    def tell_truth(self, file: str = "truth.csv") -> None:
        """PUT what is true of every row that was answered, and wait until it is known."""
        text = io.StringIO()
        csv.writer(text).writerows([("inference_id", "truth"), *zip(self.ids, self.truths, strict=True)])
        key = f"{self.thread.tenant}/{self.model}/{TRUTH}/{file}"
        self.thread.delivery.send(key, text.getvalue().encode())
        until(lambda: len(self._known()) >= len(set(self.ids)), "the truth was not stored")

    def collected(self) -> set[str]:
        """Ids of the rows that lie in the capture bucket."""
        return {
            line.inference_id
            for part in self._parts()
            for key in self.captures.objects(part)
            for line in self.captures.read(key)
        }

    def wait_for_captures(self) -> None:
        """Wait until every answered row lies in the capture bucket."""
        until(lambda: self.collected() >= set(self.ids), "captures were not collected")

    def look(self) -> Drift:
        """Have the detector look now."""
        answer = self.detector.call(asked(self.thread.tenant, self.model))
        assert answer["troubles"] == [], answer
        return self.found()

    def found(self) -> Drift:
        """What it found last."""
        return self.documents.read(Drift, latest_key(self.thread.tenant, self.model))

    def alarm(self) -> dict[str, Any]:
        """The model's alarm."""
        name = alarm_name("local", self.thread.tenant, self.model)
        [found] = self.thread.stage.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return dict(found)

    def runs(self) -> list[Run]:
        """The model's runs, newest first."""
        return [run for run in self.thread.runs.of_tenant(self.thread.tenant) if run.dataset == self.model]

    def decisions(self) -> Sequence[Retraining]:
        """What was decided about retraining, newest first."""
        return self.retrainings.of_model(self.thread.tenant, self.model, 20)

    def retrained(self) -> Run:
        """The newest run, once it is another than the first and over."""
        until(lambda: len(self.runs()) > 1 and self.runs()[0].outcome.state.is_final, "nothing was retrained")
        return self.runs()[0]

    def _parts(self) -> list[Partition]:
        hours = sorted(set(map(inference_id.hour_of, self.ids)))
        return [Partition(self.thread.tenant, self.model, hour) for hour in hours]

    def _known(self) -> set[str]:
        parts = self._parts()
        return {one.inference_id for part in parts for key in self.truth.objects(part) for one in self.truth.read(key)}


def lacking(row: Mapping[str, object]) -> dict[str, object]:
    """A row as a caller has it: without its answer."""
    return {name: value for name, value in row.items() if name != TARGET}


def shifted(rows: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """The rows as the demo's drifted stream has them."""
    return [drifted(row) for row in rows]

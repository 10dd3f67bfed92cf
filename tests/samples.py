"""Domain values as tests need them: valid, small, and with what a test cares about given by name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from millrace.domain import digest
from millrace.domain.job import Job, Ticket
from millrace.domain.manifest import Lineage, Manifest
from millrace.domain.model import ModelVersion
from millrace.domain.report import Candidate, Parity, Report
from millrace.domain.run import DataLocation, Outcome, Run, RunState, run_id
from millrace.domain.schema import MISSING_TOKEN, Column, Kind, Schema
from millrace.domain.spec import Metric, Spec, Task

TENANT, DATASET = "acme", "credit"
NOW = "2026-01-01T00:00:00.000Z"
KEY = f"{TENANT}/{DATASET}/data.csv"
CSV = b"age,city,class\n30,Paris,good\n40,Rome,bad\n"
DATA = DataLocation("landing", KEY, "1", digest.of_bytes(CSV), len(CSV))
RUN_ID = run_id(TENANT, DATASET, DATA.digest, Spec().digest)
TICKET = Ticket(TENANT, DATASET, RUN_ID, 1)
SCHEMA = Schema(
    (Column("age", Kind.NUMBER), Column("city", Kind.CATEGORY, MISSING_TOKEN)), "class", Task.BINARY, ("bad", "good")
)


def run(**changes: Any) -> Run:
    """A running run of the upload above."""
    fresh = Run(TENANT, DATASET, RUN_ID, DATA, Spec(), created=NOW, outcome=Outcome(RunState.RUNNING))
    return replace(fresh, **changes)


def job(**changes: Any) -> Job:
    """The job of that run's first attempt."""
    return replace(Job(TENANT, DATASET, RUN_ID, 1, DATA, Spec()), **changes)


def report(**changes: Any) -> Report:
    """A report that passes every rule where no model serves yet."""
    good = Report(
        task=Task.BINARY,
        target="class",
        metric=Metric.LOG_LOSS,
        rows_train=80,
        rows_held_out=20,
        columns=2,
        candidates=(Candidate("logistic", 0.5, 0.01, 0.1, chosen=True),),
        held_out={Metric.LOG_LOSS: 0.5, Metric.AUC: 0.8},
        constant={Metric.LOG_LOSS: 0.61, Metric.AUC: 0.5},
        parity=Parity(rows=20, max_difference=1e-7, flips=0, tolerance=1e-4),
    )
    return replace(good, **changes)


def manifest(model: bytes = b"onnx", **changes: Any) -> Manifest:
    """What stands beside `model`."""
    fresh = Manifest(
        schema=SCHEMA,
        metrics={Metric.LOG_LOSS: 0.5, Metric.AUC: 0.8},
        lineage=Lineage(TENANT, DATASET, DATA.digest, RUN_ID, Spec()),
        model_digest=digest.of_bytes(model),
        model_size=len(model),
        opset=18,
        algorithm="logistic",
        steps=("impute@1",),
    )
    return replace(fresh, **changes)


def version(**changes: Any) -> ModelVersion:
    """A version before the registry numbers it."""
    fresh = ModelVersion(
        tenant=TENANT,
        model=DATASET,
        number=0,
        run_id=RUN_ID,
        model_digest="a" * 64,
        manifest_digest="b" * 64,
        report_digest="c" * 64,
        model_size=4,
        metrics={Metric.LOG_LOSS: 0.5},
        accepted=True,
        created=NOW,
    )
    return replace(fresh, **changes)

"""elec2 in time order through the deployed loop: accuracy of a model never retrained against the loop's.

The data is a stream of the electricity market of New South Wales that drifts (OpenML 151). Each block of rows is
predicted before its truth is told, so no row is judged by a model that has seen it.
"""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.embedded import stage
from benchmarks.figures import Row
from benchmarks.loop import Stream, over
from millrace.adapters import documents
from millrace.cli.predict import api
from millrace.cli.session import Session
from millrace.cli.train import upload
from millrace.domain.drift import Standing
from millrace.domain.manifest import Manifest
from millrace.domain.retraining import Refusal
from millrace.inference import columns
from millrace.inference.tabular import Classification, TabularModel

DATA = "MILLRACE_ELEC2"
USUAL = Path("../shared/data/elec2/data.csv")
FIRST = 4_000  # rows that the first model is trained on
BLOCK = 2_000  # rows between two looks
SPEC = """target: class
metric: accuracy
margin: 0.01
drift_rows: 2000
drift_least_rows: 1000
drift_least_hours: 0
retrain_rows: 8000
retrain_least_rows: 2000
retrain_cooldown_hours: 0
retrain_daily_limit: 1000
"""


@dataclass
class Tally:
    """What came of the stream."""

    frozen: list[float] = field(default_factory=list)  # accuracy of the first version, by block
    looped: list[float] = field(default_factory=list)
    drifted: int = 0
    retrained: int = 0
    promoted: int = 0
    refused: dict[str, int] = field(default_factory=dict)


def run() -> list[Row]:
    """The whole stream; where the data is not there, one line that says so."""
    path = Path(os.environ.get(DATA, USUAL))
    if not path.is_file():
        return [Row("elec2", "not run", f"its data.csv is not at {path}: name it in {DATA}")]
    with path.open(newline="") as text:
        rows: list[Mapping[str, object]] = list(csv.DictReader(text))
    tally = _tally(rows)
    frozen, looped = float(np.mean(tally.frozen)), float(np.mean(tally.looped))
    blocks = f"{len(tally.looped)} blocks of {BLOCK} rows after {FIRST} to begin with"
    refused = ", ".join(f"{count} {reason}" for reason, count in sorted(tally.refused.items())) or "none"
    return [
        Row("accuracy, never retrained", f"{frozen:.4f}", blocks),
        Row("accuracy, in the loop", f"{looped:.4f}", f"{looped - frozen:+.4f}"),
        Row("looks that found drift", str(tally.drifted), f"of {len(tally.looped)}"),
        Row("retrainings", str(tally.retrained), f"{tally.promoted} made champion; refused: {refused}"),
    ]


def _tally(rows: Sequence[Mapping[str, object]]) -> Tally:
    tally = Tally()
    with stage() as session, api(session) as client, tempfile.TemporaryDirectory() as folder:
        first = Path(folder) / "elec2.csv"
        with first.open("w", newline="") as text:
            writer = csv.DictWriter(text, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows[:FIRST])
        began = over(session, upload(session, first, "elec2", SPEC.encode()))
        assert began.outcome.promoted, began.outcome
        stream, frozen = Stream(session, client, "elec2"), _model(session)
        for start in range(FIRST, len(rows), BLOCK):
            block = rows[start : start + BLOCK]
            truth = [str(row["class"]) for row in block]
            tally.looped.append(_accuracy(stream.send(block), truth))
            tally.frozen.append(_accuracy(_answers(frozen, block), truth))
            _follow(session, stream, tally)
            print(f"  {start + len(block)}: {tally.frozen[-1]:.3f} {tally.looped[-1]:.3f}", flush=True)
    return tally


def _follow(session: Session, stream: Stream, tally: Tally) -> None:
    """Look, and wait for what the look began."""
    known = {decision.at for decision in session.retrainings.of_model(session.tenant, stream.model, 100)}
    found = stream.look()
    if found.standing is not Standing.DRIFTED:
        return
    tally.drifted += 1
    decision = stream.decision_after(known)
    if decision.run_id is None:
        reason = Refusal(decision.refusal or Refusal.NOT_DRIFTING).value
        tally.refused[reason] = tally.refused.get(reason, 0) + 1
        return
    run = next(run for run in stream.runs() if run.id == decision.run_id)
    tally.retrained += 1
    tally.promoted += over(session, run).outcome.promoted


def _model(session: Session) -> TabularModel:
    """The version that serves at first, run here: asking the endpoint for it would be captured too."""
    version = session.models.version(session.tenant, "elec2", 1)
    assert version is not None
    read = partial(session.blobs.get, session.tenant)
    manifest = documents.load(Manifest, read(version.manifest_digest))
    return TabularModel.load(read(version.model_digest), manifest.schema)


def _answers(model: TabularModel, rows: Sequence[Mapping[str, object]]) -> list[str]:
    inputs = [{name: value for name, value in row.items() if name != "class"} for row in rows]
    found = model.predict(columns.from_rows(model.schema, inputs))
    assert isinstance(found, Classification)
    return [str(label) for label in found.labels]


def _accuracy(labels: Sequence[str], truth: Sequence[str]) -> float:
    return float(np.mean([label == true for label, true in zip(labels, truth, strict=True)]))

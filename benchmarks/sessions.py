"""How much memory open models hold, beside what `session_bytes` takes them to hold: it must not be less."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from onnx import TensorProto

from benchmarks.credit import trained
from benchmarks.figures import Row
from benchmarks.job import ROOT
from millrace.adapters import documents
from millrace.domain.manifest import Manifest
from millrace.domain.schema import Column, Kind, Schema
from millrace.domain.spec import Task
from millrace.inference.columns import from_rows
from millrace.inference.tabular import TabularModel, session_bytes
from millrace.learning.export import PREDICTION
from millrace.learning.forest import Tree, grown
from millrace.learning.onnx_graph import Graph
from tests.tiny import manifest

LEAVES = 32
COUNT = 20


def run() -> list[Row]:
    """Megabytes (10^6 bytes) for each session, of models from the smallest to the largest and the widest."""
    credit = trained()
    models = {"credit-g": (credit.model, credit.manifest)}
    for trees, columns in ((1, 2), (500, 20), (5000, 20), (10, 2000)):
        models[f"{trees} trees, {columns} columns"] = forest(trees, columns)
    rows = []
    for what, (model, described) in models.items():
        found = held(model, described, count=COUNT)
        taken = session_bytes(len(model), len(described.schema.features))
        note = f"a file of {len(model) / 1e6:.3f} MB; taken to hold {taken / 1e6:.2f} MB"
        rows.append(Row(what, f"{found / 1e6:.2f} MB", note))
    return rows


def forest(trees: int, columns: int) -> tuple[bytes, Manifest]:
    """A model of numbers with so many complete trees over so many columns."""
    features = tuple(Column(f"column_{index}", Kind.NUMBER) for index in range(columns))
    schema = Schema(features, "answer", Task.REGRESSION)
    graph = Graph(features, [PREDICTION])
    matrix = graph.cast(graph.concat([column.name for column in features]), TensorProto.FLOAT)
    every = grown([_tree(number, columns) for number in range(trees)], np.zeros(1), "forest")
    graph.add("Identity", every.build(graph, matrix), output=PREDICTION)
    model = bytes(graph.finish([(PREDICTION, TensorProto.DOUBLE, 1)]).SerializeToString())
    return model, manifest(model, schema)


def held(model: bytes, described: Manifest, *, count: int, rows: int = 1) -> int:
    """Bytes of resident memory for each of `count` sessions that have answered once; Linux only.

    A process of its own loads them, so that no memory that was freed before hides what they take.
    """
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "model.onnx").write_bytes(model)
        (Path(place) / "manifest.json").write_bytes(documents.dump(described))
        command = [sys.executable, "-m", "benchmarks.sessions", place, str(count), str(rows)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    return int(done.stdout)


def _tree(number: int, columns: int) -> Tree:
    """A complete tree of `LEAVES` leaves, its splits in the order of a heap."""
    places = np.arange(1, LEAVES)
    child = 2 * places
    return Tree(
        feature=((number + places) % columns).astype(np.int32),
        threshold=(1.0 / (number + places)).astype(np.float32),
        left=np.where(child < LEAVES, child - 1, ~(child - LEAVES)).astype(np.int32),
        right=np.where(child < LEAVES, child, ~(child + 1 - LEAVES)).astype(np.int32),
        missing_left=np.ones(LEAVES - 1, dtype=np.bool_),
        value=(1.0 / (number + np.arange(LEAVES, 2 * LEAVES))).astype(np.float32),
        target=np.zeros(LEAVES, dtype=np.int32),
    )


def _measured(place: Path, count: int, rows: int) -> int:
    described = documents.load(Manifest, (place / "manifest.json").read_bytes())
    content = (place / "model.onnx").read_bytes()
    feeds = from_rows(described.schema, [{described.schema.features[0].name: None}] * rows)
    TabularModel.load(content, described.schema).predict(feeds)  # what the first one brings for good does not count
    before, sessions = _resident(), []
    for _ in range(count):
        sessions.append(TabularModel.load(content, described.schema))
        sessions[-1].predict(feeds)
    return (_resident() - before) // count


def _resident() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


if __name__ == "__main__":
    print(_measured(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))

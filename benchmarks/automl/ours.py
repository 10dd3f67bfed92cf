"""Our engine under the protocol of all systems; what answers is its ONNX file alone, in ONNX Runtime."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
import onnx
from numpy.typing import NDArray

from benchmarks.automl import ablation
from benchmarks.automl.programs import order
from benchmarks.automl.programs.asked import BATCH, Figures, Question, batch_ms, peak_mb, row_ms, tell, versions_of
from millrace import learning
from millrace.data.read import read
from millrace.data.table import Written
from millrace.domain.schema import Schema
from millrace.domain.spec import IN_ORDER, Metric, Spec, Task
from millrace.inference.columns import Columns, from_named, from_rows
from millrace.inference.tabular import Classification, TabularModel
from millrace.learning.parity import check
from millrace.learning.trainer import Answers

PACKAGES = ("catboost", "lightgbm", "onnx", "onnxruntime", "optuna", "scikit-learn", "xgboost-cpu")
TREES = {  # operators of ONNX, and the attribute that tells their trees apart
    "TreeEnsemble": "tree_roots",
    "TreeEnsembleRegressor": "nodes_treeids",
    "TreeEnsembleClassifier": "nodes_treeids",
}

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calls:
    """How a fitted system is asked: the answers to the test rows, rows one by one, and all of a batch."""

    answers: Callable[[], Floats]
    row: Callable[[int], Callable[[], object]]  # the call that predicts row i, prepared outside of what is timed
    batch: Callable[[], object]


def fit(question: Question) -> learning.Model:
    """The engine, asked."""
    return learning.fit(
        question.train,
        question.target,
        task=Task(question.task),
        metric=Metric(question.metric),
        seconds=question.seconds,
        threads=question.threads,
        seed=question.seed,
        spec=Spec(time=IN_ORDER) if order.is_told() else None,
    )


def main() -> None:
    """Answer the command line's question."""
    question = Question.of()
    start = time.perf_counter()
    found = fit(question)
    seconds, memory = time.perf_counter() - start, peak_mb()
    model, schema = found.model, found.schema
    rows = _rows(question, schema)
    calls = calls_of(model, schema, rows, classes_of(question), question.threads)
    figures = Figures(
        fit_seconds=seconds,
        memory_mb=memory,
        artifact_bytes=len(model),
        row_ms=row_ms(calls.row, len(rows)),
        batch_ms=batch_ms(calls.batch),
        versions=versions_of(PACKAGES),
        more={**_more(question, model, schema, rows), **of_pipeline(question, found)},
    )
    tell(question, figures, calls.answers())


def calls_of(
    model: bytes, schema: Schema, rows: Sequence[Mapping[str, str]], classes: Sequence[str], threads: int
) -> Calls:
    """Rows are texts, as they stand in the file; spelling them is part of each call."""
    many = TabularModel.load(model, schema, threads=threads)
    one = TabularModel.load(model, schema)
    batch = _by_column(schema, [rows[row % len(rows)] for row in range(BATCH)])

    def answers() -> Floats:
        found = many.predict(from_named(schema, _by_column(schema, rows)))
        if not isinstance(found, Classification):
            return found.values
        given = dict(zip(schema.classes, np.asarray(found.probabilities, dtype=np.float64).T, strict=True))
        return np.column_stack([given.get(name, np.zeros(len(rows))) for name in classes])

    def row(place: int) -> Callable[[], object]:
        return lambda: one.predict(from_rows(schema, [rows[place]]))

    return Calls(answers, row, lambda: many.predict(from_named(schema, batch)))


def classes_of(question: Question) -> list[str]:
    """In the order of their text; none for regression."""
    if not question.is_classification:
        return []
    with question.train.open(newline="", encoding="utf-8") as file:
        return sorted({row[question.target] for row in csv.DictReader(file)})


def trees_of(model: bytes) -> int:
    """How many trees the graph has, of all members together."""
    count = 0
    for node in onnx.load_from_string(model).graph.node:
        values = {each.name: each.ints for each in node.attribute}
        count += len(set(values[TREES[node.op_type]])) if node.op_type in TREES else 0
    return count


def of_pipeline(question: Question, found: learning.Model) -> dict[str, float]:
    """How far the file's answers to all test rows are from the pipeline's; of the first split, what each part adds."""
    written = read(question.test)
    table = written.spell(found.schema.features)
    parity = check(found.model, found.learnt.fitted, table, found.schema, threads=question.threads)
    told = {"parity": parity.max_difference, "flips_far": float(parity.flips_far)}
    if question.seed:
        return told
    truth = _truth(written.columns[question.target], found.schema)
    known = np.flatnonzero(truth >= 0) if question.is_classification else np.arange(table.rows)
    return told | ablation.ratios(found, table.take(known), truth[known])


def _more(question: Question, model: bytes, schema: Schema, rows: Sequence[Mapping[str, str]]) -> dict[str, float]:
    """What ONNX Runtime takes by itself, and what LightGBM takes for as many trees on as many prepared rows."""
    many = TabularModel.load(model, schema, threads=question.threads)
    one = TabularModel.load(model, schema)
    batch = from_named(schema, _by_column(schema, [rows[row % len(rows)] for row in range(BATCH)]))
    found = {
        "run_row_ms": row_ms(lambda row: _run(one, from_rows(schema, [rows[row]])), len(rows)),
        "run_batch_ms": batch_ms(lambda: many.predict(batch)),
        "trees": float(trees_of(model)),
    }
    if found["trees"]:
        booster, prepared = _lightgbm(question, schema, int(found["trees"])), _prepared(batch)
        found["lightgbm_batch_ms"] = batch_ms(lambda: booster.predict(prepared, num_threads=question.threads))
    return found


def _truth(written: Written, schema: Schema) -> Answers:
    """Classes by their place, -1 for one that the training rows don't have; or numbers."""
    if not schema.task.is_classification:
        return np.array(written.texts, dtype=np.float64)[written.codes]
    place = {name: index for index, name in enumerate(schema.classes)}
    return np.array([place.get(text, -1) for text in written.texts], dtype=np.int64)[written.codes]


def _run(model: TabularModel, columns: Columns) -> Callable[[], object]:
    return lambda: model.predict(columns)


def _lightgbm(question: Question, schema: Schema, trees: int) -> Any:
    """So many trees of LightGBM's default size, learned from the training rows."""
    table = read(question.train)
    features = _prepared({name: values.reshape(-1, 1) for name, values in table.spell(schema.features).columns.items()})
    truth = _truth(table.columns[question.target], schema).astype(np.float64)
    told = {"objective": "regression", "num_threads": question.threads, "verbosity": -1, "seed": question.seed}
    return lightgbm.train(told, lightgbm.Dataset(features, truth), trees)


def _prepared(columns: Columns) -> Floats:
    """Numbers as they are, texts as the places of their values, shape [rows, columns]."""
    return np.column_stack(
        [
            np.unique(values, return_inverse=True)[1].reshape(-1) if values.dtype == object else values.reshape(-1)
            for values in columns.values()
        ]
    ).astype(np.float64)


def _rows(question: Question, schema: Schema) -> list[dict[str, str]]:
    """The test file's, less the target."""
    names = {column.name for column in schema.features}
    with question.test.open(newline="", encoding="utf-8") as file:
        return [{name: value for name, value in row.items() if name in names} for row in csv.DictReader(file)]


def _by_column(schema: Schema, rows: Sequence[Mapping[str, str]]) -> dict[str, list[str]]:
    return {column.name: [row[column.name] for row in rows] for column in schema.features}


if __name__ == "__main__":
    main()

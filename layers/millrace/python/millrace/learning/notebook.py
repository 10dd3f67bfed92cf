"""The engine as a library: from a file, columns or a data frame to a model, with no cloud at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from millrace.data import declared, features, target
from millrace.data.parts import read
from millrace.data.table import Table, Written, WrittenTable
from millrace.domain import spelling, wishes
from millrace.domain.report import Candidate, Metrics
from millrace.domain.schema import Schema
from millrace.domain.spec import Metric, Spec, Task
from millrace.evaluation.guess import Guess
from millrace.learning.automl import Learnt, Lessons, Wish, learn, name_of
from millrace.learning.build import Built, build
from millrace.learning.interruption import Interruption
from millrace.learning.leaderboard import leaderboard
from millrace.learning.parity import Graph
from millrace.learning.portfolio import TRAINERS
from millrace.learning.search import Progress


@runtime_checkable
class Frame(Protocol):
    """A data frame of pandas, or anything else with columns that can be listed."""

    @property
    def columns(self) -> Iterable[Any]:
        """The columns' names."""
        ...

    def __getitem__(self, name: Any, /) -> Any:
        """A column."""
        ...


CHECKED = 2_000  # rows on which the file is compared with the pipeline

Data = Path | str | Mapping[str, Iterable[object]] | Frame


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """What `fit` gives. `model` is the ONNX file; everything else is there to be looked at.

    `built` has the file's parity with the pipeline, its latency, and warnings.
    """

    model: bytes
    schema: Schema
    learnt: Learnt
    built: Built

    @property
    def score(self) -> float:
        """The metric, cross-validated, of the best single candidate."""
        return min((made for made in self.learnt.trials if made.core), key=self.learnt.school.loss).score

    @property
    def metrics(self) -> Metrics:
        """Every metric of the ensemble's answers to training rows, by members that had not seen them."""
        truth = self.learnt.school.answers[self.learnt.judged]
        return Guess(self.learnt.answers).measure(self.schema.task, truth)

    @property
    def leaderboard(self) -> list[Candidate]:
        """What was tried, the best cross-validated `score` first; `weight` is each one's share in the model."""
        order = -1.0 if self.learnt.wish.metric.greater_is_better else 1.0
        return sorted(leaderboard(self.learnt), key=lambda each: order * each.score)

    @property
    def members(self) -> Mapping[str, float]:
        """The ensemble's members with their weights, the heaviest first."""
        ranked = sorted(self.learnt.weights.items(), key=lambda entry: -entry[1])
        return {name_of(self.learnt.trials, place): weight for place, weight in ranked}

    def predict(self, data: Data) -> NDArray[Any]:
        """Labels, text, or numbers of shape [rows], for rows that have the features' columns."""
        answered = self._graph().answer(self._typed(data))
        return answered.labels if self.schema.task.is_classification else answered.values[:, 0]

    def predict_proba(self, data: Data) -> NDArray[np.float64]:
        """Probabilities [rows, classes], classes in the order of `schema.classes`; predictions [rows, 1]."""
        return self._graph().answer(self._typed(data)).values

    def save(self, path: Path | str) -> None:
        """Write the ONNX file."""
        Path(path).write_bytes(self.model)

    def _graph(self) -> Graph:
        return Graph(self.model, self.schema, threads=self.learnt.wish.threads)

    def _typed(self, data: Data) -> Table:
        return _written(data).spell(self.schema.features)


def fit(
    data: Data,
    target: str | None = None,  # noqa: A002, RUF100  # what everybody calls it
    *,
    task: Task | str | None = None,
    metric: Metric | str | None = None,
    seconds: float | None = None,
    trials: int | None = None,
    seed: int | None = None,
    threads: int = 1,
    spec: Spec | None = None,
    progress: Progress | None = None,
) -> Model:
    """Learn from every row; no row is held out, so judge the model on others, or by its cross-validated `metrics`.

    The arguments stand in for fields of `spec`, which has all the others. With `trials` the search ends after so many
    trials, and equal arguments give equal bytes; else it ends after `seconds`, 60 where nothing says. `progress` is
    called after each trial, with it and with how many there were. Ctrl-C, or a notebook's stop, ends the search, and
    the model is made of the trials so far.

    Raises Rejected for data or wishes that can't become a model, with the column and what was expected, and
    KeyboardInterrupt where no trial was whole yet, or at the second Ctrl-C.
    """
    base = spec or Spec()
    told = replace(
        base,
        target=target or base.target,
        task=Task(task) if task else base.task,
        metric=Metric(metric) if metric else base.metric,
        trials=trials or base.trials,
        budget_seconds=base.budget_seconds if seconds is None else seconds,
        seed=base.seed if seed is None else seed,
    )
    lessons, used_metric = prepared(_written(data), told)
    wish = Wish.of(told, used_metric, threads=threads)
    with Interruption() as interrupted:
        learnt = learn(lessons, wish, trainers=TRAINERS, progress=progress, interrupted=interrupted)
    built = build(learnt, lessons.table.take(np.arange(min(CHECKED, lessons.table.rows))), threads=threads)
    return Model(built.model, lessons.schema, built.learnt, built)


def prepared(written: WrittenTable, spec: Spec) -> tuple[Lessons, Metric]:
    """Typed rows of a file's, all of them to learn from, and the metric. Raises Rejected."""
    answer = target.find(written, spec)
    rows = written if len(answer.rows) == written.rows else written.take(answer.rows)
    used = features.choose(rows, spec, answer.name, answer.task)
    schema = Schema(used.columns, answer.name, answer.task, answer.classes)
    metric, _ = wishes.metric_of(spec, answer.task)
    wishes.check(spec, answer.task)
    of_rows = declared.read(rows, used, spec, answer.rows)
    table = used.written.spell(schema.features)
    lessons = Lessons(table, answer.values, schema, of_rows.weights, of_rows.groups, of_rows.times)
    return lessons, metric


def _written(data: Data) -> WrittenTable:
    if isinstance(data, (str, Path)):
        return read(Path(data))
    columns = data if isinstance(data, Mapping) else {str(name): data[name] for name in data.columns}
    texts = {str(name): [spelling.written(_plain(value)) for value in values] for name, values in columns.items()}
    rows = max(map(len, texts.values()), default=0)
    for name, each in texts.items():
        if len(each) != rows:
            raise ValueError(f"column {name!r} has {len(each)} values, and another one has {rows}")
    return WrittenTable({name: Written.of(each, np.arange(rows)) for name, each in texts.items()}, rows)


def _plain(value: object) -> object:
    """A number of numpy as Python's; NaN, NaT and NA, which frames write for nothing, as None."""
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(value)
    if isinstance(value, np.generic):
        value = value.item()
    is_itself: object = value == value
    return value if is_itself is True else None  # NaN differs from itself, and of pandas' NA nobody knows

"""Training rows with all that trials share: folds, encodings by plan, forms of the target."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from millrace.data.table import Index, Table
from millrace.domain.schema import Schema
from millrace.domain.spec import Metric
from millrace.learning import encode, folds, objective
from millrace.learning.dates import PARTS
from millrace.learning.encode import Taught
from millrace.learning.folds import Folds
from millrace.learning.lightgbm import LightGbmTrainer
from millrace.learning.link import Link
from millrace.learning.numbers import named
from millrace.learning.trainer import Answers, Encoded, Floats, Lesson, Matrix, Plan, Rows
from millrace.learning.trial import Configuration, Ground, Trial

ASKED_ROWS = 20_000  # at most, by which it is seen which numbers matter
ASKED_TREES = 40
HELD = 1_600_000_000  # bytes of matrices that are held at once; another one is encoded anew when it is asked for
MUCH = 200_000  # rows of text times classes, from which two folds are judged only
SKEWED = 1.0  # skewness of a target without negative numbers from which its logarithm is tried


@dataclass(slots=True, eq=False)
class School:
    """Made once for a search; matrices are encoded when the first algorithm asks for them."""

    table: Table
    answers: Answers
    schema: Schema
    metric: Metric
    weights: Floats | None
    folds: Folds
    links: tuple[Link, ...]
    seed: int
    encodings: dict[Plan, Encoded] = field(default_factory=dict)
    _matrices: dict[Plan, Matrix] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        table: Table,
        answers: Answers,
        schema: Schema,
        metric: Metric,
        weights: Floats | None = None,
        *,
        folds: int | None = None,
        seed: int = 0,
        groups: Index | None = None,
        times: Floats | None = None,
    ) -> School:
        """Deal the folds, and see which forms of the target to try. All arrays are of shape [rows]."""
        made = deal(answers, schema, folds, seed, groups, times)
        return cls(table, answers, schema, metric, weights, made, _links(schema, answers, weights), seed)

    def ground(self, threads: int, identity: str) -> Ground:
        """What every trial stands on."""
        return Ground(
            rows=self.rows,
            pairs=self.folds.pairs,
            classes=len(self.schema.classes),
            judge=lambda rows, values: objective.score(self.metric, self.answers[rows], values),
            seed=self.seed,
            threads=threads,
            identity=identity,
            count=self.table.rows,
            greater_is_better=self.metric.greater_is_better,
            is_ordered=self.folds.ordered,
        )

    @property
    def width(self) -> int:
        """How many columns trees learn from."""
        return self.encoding(Plan.TREES).width

    @property
    def judging(self) -> Index:
        """The first fold that each row is judged in, shape [rows]; where rows are ordered, the parts of time."""
        number = np.full(self.table.rows, folds.NEVER, dtype=np.int64)
        for fold, (_, outside) in reversed(list(enumerate(self.folds.pairs))):
            number[outside] = fold
        return number

    def rows(self, configuration: Configuration) -> Rows:
        """Encoded rows for a configuration."""
        return self.encoded(configuration.plan, configuration.link)

    def encoded(self, plan: Plan, link: Link) -> Rows:
        """All rows by a plan, their answers as scores are to be."""
        return Rows(self._matrix(plan), link.wanted(self.answers), self.weights)

    def encoding(self, plan: Plan) -> Encoded:
        """The fitted way to a plan's matrix; made now where every trial of the plan came from a checkpoint."""
        if plan not in self.encodings:
            self._matrix(plan)
        return self.encodings[plan]

    def loss(self, made: Trial) -> float:
        """Of a trial over all rows it judged."""
        judged = made.judged
        return objective.loss(self.metric, self.schema.task, self.answers[judged], made.out_of_fold[judged])

    def _matrix(self, plan: Plan) -> Matrix:
        if plan not in self._matrices:
            taught = Taught.of(self.table, self.schema, self.links[0].wanted(self.answers), self.weights, self.judging)
            matters = self._matter() if plan is Plan.CROSSED else None
            self.encodings[plan], matrix = encode.fit(replace(taught, matters=matters), plan)
            self._make_room(_bytes(matrix))
        else:
            matrix = self._matrices.pop(plan)
        self._matrices[plan] = matrix  # as the one that was asked for last
        return matrix

    def _make_room(self, more: int) -> None:
        """Drop matrices, those first that nobody asked for the longest."""
        held = more + sum(map(_bytes, self._matrices.values()))
        while self._matrices and held > HELD:
            held -= _bytes(self._matrices.pop(next(iter(self._matrices))))

    def _matter(self) -> Floats:
        """How often a few quick trees ask for each of the numbers; shape [numbers]."""
        rows = self.encoded(Plan.TREES, self.links[0])
        if len(rows.answers) > ASKED_ROWS:
            some = np.random.default_rng(self.seed).choice(len(rows.answers), ASKED_ROWS, replace=False)
            rows = rows.take(np.sort(some))
        task, trainer = self.schema.task, LightGbmTrainer()
        core = trainer.fit(Lesson(task, len(self.schema.classes), rows, rounds=ASKED_TREES), trainer.portfolio[0])
        numbers, dates = named([column for column in self.schema.features if not column.kind.is_text])
        return np.bincount(core.feature, minlength=self.width)[: len(numbers) + len(PARTS) * len(dates)] / 1.0


def _bytes(matrix: Matrix) -> int:
    """Of a dense or a sparse one."""
    parts = [matrix.data, matrix.indices, matrix.indptr] if hasattr(matrix, "indptr") else [matrix]
    return sum(int(part.nbytes) for part in parts)


def deal(
    answers: Answers, schema: Schema, asked: int | None, seed: int, groups: Index | None, times: Floats | None
) -> Folds:
    """As many folds as the number of rows, or the spec, says; of very many rows only some are judged."""
    count, repeats, judged = folds.how_many(len(answers), asked)
    if len(schema.classes) > 2:
        repeats = 1  # each round is a tree for each class: time goes further over more trials
    if asked is None and schema.has_text and len(schema.classes) * len(answers) > MUCH:
        repeats, judged = 1, min(judged, 2)
    made = folds.make(answers, schema.task, count, repeats, seed, groups=groups, times=times)
    return Folds(made.pairs[-judged:] if made.ordered else made.pairs[: judged * repeats], made.ordered)


def _links(schema: Schema, answers: Answers, weights: Floats | None) -> tuple[Link, ...]:
    if schema.task.is_classification:
        return (Link.to_classes(schema.task, len(schema.classes)),)
    numbers = np.asarray(answers, dtype=np.float64)
    usual = Link.to_unit_of(numbers, weights)
    if numbers.min() < 0.0 or _skewness(numbers) < SKEWED:
        return (usual,)
    return (usual, Link.to_unit_of(numbers, weights, is_log=True))


def _skewness(numbers: Floats) -> float:
    largest = float(np.abs(numbers).max(initial=0.0)) or 1.0
    centred = numbers / largest - (numbers / largest).mean()
    deviation = float(np.sqrt(np.mean(centred**2)))
    return float(np.mean((centred / deviation) ** 3)) if deviation > 0 else 0.0

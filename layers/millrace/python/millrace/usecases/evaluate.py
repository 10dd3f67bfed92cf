"""Judge a fitted model on the held-out rows: its figures beside the constant's and the champion's, and its pictures."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from millrace.data.declared import NOTHING, Declared
from millrace.data.table import Index, Table, WrittenTable
from millrace.domain.diagnostics import Diagnostics
from millrace.domain.report import ChampionScore, LabelCosts, Metrics
from millrace.domain.schema import Schema
from millrace.domain.spec import Metric
from millrace.domain.uncertainty import Uncertainty
from millrace.evaluation import bootstrap, constant, diagnostics, label_costs
from millrace.evaluation.guess import Guess
from millrace.evaluation.threshold import Costs
from millrace.learning import champion, dependence, importance
from millrace.learning.parity import Answered, Graph
from millrace.learning.trainer import Answers


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Typed rows with their answers, and what the spec says of each."""

    table: Table
    answers: Answers
    declared: Declared = NOTHING

    def take(self, rows: Index) -> Rows:
        """Some rows, in their order; the same where that is all of them."""
        if len(rows) == self.table.rows:
            return self
        return Rows(self.table.take(rows), self.answers[rows], self.declared.take(rows))


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut(Rows):
    """The same with what was written, for a champion that reads it in its own way."""

    written: WrittenTable = field(kw_only=True)


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """What is judged: the exported graph, what it was trained on, and the model that serves now.

    Values of the columns that are `withheld` are stored nowhere. `costs` are those of wrong labels, where they differ.
    """

    model: bytes
    schema: Schema
    metric: Metric
    train: Rows
    champion: champion.Champion | None
    seed: int
    threads: int
    withheld: frozenset[str] = frozenset()
    costs: Costs | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What a report says of the held-out rows, and what the model `answered` on them."""

    held_out: Metrics
    constant: Metrics
    champion: ChampionScore | None
    uncertainty: Uncertainty
    diagnostics: Diagnostics
    label_costs: LabelCosts | None
    answered: Answered


def evaluate(subject: Subject, rows: HeldOut) -> Evaluation:
    """Everything said of `rows`, which were held out. The same arguments give the same evaluation."""
    schema, seed, truth = subject.schema, subject.seed, rows.answers
    graph = Graph(subject.model, schema, threads=subject.threads)
    answered = graph.answer(rows.table)
    guess = answered.guess(schema)
    best = constant.guesses(schema.task, subject.train.answers, truth, len(schema.classes))
    serving = _champion(subject, rows)
    drawn = diagnostics.diagnose(schema.task, schema.classes, subject.train.answers, truth, guess, seed=seed)
    shuffled = importance.permutation(graph, rows.table, truth, schema, subject.metric, seed=seed)
    moved = dependence.dependences(graph, rows.table, schema, shuffled, seed=seed, withheld=subject.withheld)
    return Evaluation(
        held_out=guess.measure(schema.task, truth),
        constant=constant.measure(schema.task, best, truth),
        champion=serving.score if serving else None,
        uncertainty=bootstrap.uncertainty(
            schema.task, truth, guess, best, serving.guess if serving else None, seed=seed
        ),
        diagnostics=replace(drawn, importances=shuffled, dependences=moved),
        label_costs=_label_costs(subject, truth, guess, serving.guess if serving else None),
        answered=answered,
    )


def _label_costs(subject: Subject, truth: Answers, guess: Guess, champion: Guess | None) -> LabelCosts | None:
    if subject.costs is None or len(subject.schema.classes) != 2:
        return None
    trained, known = (np.asarray(each, dtype=np.int64) for each in (subject.train.answers, truth))
    return label_costs.judge(subject.costs, subject.schema.classes, trained, known, guess, champion, seed=subject.seed)


def _champion(subject: Subject, rows: HeldOut) -> champion.Scored | None:
    if subject.champion is None:
        return None
    return champion.score(subject.champion, rows.written, rows.answers, subject.schema, threads=subject.threads)

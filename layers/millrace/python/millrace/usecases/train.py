"""Train a model: read the file, choose and fit a pipeline, export it, judge it on the held-out rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from millrace.data import features, split, target
from millrace.data.admitted import Admitted
from millrace.data.inspection import inspect
from millrace.data.parts import read
from millrace.data.read import release
from millrace.data.table import WrittenTable
from millrace.domain import digest
from millrace.domain.baseline import Baseline
from millrace.domain.errors import JobFailed, Rejected
from millrace.domain.manifest import Lineage, Manifest
from millrace.domain.profile import Profile
from millrace.domain.report import Candidate, Decision, Parity, Report
from millrace.domain.schema import Column, Schema
from millrace.domain.spec import DEFAULT_METRIC, Metric, Spec, Task
from millrace.domain.warning import Warned
from millrace.evaluation.stopwatch import Stopwatch
from millrace.learning import bounds, champion, parity
from millrace.learning.checkpoint import Checkpoint
from millrace.learning.export import export
from millrace.learning.lightgbm import LightGbmTrainer
from millrace.learning.linear import LinearTrainer
from millrace.learning.onnx_graph import OPSET
from millrace.learning.search import Question, Ranked, search
from millrace.learning.text_encoding import CHARACTERS
from millrace.learning.text_trainer import TextTrainer
from millrace.learning.trainer import Budget, Fitted, Trainer
from millrace.usecases.describe_baseline import describe_baseline
from millrace.usecases.evaluate import HeldOut, Rows, Subject, evaluate

TRAINERS: tuple[Trainer, ...] = (LinearTrainer(), LightGbmTrainer())
# Besides, where a feature is free text.
TEXT_TRAINERS: tuple[Trainer, ...] = (TextTrainer(), TextTrainer(CHARACTERS, name="text-linear-characters"))

DEFECT = "this is a defect of Millrace: please report it"

Export = Callable[[Fitted, Schema], bytes]


@dataclass(frozen=True, slots=True)
class Training:
    """What a job is told: the file, the wishes, whose they are, and the model that serves now."""

    data: Path
    lineage: Lineage
    champion: champion.Champion | None = None
    checkpoints: Path | None = None
    threads: int = 1

    @property
    def spec(self) -> Spec:
        """The user's wishes."""
        return self.lineage.spec


@dataclass(frozen=True, slots=True)
class Trained:
    """What a job makes."""

    model: bytes
    manifest: Manifest
    report: Report
    profile: Profile
    baseline: Baseline


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    schema: Schema
    metric: Metric
    train: Rows
    searched: Rows
    fitted: Rows
    held_out: HeldOut  # the training rows' texts are given up before anything is fitted
    profile: Profile
    decisions: tuple[Decision, ...]
    warned: tuple[Warned, ...]


@dataclass(frozen=True, slots=True)
class _Chosen:
    ranked: Ranked
    fitted: Fitted
    model: bytes
    parity: Parity
    warned: tuple[Warned, ...]


def train(job: Training, *, trainers: Sequence[Trainer] = TRAINERS, export: Export = export) -> Trained:
    """Do the whole job. The same file, spec and seed give the same model bytes.

    Raises Rejected for a file or a spec that can't become a model, JobFailed(code="no_candidate") when no candidate's
    export agrees with its pipeline.
    """
    watch = Stopwatch()
    with watch("read"):
        written = read(job.data)
    with watch("prepare"):
        prepared = _prepare(written, job)
        del written
        release()
    budget = Budget(job.threads)
    question = Question(
        prepared.schema,
        prepared.metric,
        job.spec.folds,
        job.spec.seed,
        digest.of_value([job.lineage.content_digest, job.spec.digest]),
    )
    rows = prepared.searched
    offered = (*trainers, *TEXT_TRAINERS) if prepared.schema.has_text else trainers
    with watch("search"):
        ranking = search(offered, rows.table, rows.answers, question, budget, Checkpoint(job.checkpoints))
    with watch("fit and export"):
        chosen = _choose(ranking, prepared, job, export)
    return _describe(job, prepared, ranking, chosen, watch)


def _prepare(written: WrittenTable, job: Training) -> _Prepared:
    spec = job.spec
    answer = target.find(written, spec)
    metric, chosen_metric = _metric(spec, answer.task)
    whole = written if len(answer.rows) == written.rows else written.take(answer.rows)
    used = features.choose(whole, spec, answer.name, answer.task)
    schema = Schema(used.columns, answer.name, answer.task, answer.classes)
    schema = replace(schema, ignored=_ignored(schema, used.left_out, job.champion))
    parts = split.split(whole, np.asarray(answer.values, dtype=np.int64) if answer.classes else None)
    table = used.written.spell(schema.features)
    seen = inspect(
        Admitted(used.written, table, schema, answer.values, used.left_out), unanswered=written.rows - whole.rows
    )
    train = Rows(table.take(parts.train), answer.values[parts.train])
    held_out = HeldOut(table.take(parts.held_out), answer.values[parts.held_out], used.written.take(parts.held_out))
    places = parts.places[parts.train]
    searched = bounds.for_search(train.answers, schema, places)
    fitted = bounds.for_fit(train.table, train.answers, schema, places, searched)
    decisions = (
        *written.decisions,
        *answer.decisions,
        *_positive(schema),
        *chosen_metric,
        *bounds.decisions(searched, fitted, len(places)),
        *used.decisions,
    )
    warned = (*answer.warned, *used.warned, *_left_out(seen.profile.unanswered, answer.name), *_moved(parts.moved))
    rows = (train, train.take(searched), train.take(fitted), held_out)
    return _Prepared(schema, metric, *rows, seen.profile, decisions, (*warned, *seen.warned))


def _ignored(schema: Schema, left_out: Sequence[Column], serving: champion.Champion | None) -> tuple[str, ...]:
    """What callers may go on sending though this version makes nothing of it, in order."""
    known = [column.name for column in left_out]
    if serving is not None:
        before = serving.manifest.schema
        known += [*(column.name for column in before.features), *before.ignored]
    used = {schema.target, *(column.name for column in schema.features)}
    return tuple(name for name in dict.fromkeys(known) if name not in used)


def _left_out(unanswered: int, target: str) -> tuple[Warned, ...]:
    if not unanswered:
        return ()
    says = f"{unanswered} row(s) without an answer in {target!r} were left out"
    return (Warned("unanswered_rows", says, "nothing, unless they should have one", (target,)),)


def _moved(rows: int) -> tuple[Warned, ...]:
    if not rows:
        return ()
    says = f"{rows} row(s) changed sides so that each class is trained on and held out"
    return (Warned("moved_rows", says, "add examples of the rarest classes"),)


def _positive(schema: Schema) -> tuple[Decision, ...]:
    """Which of two classes is the one that is looked for: it is what F1 is about."""
    if schema.task is not Task.BINARY:
        return ()
    return (Decision("positive class", schema.classes[1], "the second of the two in order; f1 is measured on it"),)


def _metric(spec: Spec, task: Task) -> tuple[Metric, tuple[Decision, ...]]:
    if spec.metric is None:
        metric = DEFAULT_METRIC[task]
        return metric, (Decision("metric", metric, f"the usual one for {task}"),)
    if spec.metric.is_classification != task.is_classification:
        raise Rejected(
            f"the metric {spec.metric} does not judge a {task} model",
            code="metric_mismatch",
            field="metric",
            hint=f"leave it out, or choose one such as {DEFAULT_METRIC[task]}",
        )
    return spec.metric, ()


def _choose(ranking: Sequence[Ranked], prepared: _Prepared, job: Training, export: Export) -> _Chosen:
    """The best candidate, fitted on all training rows, whose export agrees with it on every held-out row."""
    warned: list[Warned] = []
    schema, rows = prepared.schema, prepared.fitted
    for ranked in ranking:
        fitted = ranked.trainer.fit(rows.table, rows.answers, schema, seed=job.spec.seed, budget=Budget(job.threads))
        model = export(fitted, schema)
        found = parity.check(model, fitted, prepared.held_out.table, schema, threads=job.threads)
        if found.max_difference <= found.tolerance:
            return _Chosen(ranked, fitted, model, found, tuple(warned))
        says = (
            f"candidate {ranked.candidate.name!r} was refused: its ONNX graph differs from the fitted pipeline by "
            f"{found.max_difference:.2g}, more than {found.tolerance:g}"
        )
        warned.append(Warned("refused_candidate", says, DEFECT))
    raise JobFailed("; ".join(each.says for each in warned), code="no_candidate", hint=DEFECT)


def _describe(
    job: Training, prepared: _Prepared, ranking: Sequence[Ranked], chosen: _Chosen, watch: Stopwatch
) -> Trained:
    schema, held_out, train = prepared.schema, prepared.held_out, prepared.train
    subject = Subject(
        chosen.model, schema, prepared.metric, train, job.champion, seed=job.spec.seed, threads=job.threads
    )
    with watch("evaluate"):
        judged = evaluate(subject, held_out)
    with watch("baseline"):
        baseline = describe_baseline(schema, train, held_out.answers, judged, prepared.profile, seed=job.spec.seed)
    report = Report(
        task=schema.task,
        target=schema.target,
        metric=prepared.metric,
        rows_train=train.table.rows,
        rows_held_out=held_out.table.rows,
        columns=len(schema.features),
        candidates=tuple(_leaderboard(ranking, chosen)),
        held_out=judged.held_out,
        constant=judged.constant,
        parity=chosen.parity,
        decisions=prepared.decisions,
        warned=(*prepared.warned, *chosen.warned),
        champion=judged.champion,
        uncertainty=judged.uncertainty,
        diagnostics=judged.diagnostics,
        phases=watch.phases,
    )
    manifest = Manifest(
        schema=schema,
        metrics=judged.held_out,
        lineage=job.lineage,
        model_digest=digest.of_bytes(chosen.model),
        model_size=len(chosen.model),
        opset=OPSET,
        algorithm=chosen.ranked.candidate.name,
        steps=chosen.fitted.steps,
    )
    return Trained(chosen.model, manifest, report, prepared.profile, baseline)


def _leaderboard(ranking: Sequence[Ranked], chosen: _Chosen) -> list[Candidate]:
    return [replace(ranked.candidate, chosen=ranked is chosen.ranked) for ranked in ranking]

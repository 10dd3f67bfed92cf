"""Train a model: read the file, search an ensemble, export it, judge it on the held-out rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from millrace.data import memory
from millrace.data.parts import read
from millrace.domain import digest
from millrace.domain.amount import counted
from millrace.domain.baseline import Baseline
from millrace.domain.job import Part
from millrace.domain.manifest import Lineage, Manifest
from millrace.domain.profile import Profile
from millrace.domain.report import Artifact, Memory, Report
from millrace.domain.spec import Spec
from millrace.domain.warning import Warned
from millrace.evaluation.stopwatch import Stopwatch
from millrace.evaluation.threshold import Costs
from millrace.learning import champion
from millrace.learning.automl import Learnt, Lessons, Wish, gather, learn
from millrace.learning.build import Built, Export, build
from millrace.learning.checkpoint import Checkpoint
from millrace.learning.export import export
from millrace.learning.leaderboard import leaderboard
from millrace.learning.onnx_graph import OPSET
from millrace.learning.portfolio import TRAINERS
from millrace.learning.search import Progress
from millrace.learning.trainer import Interrupted, Trainer, never
from millrace.usecases.describe_baseline import describe_baseline
from millrace.usecases.describe_search import (
    describe_ensemble,
    describe_search,
    learning_curve,
    lost_parts,
)
from millrace.usecases.evaluate import Subject, evaluate
from millrace.usecases.prepare import Prepared, prepare


@dataclass(frozen=True, slots=True)
class Training:
    """What a job is told: the file, the wishes, whose they are, and the model that serves now.

    `trials` is how many to make where the spec names no number; None searches for as long as it says. A `part` is for
    `search_part`; `parts` is how many of them left their trials in `checkpoints`, of which the model is to be made.
    `memory` is what it may take, in bytes.
    """

    data: Path
    lineage: Lineage
    champion: champion.Champion | None = None
    checkpoints: Path | None = None
    threads: int = 1
    trials: int | None = None
    part: Part | None = None
    parts: int = 0
    memory: int = field(default_factory=memory.allowed)

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


def train(
    job: Training,
    *,
    trainers: Sequence[Trainer] = TRAINERS,
    export: Export = export,
    progress: Progress | None = None,
    interrupted: Interrupted = never,
) -> Trained:
    """Do the whole job. The same file, spec, seed and number of trials give the same model bytes.

    Once `interrupted`, the search ends, and what it has is exported and judged. Raises Rejected for a file or a spec
    that can't become a model, JobFailed(code="no_candidate") when no candidate's export agrees with its pipeline,
    KeyboardInterrupt when it was interrupted before a trial was whole.
    """
    watch = Stopwatch()
    prepared = prepared_for(job, watch)
    with watch("search"):
        search = gather if job.parts else learn
        learnt = search(
            lessons_of(prepared),
            wish_of(job, prepared),
            checkpoint=Checkpoint(job.checkpoints),
            trainers=trainers,
            progress=progress,
            interrupted=interrupted,
        )
    cut_short = (_interrupted(learnt),) if interrupted() else ()
    with watch("export"):
        built = build(learnt, prepared.held_out.table, threads=job.threads, export=export)
        built = replace(built, warned=(*cut_short, *built.warned))
    return _describe(job, prepared, built, watch)


def _interrupted(learnt: Learnt) -> Warned:
    says = f"the search was interrupted: the model is made of the {counted(len(learnt.trials), 'trial')} before that"
    return Warned("interrupted_search", says, "give it the whole time for a better one")


def prepared_for(job: Training, watch: Stopwatch) -> Prepared:
    """Its typed rows. Raises Rejected for a file or a spec that can't become a model."""
    with watch("read"):
        written = read(job.data)
    with watch("prepare"):
        prepared = prepare(written, job.spec, job.champion, job.memory)
        del written
        memory.release()
    return prepared


def lessons_of(prepared: Prepared) -> Lessons:
    """What a search learns from."""
    rows, of_rows = prepared.fitted, prepared.fitted.declared
    return Lessons(rows.table, rows.answers, prepared.schema, of_rows.weights, of_rows.groups, of_rows.times)


def wish_of(job: Training, prepared: Prepared) -> Wish:
    """How it searches; of jobs that search at once, each and the one that gathers have the same."""
    identity = digest.of_value([job.lineage.content_digest, job.spec.digest])
    return Wish.of(job.spec, prepared.metric, threads=job.threads, trials=job.trials, identity=identity)


def _describe(job: Training, prepared: Prepared, built: Built, watch: Stopwatch) -> Trained:
    schema, held_out, train, learnt = prepared.schema, prepared.held_out, prepared.train, built.learnt
    subject = Subject(
        built.model,
        schema,
        prepared.metric,
        train,
        job.champion,
        seed=job.spec.seed,
        threads=job.threads,
        costs=learnt.wish.aim if isinstance(learnt.wish.aim, Costs) else None,
        withheld=frozenset(column.name for column in prepared.profile.columns if column.withheld is not None),
    )
    with watch("evaluate"):
        judged = evaluate(subject, held_out)
    with watch("learning curve"):
        curve = learning_curve(learnt)
    with watch("baseline"):
        baseline = describe_baseline(schema, train, held_out.answers, judged, prepared.profile, seed=job.spec.seed)
    report = Report(
        task=schema.task,
        target=schema.target,
        metric=prepared.metric,
        rows_train=train.table.rows,
        rows_held_out=held_out.table.rows,
        columns=len(schema.features),
        candidates=leaderboard(learnt, built.refused),
        held_out=judged.held_out,
        constant=judged.constant,
        parity=built.parity,
        decisions=prepared.decisions,
        warned=(*prepared.warned, *lost_parts(job.parts, learnt), *built.warned),
        champion=judged.champion,
        uncertainty=judged.uncertainty,
        diagnostics=replace(judged.diagnostics, learning_curve=curve),
        phases=watch.phases,
        search=describe_search(job.spec, learnt),
        ensemble=describe_ensemble(learnt),
        artifact=Artifact(len(built.model), built.row_ms, int(job.spec.max_model_mb * 1e6), float(job.spec.max_row_ms)),
        memory=Memory(memory.peak(), job.memory),
        label_costs=judged.label_costs,
    )
    manifest = Manifest(
        schema=schema,
        metrics=judged.held_out,
        lineage=job.lineage,
        model_digest=digest.of_bytes(built.model),
        model_size=len(built.model),
        opset=OPSET,
        algorithm=_algorithm(learnt),
        steps=learnt.fitted.steps,
        ordered_by=train.declared.ordered_by,
    )
    return Trained(built.model, manifest, report, prepared.profile, baseline)


def _algorithm(learnt: Learnt) -> str:
    """Its members' algorithms, the heaviest first."""
    places = sorted(learnt.weights, key=lambda place: -learnt.weights[place])
    return " + ".join(dict.fromkeys(learnt.trials[place].configuration.trainer.name for place in places))

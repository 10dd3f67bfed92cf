"""Train a model: read the file, search an ensemble, export it, judge it on the held-out rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from millrace.data.parts import read
from millrace.data.read import release
from millrace.domain import digest
from millrace.domain.amount import counted
from millrace.domain.baseline import Baseline
from millrace.domain.errors import JobFailed
from millrace.domain.job import Part
from millrace.domain.manifest import Lineage, Manifest
from millrace.domain.profile import Profile
from millrace.domain.report import Artifact, Parity, Report
from millrace.domain.schema import Schema
from millrace.domain.spec import Spec
from millrace.domain.warning import Warned
from millrace.evaluation import threshold
from millrace.evaluation.stopwatch import Stopwatch
from millrace.learning import champion, latency, parity
from millrace.learning.automl import Learnt, Lessons, Wish, gather, learn, name_of
from millrace.learning.checkpoint import Checkpoint
from millrace.learning.ensemble import Limits
from millrace.learning.export import export
from millrace.learning.leaderboard import leaderboard
from millrace.learning.onnx_graph import OPSET
from millrace.learning.portfolio import TRAINERS
from millrace.learning.search import Progress
from millrace.learning.trainer import Fitted, Interrupted, Trainer, never
from millrace.usecases.describe_baseline import describe_baseline
from millrace.usecases.describe_search import (
    describe_ensemble,
    describe_search,
    learning_curve,
    lost_parts,
)
from millrace.usecases.evaluate import Subject, evaluate
from millrace.usecases.prepare import Prepared, prepare

DEFECT = "this is a defect of Millrace: please report it"
SHRINKS = 4  # times that an ensemble beyond the limits is chosen anew
MARGIN = 0.9  # of a limit that is aimed at when it was missed

Export = Callable[[Fitted, Schema], bytes]


@dataclass(frozen=True, slots=True)
class Training:
    """What a job is told: the file, the wishes, whose they are, and the model that serves now.

    `trials` is how many to make where the spec names no number; None searches for as long as it says. A `part` is for
    `search_part`; `parts` is how many of them left their trials in `checkpoints`, of which the model is to be made.
    """

    data: Path
    lineage: Lineage
    champion: champion.Champion | None = None
    checkpoints: Path | None = None
    threads: int = 1
    trials: int | None = None
    part: Part | None = None
    parts: int = 0

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


@dataclass(frozen=True, slots=True)
class _Built:
    learnt: Learnt
    model: bytes
    parity: Parity
    row_ms: float
    refused: frozenset[int]
    warned: tuple[Warned, ...]


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
        built = _build(learnt, prepared, job, export)
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
        prepared = prepare(written, job.spec, job.champion)
        del written
        release()
    return prepared


def lessons_of(prepared: Prepared) -> Lessons:
    """What a search learns from."""
    rows, of_rows = prepared.fitted, prepared.fitted.declared
    return Lessons(rows.table, rows.answers, prepared.schema, of_rows.weights, of_rows.groups, of_rows.times)


def wish_of(job: Training, prepared: Prepared) -> Wish:
    """How it searches; of jobs that search at once, each and the one that gathers have the same."""
    spec = job.spec
    return Wish(
        metric=prepared.metric,
        seconds=spec.budget_seconds,
        trials=job.trials if spec.trials is None else spec.trials,
        folds=spec.folds,
        seed=spec.seed,
        threads=job.threads,
        megabytes=spec.max_model_mb,
        milliseconds=spec.max_row_ms,
        balance=spec.balance,
        aim=threshold.aim_of(spec, prepared.metric),
        identity=digest.of_value([job.lineage.content_digest, spec.digest]),
    )


def _build(learnt: Learnt, prepared: Prepared, job: Training, export: Export) -> _Built:
    """The best ensemble whose export agrees with it on every held-out row and keeps within the spec's limits."""
    schema, rows = prepared.schema, prepared.held_out.table
    warned: list[Warned] = []
    refused: frozenset[int] = frozenset()
    limits, shrunk = learnt.limits, 0
    while True:
        model = export(learnt.fitted, schema)
        found = parity.check(model, learnt.fitted, rows, schema, threads=job.threads)
        if not found.holds:
            beyond = _beyond(learnt, found, prepared, job, export)
            warned += [_refusal(learnt, place, each) for place, each in beyond.items()]
            refused |= beyond.keys()
            if len(refused) == sum(made.core is not None for made in learnt.trials):
                raise JobFailed("; ".join(each.says for each in warned), code="no_candidate", hint=DEFECT)
            learnt = learnt.again(limits, refused)
            continue
        row_ms = latency.row_ms(parity.Graph(model, schema), rows)
        tighter = _tighter(limits, learnt, len(model), row_ms) if shrunk < SHRINKS else None
        smaller = None if tighter is None else learnt.again(tighter, refused)
        if tighter is None or smaller is None or smaller.weights.keys() == learnt.weights.keys():
            return _Built(learnt, model, found, row_ms, refused, (*warned, *_too_much(learnt, len(model), row_ms)))
        learnt, limits, shrunk = smaller, tighter, shrunk + 1


def _beyond(learnt: Learnt, whole: Parity, prepared: Prepared, job: Training, export: Export) -> Mapping[int, Parity]:
    """The members, by their trial's place, whose own graphs differ; all but the heaviest where none does alone."""
    if len(learnt.weights) == 1:
        return dict.fromkeys(learnt.weights, whole)
    found: dict[int, Parity] = {}
    for place in learnt.weights:
        alone = learnt.again(Limits(float("inf"), float("inf")), frozenset(range(len(learnt.trials))) - {place}).fitted
        model = export(alone, prepared.schema)
        found[place] = parity.check(model, alone, prepared.held_out.table, prepared.schema, threads=job.threads)
    differing = {place: each for place, each in found.items() if not each.holds}
    heaviest = max(learnt.weights, key=lambda place: learnt.weights[place])
    return differing or {place: whole for place in learnt.weights if place != heaviest}


def _refusal(learnt: Learnt, place: int, found: Parity) -> Warned:
    says = (
        f"candidate {name_of(learnt.trials, place)!r} was refused: its ONNX graph differs from the fitted pipeline by "
        f"{found.max_difference:.2g}, where {found.tolerance:g} is allowed, and flips {found.flips_far} labels"
    )
    return Warned("refused_candidate", says, DEFECT)


def _tighter(limits: Limits, learnt: Learnt, size: int, row_ms: float) -> Limits | None:
    """Limits of the estimates under which the artifact should keep within the wish's; None where it does.

    Where only trials count, a measured time must not change what is chosen.
    """
    wish, members = learnt.wish, [member.core for member in learnt.fitted.members]
    over_size, over_time = size / (wish.megabytes * 1e6), row_ms / wish.milliseconds
    if wish.trials is not None:
        over_time = 0.0
    if max(over_size, over_time) <= 1.0 or len(members) == 1:
        return None
    least_size = min(limits.size, sum(core.size for core in members))
    least_cost = min(limits.cost, sum(core.cost for core in members))
    return Limits(
        least_size * MARGIN / over_size if over_size > 1.0 else limits.size,
        least_cost * MARGIN / over_time if over_time > 1.0 else limits.cost,
    )


def _too_much(learnt: Learnt, size: int, row_ms: float) -> tuple[Warned, ...]:
    wish = learnt.wish
    found = []
    if size > wish.megabytes * 1e6:
        found.append(f"the smallest ensemble found takes {size / 1e6:.1f} MB, and max_model_mb is {wish.megabytes:g}")
    if row_ms > wish.milliseconds:
        found.append(f"a row took {row_ms:.2g} ms where the model was made, and max_row_ms is {wish.milliseconds:g}")
    return tuple(Warned("beyond_limits", says, "raise the limit, or give the search more time") for says in found)


def _describe(job: Training, prepared: Prepared, built: _Built, watch: Stopwatch) -> Trained:
    schema, held_out, train, learnt = prepared.schema, prepared.held_out, prepared.train, built.learnt
    subject = Subject(
        built.model,
        schema,
        prepared.metric,
        train,
        job.champion,
        seed=job.spec.seed,
        threads=job.threads,
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

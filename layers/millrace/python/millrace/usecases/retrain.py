"""From drift, or a person's wish, to a run on captures with truth, past the guards; every decision is recorded."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from millrace.domain import challenger, drift
from millrace.domain.dataset import DatasetVersion
from millrace.domain.manifest import Manifest
from millrace.domain.model import CHAMPION, ModelVersion
from millrace.domain.retraining import Cause, Facts, Refusal, Retraining, refused
from millrace.domain.run import Outcome, Run, RunState, run_id
from millrace.domain.spec import Spec
from millrace.ports import Announcements, Blobs, Clock, Metrics, Models, Retrainings, Runs, TruthStore, Workflow
from millrace.usecases.advance import RUNS_PER_TENANT, advance
from millrace.usecases.gather_parts import listed_parts
from millrace.usecases.labelled_dataset import DatasetPorts, dataset_of, labelled_rows
from millrace.usecases.retraining_past import LOOKED_AT, Past, past_of

STOPPED = "Retraining Stopped"
SCHEMA_VERSION = 1  # of the event's detail: raised when a field changes its meaning or goes
TOLD_AMONG = 400  # decisions: a year of one kind of refusal a day
NO_DATASET = "captures with truth make no dataset: there are none, or capture_fields leaves out some of the inputs"


@dataclass(frozen=True, slots=True)
class RetrainPorts:
    """What retraining needs from outside.

    A severity of drift counts for `window_minutes`. Every one of `announcements` hears that retraining has stopped.
    `read_manifest` raises Corrupt for bytes that are not a Manifest.
    """

    models: Models
    runs: Runs
    blobs: Blobs
    metrics: Metrics
    retrainings: Retrainings
    workflow: Workflow
    clock: Clock
    announcements: Sequence[Announcements]
    read_manifest: Callable[[bytes], Manifest]
    labelled: DatasetPorts
    window_minutes: int
    runs_per_tenant: int = RUNS_PER_TENANT


@dataclass(frozen=True, slots=True)
class Wish:
    """Which model is to be retrained, why, and who says so if it is a person."""

    tenant: str
    model: str
    cause: Cause = Cause.DRIFT
    who: str | None = None


def retrain(wish: Wish, ports: RetrainPorts) -> Retraining | None:
    """Begin a run, or not, and return the recorded decision; None, recording nothing, where there is no such model.

    Doing it again while the run goes on is refused. Raises Unavailable, or Corrupt where the champion can't be read.
    """
    champion = _champion(wish, ports)
    if champion is None:
        if not ports.models.versions(wish.tenant, wish.model):
            return None
        return _refuse(wish, Refusal.NO_CHAMPION, "no version of the model serves", ports)
    manifest = ports.read_manifest(ports.blobs.get(wish.tenant, champion.manifest_digest))
    past = past_of(wish.tenant, wish.model, ports, LOOKED_AT + manifest.lineage.spec.retrain_daily_limit)
    facts = _facts(wish, champion, manifest, past, ports)
    objection = refused(facts)
    if objection is None:
        facts = _counted(wish, facts, ports.labelled.truth)
        objection = refused(facts)
    if objection is not None:
        _tell_stopped(wish, *objection, past, ports)
        return _refuse(wish, *objection, ports, facts.rows or 0)
    data = dataset_of(wish.tenant, wish.model, ports.labelled, rows=manifest.lineage.spec.retrain_rows)
    if data is None:
        return _refuse(wish, Refusal.TOO_FEW_ROWS, NO_DATASET, ports, facts.rows or 0)
    spec = challenger.spec_of(manifest, _columns(data, ports))
    return _start(wish, _run(wish, champion, spec, data, ports.clock.now()), facts, past, ports)


def _champion(wish: Wish, ports: RetrainPorts) -> ModelVersion | None:
    alias = ports.models.alias(wish.tenant, wish.model, CHAMPION)
    return None if alias is None else ports.models.version(wish.tenant, wish.model, alias.version)


def _facts(wish: Wish, champion: ModelVersion, manifest: Manifest, past: Past, ports: RetrainPorts) -> Facts:
    severity = None
    if wish.cause is Cause.DRIFT:
        severity = ports.metrics.latest(drift.metric_name(wish.tenant, wish.model), ports.window_minutes)
    return Facts(
        now=ports.clock.now(),
        cause=wish.cause,
        spec=manifest.lineage.spec,
        severity=severity,
        champion=champion.number,
        open_run=past.starting or _open_run(wish, ports.runs),
        past=past.decisions,
        ends=past.ends,
    )


def _counted(wish: Wish, facts: Facts, truth: TruthStore) -> Facts:
    """The facts with the rows that have truth, of all hours and of those since the last lesson."""
    rows = labelled_rows(wish.tenant, wish.model, truth)
    if facts.lesson is None:
        return replace(facts, rows=rows)
    hour = facts.lesson.at[: len("2026-11-24T20")]
    return replace(facts, rows=rows, recent=labelled_rows(wish.tenant, wish.model, truth, after=hour))


def _open_run(wish: Wish, runs: Runs) -> str | None:
    """A run of the dataset that waits or runs, whoever began it."""
    queue = runs.queue(wish.tenant)
    for place in (*queue.running, *queue.waiting):
        run = runs.find(wish.tenant, place.run_id)
        if run is not None and run.dataset == wish.model and not run.outcome.state.is_final:
            return run.id
    return None


def _columns(data: DatasetVersion, ports: RetrainPorts) -> set[str]:
    """The columns of captures with truth, which every row of them has."""
    parts = listed_parts(data.tenant, data.data, ports.blobs)
    return set(json.loads(ports.labelled.truth.part(parts[-1])[0]))


def _run(wish: Wish, champion: ModelVersion, spec: Spec, data: DatasetVersion, now: str) -> Run:
    return Run(
        wish.tenant,
        wish.model,
        run_id(wish.tenant, wish.model, data.digest, spec.digest),
        data.data,
        spec,
        created=now,
        outcome=Outcome(RunState.QUEUED),
        queued=now,
        origin=challenger.origin_of(champion.origin, data.digest),
    )


def _start(wish: Wish, run: Run, facts: Facts, past: Past, ports: RetrainPorts) -> Retraining:
    """Record the start, then begin the run: of several callers at once one records it, and the others are refused.

    A crash in between leaves a start without a run, which counts for nothing after a minute.
    """
    rows = facts.rows or 0
    why = f"{wish.who} asked for it" if wish.who else f"drift of a severity of {facts.severity:.2f}"
    says = f"{why}; {rows} rows have truth, {facts.new_rows} of them new"
    decision = Retraining(wish.tenant, wish.model, run.created, wish.cause, says, run.id, rows=rows, who=wish.who)
    if not ports.retrainings.start(decision, after=past.last):
        return _refuse(wish, Refusal.IN_PROGRESS, "another retraining began at the same moment", ports, rows)
    if not ports.runs.claim(run):  # these rows were tried before: another attempt, where that is over
        before = ports.runs.find(run.tenant, run.id)
        ports.runs.enqueue(run.tenant, run.id, before.attempts if before else 0, run.created)
    advance(run.tenant, ports)
    return decision


def _refuse(wish: Wish, why: Refusal, says: str, ports: RetrainPorts, rows: int = 0) -> Retraining:
    now = ports.clock.now()
    decision = Retraining(wish.tenant, wish.model, now, wish.cause, says, refusal=why, rows=rows, who=wish.who)
    ports.retrainings.add(decision)
    return decision


def _tell_stopped(wish: Wish, why: Refusal, says: str, past: Past, ports: RetrainPorts) -> None:
    """Tell everybody who listens that the breaker opened, unless a refusal since shows that it was told."""
    if why is not Refusal.BREAKER:
        return
    decided = ports.retrainings.of_model(wish.tenant, wish.model, TOLD_AMONG)
    if any(each.refusal is Refusal.BREAKER and each.at > past.decisions[0].at for each in decided):
        return
    for each in ports.announcements:
        each.publish(STOPPED, stopped(wish.tenant, wish.model, says, past.lost))


def stopped(tenant: str, model: str, says: str, lost: Sequence[str]) -> dict[str, object]:
    """The event's detail, as docs/events.md says."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tenant": tenant,
        "model": model,
        "state": "stopped",
        "lost": list(lost),
        "message": says,
        "hint": f"see `millrace retrainings list {model}`, then: millrace retrainings resume {model} --why TEXT",
    }

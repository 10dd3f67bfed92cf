"""Train on this machine alone: what a stage makes of a file, judged and drawn as there, with no stage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from millrace.domain.findings import Findings
from millrace.domain.gate import Evidence, judge
from millrace.domain.job import Ticket
from millrace.domain.manifest import Lineage
from millrace.domain.report import Candidate
from millrace.domain.run import run_id
from millrace.domain.spec import DEFAULT_METRIC, Metric, Spec
from millrace.learning.leaderboard import line
from millrace.learning.search import Progress
from millrace.learning.trainer import Interrupted
from millrace.learning.trial import Trial
from millrace.page.document import render
from millrace.usecases.train import Trained, Training, train

TENANT = "local"  # whose the model is, as far as a manifest must say


@dataclass(frozen=True, slots=True)
class Happened:
    """The `number`-th trial is over. `best` has the best score of the whole ones so far; None before there is one."""

    number: int
    metric: Metric
    made: Candidate
    best: Candidate | None


@dataclass(frozen=True, slots=True)
class MadeHere:
    """What the job made, what it found, and the page that people read."""

    trained: Trained
    findings: Findings
    page: str


Tell = Callable[[Happened], None]


def lineage_here(dataset: str, content_digest: str, spec: Spec) -> Lineage:
    """Where the model of such a file comes from. Equal arguments give an equal run id."""
    return Lineage(TENANT, dataset, content_digest, run_id(TENANT, dataset, content_digest, spec.digest), spec)


def train_here(
    data: Path, lineage: Lineage, checkpoints: Path, threads: int, *, tell: Tell, interrupted: Interrupted
) -> MadeHere:
    """Train, and judge the model as the first of its name. Raises what `train` does."""
    job = Training(data, lineage, checkpoints=checkpoints, threads=threads)
    trained = train(job, progress=_telling(lineage.spec, tell), interrupted=interrupted)
    ticket = Ticket(lineage.tenant, lineage.dataset, lineage.run_id, 1)
    verdict = judge(Evidence(trained.report, lineage.spec, None))
    findings = Findings(ticket, trained.report, verdict, trained.manifest, trained.profile)
    return MadeHere(trained, findings, render(findings))


def _telling(spec: Spec, tell: Tell) -> Progress:
    trials: list[Trial] = []

    def progress(made: Trial, number: int) -> None:
        trials.append(made)
        metric = spec.metric or DEFAULT_METRIC[made.configuration.link.task]
        order = -1.0 if metric.greater_is_better else 1.0
        whole = [place for place, each in enumerate(trials) if each.core is not None and each.scores]
        best = min(whole, key=lambda place: order * trials[place].score, default=None)
        tell(Happened(number, metric, line(trials, number - 1), None if best is None else line(trials, best)))

    return progress

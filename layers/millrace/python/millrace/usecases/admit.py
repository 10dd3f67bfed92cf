"""The last look before rows are read: what can be refused cheaply is refused here, and the job is written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from millrace.domain import head
from millrace.domain.errors import Conflict, NotFound
from millrace.domain.job import BACKENDS, ChampionArtifact, Job, Part, Ticket
from millrace.domain.model import CHAMPION
from millrace.domain.naming import UploadKey
from millrace.domain.run import Run
from millrace.domain.upload import format_of
from millrace.ports import Documents, Landing, Models, Runs


@dataclass(frozen=True, slots=True)
class AdmitPorts:
    """What admitting needs from outside."""

    runs: Runs
    models: Models
    landing: Landing
    documents: Documents
    default_backend: str = BACKENDS[0]  # the stage's, for specs that name none


@dataclass(frozen=True, slots=True)
class Admitted:
    """Where the job's document lies, and the backend that runs it.

    `part_uris` are those of the jobs that search at once before it, in order; none where one job does it all.
    """

    job_uri: str
    backend: str
    part_uris: tuple[str, ...] = ()


def admit(ticket: Ticket, ports: AdmitPorts) -> Admitted:
    """Check the run's file and write its job, and its parts where several search. Raises Rejected for the owner.

    Raises NotFound without the run, and Conflict when it was cancelled before its execution had begun.
    """
    run = ports.runs.find(ticket.tenant, ticket.run_id)
    if run is None:
        raise NotFound(f"there is no run {ticket.run_id!r}", field="run_id")
    if run.outcome.state.is_final:
        raise Conflict(f"run {run.id} was over before it began", code="run_over", field="run_id")
    _check_file(run, ports.landing)
    job = Job(
        tenant=run.tenant,
        dataset=run.dataset,
        run_id=run.id,
        attempt=ticket.attempt,
        data=run.data,
        spec=run.spec,
        champion=_champion(run, ports.models),
        origin=run.origin,
    )
    parts = _parts(job)
    gathers = replace(job, parts=len(parts))
    return Admitted(
        ports.documents.write(gathers, gathers.key),
        run.spec.backend or ports.default_backend,
        tuple(ports.documents.write(part, part.key) for part in parts),
    )


def _parts(job: Job) -> Sequence[Job]:
    of = job.spec.jobs
    return [replace(job, part=Part(number, of)) for number in range(1, of + 1)] if of > 1 else []


def _check_file(run: Run, landing: Landing) -> None:
    if run.data.parts is not None:
        return  # ingest looked at the parts' names, and the job reads their headers
    file = UploadKey.parse(run.data.key).file
    names = head.columns(format_of(file), landing.head(run.data, head.HEAD_BYTES), run.data.size, file)
    if names is not None:
        head.check_spec(run.spec, names)


def _champion(run: Run, models: Models) -> ChampionArtifact | None:
    """The version that serves now, which the job scores on its own held-out rows."""
    alias = models.alias(run.tenant, run.dataset, CHAMPION)
    version = None if alias is None else models.version(run.tenant, run.dataset, alias.version)
    if version is None:
        return None
    superseded = run.origin.supersedes(version.origin)
    return ChampionArtifact(version.number, version.model_digest, version.manifest_digest, superseded)

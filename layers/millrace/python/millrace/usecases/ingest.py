"""From an upload to a running attempt; an event that comes twenty times makes one run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from millrace.domain import digest
from millrace.domain.dataset import DatasetVersion
from millrace.domain.errors import InvalidInput, NotFound, Rejected, TooLarge
from millrace.domain.naming import UploadKey
from millrace.domain.run import DataLocation, Failure, Outcome, Run, RunState, run_id
from millrace.domain.spec import Spec
from millrace.domain.upload import SPEC_BYTES, Upload, format_of
from millrace.ports import Clock, Datasets, Landing, Runs, SpecReader, Tenants, Workflow
from millrace.usecases.advance import RUNS_PER_TENANT, advance, start
from millrace.usecases.find_tenant import find_tenant

QUEUED = Outcome(RunState.QUEUED)


class Ingestion(StrEnum):
    """What became of an upload."""

    STARTED = "started"  # or waiting for its turn
    REJECTED = "rejected"  # a run was recorded that says why
    KNOWN = "known"  # the same data under the same spec has its run, which is over
    IGNORED = "ignored"  # not something a run can be recorded for


@dataclass(frozen=True, slots=True)
class Ingested:
    """The answer: `code` says why an upload was ignored or rejected."""

    what: Ingestion
    run_id: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class IngestPorts:
    """What ingesting needs from outside."""

    landing: Landing
    tenants: Tenants
    datasets: Datasets
    runs: Runs
    workflow: Workflow
    clock: Clock
    read_spec: SpecReader
    runs_per_tenant: int = RUNS_PER_TENANT


def ingest(upload: Upload, ports: IngestPorts, *, max_bytes: int) -> Ingested:
    """Start the upload's run, or record why there is none. Calling it again repeats only what was left undone.

    Raises Unavailable or Corrupt; then the event must come again.
    """
    try:
        key = UploadKey.parse(upload.key)
        if key.is_spec:
            return Ingested(Ingestion.IGNORED, code="spec_only")  # it counts from the next upload on
        find_tenant(key.tenant, ports.tenants)
    except (InvalidInput, NotFound) as error:
        return Ingested(Ingestion.IGNORED, code="unknown_tenant" if isinstance(error, NotFound) else error.code)
    try:
        format_of(key.file)
        _check_size(upload.size, max_bytes)
    except Rejected as error:
        return _reject(key, upload.unread(), digest.of_value(error.code), error, ports)
    try:
        data = ports.landing.stat(upload.key, upload.version_id)
    except NotFound:
        return Ingested(Ingestion.IGNORED, code="deleted")
    return _ingest_data(key, data, ports)


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise Rejected(
            f"the file has {size} bytes; {limit} are allowed", code="too_large", field="file", hint="upload fewer rows"
        )


def _ingest_data(key: UploadKey, data: DataLocation, ports: IngestPorts) -> Ingested:
    raw: bytes | None = None
    try:
        raw = ports.landing.read(key.spec_key, SPEC_BYTES)
        spec = Spec() if raw is None else ports.read_spec(raw)
    except TooLarge as error:
        rejected = Rejected(
            f"spec.yaml is larger than {SPEC_BYTES} bytes", code="invalid_spec", field="spec.yaml", hint="keep it short"
        )
        rejected.__cause__ = error
        return _reject(key, data, digest.of_value("too_large"), rejected, ports)
    except Rejected as error:
        return _reject(key, data, digest.of_bytes(raw or b""), error, ports)
    now = ports.clock.now()
    ports.datasets.add(DatasetVersion(key.tenant, key.dataset, data, now))
    return _start(_run(key, data, spec.digest, spec, now), ports)


def _run(key: UploadKey, data: DataLocation, spec_digest: str, spec: Spec, now: str) -> Run:
    name = run_id(key.tenant, key.dataset, data.digest, spec_digest)
    return Run(key.tenant, key.dataset, name, data, spec, created=now, outcome=QUEUED, queued=now)


def _start(run: Run, ports: IngestPorts) -> Ingested:
    """Claim the run and begin it once its tenant has a free slot: each does nothing when it was done before."""
    if not ports.runs.claim(run):
        known = ports.runs.find(run.tenant, run.id)
        if known is not None and known.outcome.state.is_final:
            return Ingested(Ingestion.KNOWN, run.id)
        if known is not None and known.attempts and known.outcome.state is RunState.RUNNING:
            start(known, known.attempts, ports)
    advance(run.tenant, ports)
    return Ingested(Ingestion.STARTED, run.id)


def _reject(key: UploadKey, data: DataLocation, spec_digest: str, error: Rejected, ports: IngestPorts) -> Ingested:
    """Record a run that is over before it began, so that its owner finds the reason where runs are listed."""
    now = ports.clock.now()
    outcome = Outcome(RunState.REJECTED, Failure.of(error))
    name = run_id(key.tenant, key.dataset, data.digest, spec_digest)
    ports.runs.claim(Run(key.tenant, key.dataset, name, data, Spec(), created=now, outcome=outcome, finished=now))
    return Ingested(Ingestion.REJECTED, name, error.code)

"""From an upload to a running attempt; an event that comes twenty times makes one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from millrace.domain.dataset import DatasetVersion
from millrace.domain.errors import Conflict, NotFound, Rejected, TooLarge
from millrace.domain.naming import SPEC_FILE, TRUTH, TruthKey, UploadKey, is_name
from millrace.domain.origin import Origin
from millrace.domain.run import DataLocation, Outcome, Run, RunState, run_id
from millrace.domain.spec import Spec
from millrace.domain.suggestion import shown
from millrace.domain.upload import SPEC_BYTES, Upload, format_of
from millrace.ports import (
    Announcements,
    Blobs,
    Clock,
    Datasets,
    Landing,
    Runs,
    SpecReader,
    Tenants,
    Unclaimed,
    Workflow,
)
from millrace.usecases.advance import RUNS_PER_TENANT, advance, start
from millrace.usecases.gather_parts import check_size, gather
from millrace.usecases.refuse_upload import RefusePorts, refuse, refuse_key, refuse_unclaimed, tell

QUEUED = Outcome(RunState.QUEUED)


class Ingestion(StrEnum):
    """What became of an upload."""

    STARTED = "started"  # or waiting for its turn
    REJECTED = "rejected"  # recorded with the reason: as a run, or with the stage where no tenant owns it
    KNOWN = "known"  # the same data under the same spec has its run, which is over
    WAITING = "waiting"  # a part, which counts once its marker comes
    IGNORED = "ignored"  # nothing to do, and nothing wrong


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
    blobs: Blobs
    unclaimed: Unclaimed
    announcements: Sequence[Announcements]  # every one of them hears of a refusal
    runs_per_tenant: int = RUNS_PER_TENANT

    @property
    def refusing(self) -> RefusePorts:
        """What refusing needs of them."""
        return RefusePorts(self.runs, self.unclaimed, self.announcements, self.clock)


def ingest(upload: Upload, ports: IngestPorts, *, max_bytes: int) -> Ingested:
    """Start the upload's run, or record why there is none. Calling it again repeats only what was left undone.

    Raises Unavailable or Corrupt; then the event must come again.
    """
    if upload.is_folder:
        return Ingested(Ingestion.IGNORED, code="folder")
    owner = upload.key.partition("/")[0]
    owned = is_name(owner) and ports.tenants.find(owner) is not None
    truth = TruthKey.find(upload.key)
    if truth is not None and owned:
        return Ingested(Ingestion.IGNORED, code=TRUTH)  # `label` reads it
    try:
        if truth is not None:
            raise _unknown(truth.tenant)
        key = UploadKey.parse(upload.key)
        if not owned:
            raise _unknown(key.tenant)
    except Rejected as error:
        if owned:
            return _rejected(refuse_key(upload, error, ports.refusing))
        refuse_unclaimed(upload, error, ports.refusing)
        return Ingested(Ingestion.REJECTED, code=error.code)
    if key.is_bookkeeping:
        return Ingested(Ingestion.IGNORED, code="bookkeeping")
    if key.is_part:
        return Ingested(Ingestion.WAITING)
    known = ports.runs.of_upload(key.tenant, upload.id)
    return _ingest(key, upload, ports, max_bytes) if known is None else _resume(key.tenant, known, ports)


def _ingest(key: UploadKey, upload: Upload, ports: IngestPorts, max_bytes: int) -> Ingested:
    data = upload.unread()  # what a refusal names the file by, until it is read
    try:
        if key.is_spec:
            return _ingest_spec(key, upload, ports)
        data = _look(key, upload, ports, max_bytes)
        version = DatasetVersion(key.tenant, key.dataset, data, ports.clock.now(), upload.arrived)
        ports.datasets.add(version)
        spec = _spec(key, ports)
    except Rejected as error:
        return _rejected(refuse(upload, key, data, error, ports.refusing))
    origin = Origin(data.digest, upload.arrived, by_default=spec is None)
    return _start(_run(version, spec or Spec(), origin), upload, ports)


def _ingest_spec(key: UploadKey, upload: Upload, ports: IngestPorts) -> Ingested:
    """A spec counts for the newest data that is there, and for what comes later. Raises Rejected."""
    spec = _spec(key, ports)
    if spec is None:
        raise _deleted()
    newest = ports.datasets.newest(key.tenant, key.dataset)
    if newest is None:
        return Ingested(Ingestion.IGNORED, code="spec_only")
    origin = Origin(newest.digest, newest.arrived, upload.arrived)
    return _start(_run(replace(newest, created=ports.clock.now()), spec, origin), upload, ports)


def _look(key: UploadKey, upload: Upload, ports: IngestPorts, max_bytes: int) -> DataLocation:
    """Where the data lies and what it is, rows unread. Raises Rejected."""
    if not key.is_marker:
        format_of(key.file)
        check_size(upload.size, max_bytes)
    try:
        found = ports.landing.stat(upload.key, upload.version_id, upload.etag)
    except NotFound as error:
        raise _deleted() from error
    except Conflict as error:
        raise Rejected(
            "the file was replaced before it was read", code="replaced", field="file", hint="see the newer one's run"
        ) from error
    return gather(key, found, ports.landing, ports.blobs, max_bytes=max_bytes) if key.is_marker else found


def _spec(key: UploadKey, ports: IngestPorts) -> Spec | None:
    """The spec that lies with the dataset now; None where there is none. Raises Rejected."""
    try:
        raw = ports.landing.read(key.spec_key, SPEC_BYTES)
    except TooLarge as error:
        raise Rejected(
            f"spec.yaml is larger than {SPEC_BYTES} bytes", code="invalid_spec", field=SPEC_FILE, hint="keep it short"
        ) from error
    return None if raw is None else ports.read_spec(raw)


def _run(version: DatasetVersion, spec: Spec, origin: Origin) -> Run:
    name = run_id(version.tenant, version.dataset, version.digest, spec.digest)
    return Run(
        version.tenant,
        version.dataset,
        name,
        version.data,
        spec,
        created=version.created,
        outcome=QUEUED,
        queued=version.created,
        origin=origin,
    )


def _start(run: Run, upload: Upload, ports: IngestPorts) -> Ingested:
    """Claim the run for this upload and begin it: each does nothing when it was done before."""
    if ports.runs.claim(run, upload.id):
        return _begin(run, ports)
    return _resume(run.tenant, ports.runs.mark(run.tenant, upload.id, run.id), ports)


def _resume(tenant: str, known: str, ports: IngestPorts) -> Ingested:
    """Go on with the run that an upload has already, whatever lies beside the upload by now."""
    run = ports.runs.find(tenant, known)
    if run is not None and run.outcome.state is RunState.REJECTED and not run.attempts:
        tell(run, ports.refusing)
        return _rejected(run)
    if run is None or run.outcome.state.is_final:
        return Ingested(Ingestion.KNOWN, known)
    return _begin(run, ports)


def _begin(run: Run, ports: IngestPorts) -> Ingested:
    """Begin the run once its tenant has a free slot; begun already, start its execution if nobody did."""
    if run.attempts and run.outcome.state is RunState.RUNNING:
        start(run, run.attempts, ports)
    advance(run.tenant, ports)
    return Ingested(Ingestion.STARTED, run.id)


def _rejected(run: Run) -> Ingested:
    code = run.outcome.failure.code if run.outcome.failure else None
    return Ingested(Ingestion.REJECTED, run.id, code)


def _unknown(tenant: str) -> Rejected:
    return Rejected(
        f"there is no tenant {shown(tenant)}",
        code="unknown_tenant",
        field="tenant",
        hint="create it and upload again: millrace tenants create NAME",
    )


def _deleted() -> Rejected:
    return Rejected("the file was deleted before it was read", code="deleted", field="file", hint="upload it again")

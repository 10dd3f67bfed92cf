"""What becomes of a refused upload: a record where its owner looks, or else the operator, and an event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from millrace.domain import digest
from millrace.domain.errors import Rejected
from millrace.domain.job import Ticket
from millrace.domain.naming import UploadKey
from millrace.domain.refusal import Refusal
from millrace.domain.run import DataLocation, Failure, Outcome, Run, RunState, run_id
from millrace.domain.spec import Spec
from millrace.domain.suggestion import printable
from millrace.domain.upload import Upload
from millrace.ports import Announcements, Clock, Runs, Unclaimed
from millrace.usecases.notify import announce

UPLOAD_REJECTED = "Upload Rejected"
DATASET_LENGTH = 63  # of what stands in the place of a dataset's name


@dataclass(frozen=True, slots=True)
class RefusePorts:
    """What refusing needs from outside."""

    runs: Runs
    unclaimed: Unclaimed
    announcements: Sequence[Announcements]
    clock: Clock


def refuse(upload: Upload, key: UploadKey, data: DataLocation, error: Rejected, ports: RefusePorts) -> Run:
    """Record a run that is over before it began, so that its owner finds the reason where runs are listed."""
    return _record(upload, _over(key.tenant, key.dataset, data, error, ports.clock.now()), ports)


def refuse_key(upload: Upload, error: Rejected, ports: RefusePorts) -> Run:
    """The same for a key below a tenant's name that names no dataset and file: what is recorded of it is cut."""
    tenant, _, rest = upload.key.partition("/")
    data = replace(upload.unread(), key=printable(upload.key))
    dataset = printable(rest.rpartition("/")[0] or rest, DATASET_LENGTH)
    return _record(upload, _over(tenant, dataset, data, error, ports.clock.now()), ports)


def refuse_unclaimed(upload: Upload, error: Rejected, ports: RefusePorts) -> None:
    """Record an upload that no tenant owns with the stage, for its operator."""
    refusal = Refusal(upload.id, printable(upload.key), upload.size, ports.clock.now(), Failure.of(error))
    ports.unclaimed.add(refusal)
    told = {"key": refusal.key, "size": refusal.size, "failure": asdict(refusal.failure)}
    for each in ports.announcements:
        each.publish(UPLOAD_REJECTED, told)


def tell(run: Run, ports: RefusePorts) -> None:
    """Publish that a run was refused. Listeners get it at least once: a second delivery tells it again."""
    ticket = Ticket(run.tenant, run.dataset, run.id, run.attempts)
    announce(ticket, run.outcome, ports.announcements)


def _over(tenant: str, dataset: str, data: DataLocation, error: Rejected, now: str) -> Run:
    name = run_id(tenant, dataset, data.digest, digest.of_value([error.code, error.message]))
    outcome = Outcome(RunState.REJECTED, Failure.of(error))
    return Run(tenant, dataset, name, data, Spec(), created=now, outcome=outcome, finished=now)


def _record(upload: Upload, run: Run, ports: RefusePorts) -> Run:
    if not ports.runs.claim(run, upload.id):
        known = ports.runs.find(run.tenant, ports.runs.mark(run.tenant, upload.id, run.id))
        run = known or run
    if run.outcome.state is RunState.REJECTED:
        tell(run, ports)
    return run

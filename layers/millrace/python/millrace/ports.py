"""What the use cases need from outside, each as small as its callers allow.

Adapters implement these on AWS; fakes in tests/fakes mirror them; one contract suite runs on both. Every method may
raise Unavailable when the service behind it does not answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from millrace.domain.access import ApiKey, Tenant
from millrace.domain.dataset import DatasetVersion
from millrace.domain.model import Alias, AliasMove, Model, ModelVersion
from millrace.domain.queue import Place, Queue
from millrace.domain.refusal import Refusal
from millrace.domain.removal import StoredObject
from millrace.domain.run import Attempt, DataLocation, Outcome, Run, RunPage
from millrace.domain.spec import Spec

Document = TypeVar("Document")


class Clock(Protocol):
    """Time, so that tests can move it."""

    def now(self) -> str:
        """ISO 8601 in UTC with milliseconds and 'Z': fixed width, so text order is time order."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never going back."""
        ...


class SpecReader(Protocol):
    """Turns a spec.yaml's bytes into a Spec."""

    def __call__(self, text: bytes) -> Spec:
        """Raises Rejected(code="invalid_spec", field=...) for a spec that can't be used."""
        ...


class Landing(Protocol):
    """The bucket that uploads arrive in. Read-only for us."""

    def stat(self, key: str, version_id: str | None, etag: str = "") -> DataLocation:
        """Describe an object; hashes it by streaming when S3 holds no SHA-256. Raises NotFound if it is gone.

        Without a version it is the newest one; raises Conflict when that has another etag than is given.
        """
        ...

    def head(self, location: DataLocation, size: int) -> bytes:
        """The first `size` bytes, or fewer. Raises NotFound."""
        ...

    def read(self, key: str, limit: int) -> bytes | None:
        """A small object's newest bytes, or None where there is none. Raises TooLarge beyond `limit` bytes."""
        ...

    def files(self, prefix: str, limit: int) -> Sequence[str]:
        """At most `limit` keys that begin so and have no further slash, in order."""
        ...

    def fetch(self, location: DataLocation, into: Path) -> None:
        """Copy the object to a file in bounded memory. Raises NotFound, or Corrupt when its digest differs."""
        ...


class Blobs(Protocol):
    """Content-addressed bytes of a tenant, in the artifact bucket."""

    def put(self, tenant: str, content: bytes) -> str:
        """Store and return the SHA-256; storing the same bytes again changes nothing."""
        ...

    def get(self, tenant: str, digest: str) -> bytes:
        """The bytes, verified. Raises NotFound, or Corrupt when they don't match `digest`."""
        ...


class Documents(Protocol):
    """Typed JSON documents in the artifact bucket."""

    def read(self, kind: type[Document], key: str) -> Document:
        """Raises NotFound, or Corrupt when the bytes are not a `kind`."""
        ...

    def write(self, value: object, key: str) -> str:
        """Store a dataclass and return its s3:// address."""
        ...


class Pages(Protocol):
    """HTML pages in the artifact bucket."""

    def write(self, page: str, key: str) -> str:
        """Store an HTML document, in place of an earlier one, and return its s3:// address."""
        ...


class Tenants(Protocol):
    """The registry's tenants."""

    def create(self, tenant: Tenant) -> None:
        """Raises Conflict when the name is taken."""
        ...

    def find(self, name: str) -> Tenant | None:
        """The tenant, or None."""
        ...

    def all(self) -> Sequence[Tenant]:
        """Every tenant, by name."""
        ...


class Keys(Protocol):
    """The registry's API keys."""

    def add(self, key: ApiKey) -> None:
        """Raises Conflict when the id is taken."""
        ...

    def find(self, tenant: str, key_id: str) -> ApiKey | None:
        """The key with a strongly consistent read, or None."""
        ...

    def of_tenant(self, tenant: str) -> Sequence[ApiKey]:
        """Every key of a tenant, by creation."""
        ...

    def revoke(self, tenant: str, key_id: str, at: str) -> None:
        """Revoke for ever; revoking again keeps the first time. Raises NotFound."""
        ...


class Datasets(Protocol):
    """The registry's dataset versions."""

    def add(self, version: DatasetVersion) -> bool:
        """Store if new; False when that content was already known, whose `arrived` is then raised if this is later."""
        ...

    def newest(self, tenant: str, dataset: str) -> DatasetVersion | None:
        """The version whose upload arrived last, or None."""
        ...

    def describe(self, tenant: str, dataset: str, digest: str, profile_digest: str) -> bool:
        """Note the version's profile in place of an earlier one; False when there is no such version."""
        ...

    def of_tenant(self, tenant: str) -> Sequence[DatasetVersion]:
        """Every dataset version of a tenant, oldest first."""
        ...


class Runs(Protocol):
    """The registry's runs and attempts, and each tenant's queue of those that are open.

    A run's record and its place in the queue change in one write, so neither can be lost or doubled without the other.
    """

    def claim(self, run: Run, upload: str | None = None) -> bool:
        """Create the run if it does not exist, at the queue's end if its state is queued; False when it does.

        With an upload's id, which then leads to the run for good, also False when it leads to another already.
        """
        ...

    def of_upload(self, tenant: str, upload: str) -> str | None:
        """The id of the run that an upload leads to, or None."""
        ...

    def mark(self, tenant: str, upload: str, run_id: str) -> str:
        """Let an upload lead to this run, unless it leads to one already; the id of the run it leads to now."""
        ...

    def enqueue(self, tenant: str, run_id: str, attempts: int, at: str) -> bool:
        """Put a final run back at its queue's end; False when it isn't final after this many attempts."""
        ...

    def claim_attempt(self, attempt: Attempt) -> bool:
        """Create the attempt, in its slot and out of the queue, and open the run with its count raised, in one write.

        False when it is not the next, when the run does not wait or another holds the slot. Without a slot it need not
        wait: so it was before there were any.
        """
        ...

    def recover(self, attempt: Attempt, lost: Outcome) -> bool:
        """Create the attempt in the slot of the one before, which ends as `lost`; False when that one is over."""
        ...

    def find(self, tenant: str, run_id: str) -> Run | None:
        """The run with a strongly consistent read, or None."""
        ...

    def attempts(self, tenant: str, run_id: str) -> Sequence[Attempt]:
        """The run's attempts by number."""
        ...

    def of_tenant(self, tenant: str) -> Sequence[Run]:
        """Every run of a tenant, newest first: it reads them all, so show people `page`."""
        ...

    def page(self, tenant: str, limit: int, after: str | None = None) -> RunPage:
        """At most `limit` of a tenant's runs, newest first, from the one after the run with this cursor."""
        ...

    def conclude(self, tenant: str, run_id: str, attempt: int, outcome: Outcome, at: str) -> bool:
        """Close the run and its attempt and free its slot in one write.

        False when the run was final or a later attempt has begun.
        """
        ...

    def withdraw(self, tenant: str, run_id: str, outcome: Outcome, at: str) -> bool:
        """Close a run that waits, and take it out of the queue; False when it does not wait."""
        ...

    def queue(self, tenant: str, waiting: int | None = None) -> Queue:
        """A tenant's open runs with a strongly consistent read, with at most so many of those that wait."""
        ...

    def queues(self) -> Sequence[Queue]:
        """The queue of every tenant that has an open run."""
        ...

    def vacate(self, place: Place) -> None:
        """Remove a place whose run does not stand there; does nothing when another run or time stands there now."""
        ...


class Models(Protocol):
    """The registry's models, versions, aliases and the ledger of alias moves."""

    def register(self, version: ModelVersion) -> ModelVersion:
        """Store under the model's next number, whatever number is given.

        The same run_id with the same manifest_digest again returns what it became before; another artifact of the same
        run is a new version.
        """
        ...

    def version(self, tenant: str, model: str, number: int) -> ModelVersion | None:
        """An immutable version, or None."""
        ...

    def versions(self, tenant: str, model: str) -> Sequence[ModelVersion]:
        """A model's versions by number; empty when there is no such model."""
        ...

    def of_tenant(self, tenant: str) -> Sequence[Model]:
        """Every model of a tenant, by name."""
        ...

    def alias(self, tenant: str, model: str, name: str) -> Alias | None:
        """Where the alias points now, with a strongly consistent read."""
        ...

    def move(self, move: AliasMove) -> bool:
        """Move the alias and append to the ledger in one write, if it still stands as the move says; else False.

        It stands at `before`, None where there is no alias yet, after `sequence - 1` moves.
        Raises NotFound when there is no version `after`.
        """
        ...

    def move_of(self, tenant: str, model: str, alias: str, sequence: int) -> AliasMove | None:
        """One line of the ledger, by the move's place among its alias's moves; None where there is none."""
        ...

    def ledger(self, tenant: str, model: str) -> Sequence[AliasMove]:
        """Every move of every alias of a model, oldest first."""
        ...


class Erasure(Protocol):
    """Takes records out of the registry for good. Each says how many were there; a second time it is none."""

    def version(self, version: ModelVersion) -> int:
        """One version. Raises Conflict(code="version_serves") where an alias points at it, NotFound."""
        ...

    def model(self, tenant: str, model: str) -> int:
        """A model with its versions, aliases and ledger."""
        ...

    def dataset(self, tenant: str, dataset: str) -> int:
        """Every version of a dataset."""
        ...

    def run(self, tenant: str, run_id: str) -> int:
        """A run and its attempts."""
        ...

    def tenant(self, tenant: str) -> int:
        """A tenant with everything that the registry holds of it."""
        ...


class Objects(Protocol):
    """Whole objects of one bucket, every version of them."""

    def under(self, prefix: str) -> Sequence[StoredObject]:
        """Every key that begins so, also one of which only a delete marker is left; by key."""
        ...

    def remove(self, keys: Iterable[str]) -> None:
        """Delete every version of these keys, for good."""
        ...


class Unclaimed(Protocol):
    """Uploads that no tenant owns, as refused: as many as are worth keeping, for a while."""

    def add(self, refusal: Refusal) -> None:
        """Store; the same refusal again changes nothing but its time."""
        ...

    def all(self) -> Sequence[Refusal]:
        """What is kept, newest first."""
        ...


class Workflow(Protocol):
    """The state machine that trains."""

    def start(self, name: str, payload: Mapping[str, object]) -> None:
        """Start an execution by a unique name; starting the same name again does nothing."""
        ...

    def stop(self, name: str, cause: str) -> None:
        """End an execution at once; does nothing when it is over or unknown."""
        ...

    def status(self, name: str) -> str | None:
        """RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED; None for an execution that is not known."""
        ...


class Announcements(Protocol):
    """Events we publish about runs, for anybody who listens."""

    def publish(self, kind: str, detail: Mapping[str, object]) -> None:
        """Put one event on the bus; `kind` is its detail-type."""
        ...


class JobQueue(Protocol):
    """Where a worker finds jobs."""

    def receive(self, wait_seconds: int) -> JobMessage | None:
        """The next message, hidden from other workers for the queue's visibility time; None if none came."""
        ...

    def extend(self, message: JobMessage, seconds: int) -> None:
        """Keep a message hidden while its job lives. Raises NotFound when it was deleted or came back already."""
        ...

    def delete(self, message: JobMessage) -> None:
        """The job is answered; forget the message."""
        ...


class JobMessage(Protocol):
    """What a worker received: the address of the job's document and the token that answers for it."""

    @property
    def job_uri(self) -> str:
        """s3://bucket/key of the Job document."""
        ...

    @property
    def token(self) -> str:
        """The state machine's task token."""
        ...


class TaskReporter(Protocol):
    """How a worker answers the state machine. A token that is no longer known raises NotFound."""

    def heartbeat(self, token: str) -> None:
        """The job lives."""
        ...

    def succeed(self, token: str, output: Mapping[str, object]) -> None:
        """The job is done."""
        ...

    def fail(self, token: str, error: str, cause: str) -> None:
        """The job ended without a model: `error` is a stable code, `cause` the Failure document as JSON."""
        ...


@dataclass(frozen=True, slots=True)
class PresignedPut:
    """Where to PUT a file, with the headers that the signature demands. The URL is a secret while it lives."""

    url: str
    headers: Mapping[str, str]


class Uploads(Protocol):
    """Where a tenant's caller without AWS credentials may put one file."""

    def presign(self, key: str, size: int, sha256: str, seconds: int) -> PresignedPut:
        """A PUT to this landing key until it expires, of exactly `size` bytes with this SHA-256 in hex."""
        ...


class LogLines(Protocol):
    """The stage's logs, for the command line."""

    def since(self, milliseconds: int) -> Iterator[str]:
        """Lines of every function newer than this Unix time, oldest first."""
        ...

"""The registry, by kind of record. Every call may raise Unavailable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from millrace.domain.access import ApiKey, Tenant
from millrace.domain.dataset import DatasetVersion
from millrace.domain.model import Alias, AliasMove, Model, ModelVersion
from millrace.domain.queue import Place, Queue
from millrace.domain.refusal import Refusal
from millrace.domain.run import Attempt, Outcome, Run, RunPage


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
        """A model with its versions, aliases, ledger and retrainings."""
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


class Unclaimed(Protocol):
    """Uploads that no tenant owns, as refused: as many as are worth keeping, for a while."""

    def add(self, refusal: Refusal) -> None:
        """Store; the same refusal again changes nothing but its time."""
        ...

    def all(self) -> Sequence[Refusal]:
        """What is kept, newest first."""
        ...

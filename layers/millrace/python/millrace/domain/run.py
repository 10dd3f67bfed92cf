"""Runs and attempts: what is done for one dataset version and one spec, and each execution of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from millrace.domain import digest
from millrace.domain.errors import MillraceError
from millrace.domain.origin import UNKNOWN, Origin
from millrace.domain.spec import Spec

RUN_ID_LENGTH = 32
SAID = 1000  # characters of each text of a failure: the state machine takes 32,768 of all that tells of it


class RunState(StrEnum):
    """Where a run, or one of its attempts, stands."""

    QUEUED = "queued"  # it waits until its tenant has fewer runs running
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    REJECTED = "rejected"  # the input can't become a model; see the code
    FAILED = "failed"  # something of ours or of the cloud's broke
    CANCELLED = "cancelled"  # somebody stopped it; the failure says who

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens by itself."""
        return self not in {RunState.QUEUED, RunState.RUNNING}


def run_id(tenant: str, dataset: str, content_digest: str, spec_digest: str) -> str:
    """The run's id: 32 hex digits of the digest of what it is for. The same four always give the same id."""
    return digest.of_value([tenant, dataset, content_digest, spec_digest])[:RUN_ID_LENGTH]


def execution_name(run: str, attempt: int) -> str:
    """The name of the state machine's execution; unique, since a name can't be used again for 90 days."""
    return f"{run}-{attempt}"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run ended without a model: a stable code, one sentence, and what to do."""

    code: str
    message: str
    hint: str | None = None
    field: str | None = None

    @classmethod
    def of(cls, error: MillraceError) -> Failure:
        """What an error says, as it is stored with a run: each text cut where it repeats what is too long."""
        return cls(
            error.code, error.message[:SAID], error.hint and error.hint[:SAID], error.field and error.field[:SAID]
        )


@dataclass(frozen=True, slots=True)
class DataLocation:
    """One immutable version of one object: what a dataset version's bytes are.

    A dataset of several files lies where its `_SUCCESS` does: `digest` and `size` are of all parts together, and
    `parts` is the digest of the blob that lists them, each as a location of its own.
    """

    bucket: str
    key: str
    version_id: str | None
    digest: str
    size: int  # bytes
    parts: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a finished run has to say. `version` is the model version it registered, `promoted` whether it serves."""

    state: RunState
    failure: Failure | None = None
    version: int | None = None
    promoted: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """One dataset version under one spec. Times are ISO 8601 in UTC."""

    tenant: str
    dataset: str
    id: str
    data: DataLocation
    spec: Spec
    created: str
    outcome: Outcome
    attempts: int = 0
    finished: str | None = None
    queued: str | None = None  # since when it waits, or last waited
    recoveries: int = 0  # attempts begun for executions that died, since it last waited
    origin: Origin = UNKNOWN

    @property
    def cursor(self) -> str:
        """Where the run stands in a listing by time: text order is the order of creation."""
        return f"{self.created}~{self.id}"


@dataclass(frozen=True, slots=True)
class RunPage:
    """A part of a tenant's runs, newest first, and the cursor that the next part begins after; None at the end."""

    runs: Sequence[Run]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One execution of the state machine for a run. `slot` is the place among its tenant's running ones that it takes.

    Slots count from 1; 0 is an attempt from before there were any.
    """

    tenant: str
    run_id: str
    number: int
    started: str
    outcome: Outcome
    finished: str | None = None
    slot: int = 0

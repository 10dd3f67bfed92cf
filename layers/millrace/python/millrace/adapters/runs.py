"""The registry's runs and attempts in DynamoDB: RUNS#<tenant> / <run id>, <run id>#<attempt>, UPLOAD#<id>."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from millrace.adapters.documents import plain
from millrace.adapters.table import Table, put, update
from millrace.domain.run import Attempt, Outcome, Run, RunState

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class _Claim:
    """Which run an upload leads to."""

    run_id: str


class DynamoRuns:
    """Implements ports.Runs."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._table = Table(client, table)

    def claim(self, run: Run, upload: str | None = None) -> bool:
        """Create the run if it does not exist; False when it does, or when the upload leads to another already."""
        writes = [put(run, _partition(run.tenant), run.id)]
        if upload is not None:
            writes.append(put(_Claim(run.id), _partition(run.tenant), _claim_key(upload)))
        return self._table.commit(writes, f"run {run.id}") is None

    def of_upload(self, tenant: str, upload: str) -> str | None:
        """The id of the run that an upload leads to, or None."""
        found = self._table.get(_Claim, _partition(tenant), _claim_key(upload))
        return None if found is None else found.run_id

    def mark(self, tenant: str, upload: str, run_id: str) -> str:
        """Let an upload lead to this run, unless it leads to one already; the id of the run it leads to now."""
        self._table.add(_Claim(run_id), _partition(tenant), _claim_key(upload))
        return self.of_upload(tenant, upload) or run_id

    def claim_attempt(self, attempt: Attempt) -> bool:
        """Create the attempt and reopen the run with its count raised, in one write; False when it is not the next."""
        pk = _partition(attempt.tenant)
        reopened = {"attempts": attempt.number, "outcome": plain(attempt.outcome), "finished": attempt.finished}
        writes = [
            put(attempt, pk, _attempt_key(attempt.run_id, attempt.number)),
            update(pk, attempt.run_id, reopened, "#attempts = :before", {"before": attempt.number - 1}),
        ]
        return self._table.commit(writes, f"run {attempt.run_id}") is None

    def find(self, tenant: str, run_id: str) -> Run | None:
        """The run with a strongly consistent read, or None."""
        return self._table.get(Run, _partition(tenant), run_id)

    def attempts(self, tenant: str, run_id: str) -> Sequence[Attempt]:
        """The run's attempts by number."""
        return self._table.all(Attempt, _partition(tenant), f"{run_id}#")

    def of_tenant(self, tenant: str) -> Sequence[Run]:
        """Every run of a tenant, newest first."""
        found = self._table.all(Run, _partition(tenant), without="#")
        return sorted(found, key=lambda run: (run.created, run.id), reverse=True)

    def conclude(self, tenant: str, run_id: str, attempt: int, outcome: Outcome, at: str) -> bool:
        """Close the run and its attempt in one write; False when the run was final or a later attempt has begun."""
        pk, closed = _partition(tenant), {"outcome": plain(outcome), "finished": at}
        running = {"running": str(RunState.RUNNING)}
        writes = [
            update(
                pk, run_id, closed, "#outcome.#state = :running AND #attempts = :number", running | {"number": attempt}
            ),
            update(pk, _attempt_key(run_id, attempt), closed, "#outcome.#state = :running", running),
        ]
        return self._table.commit(writes, f"run {run_id}") is None


def _partition(tenant: str) -> str:
    return f"RUNS#{tenant}"


def _claim_key(upload: str) -> str:
    return f"UPLOAD#{upload}"


def _attempt_key(run_id: str, number: int) -> str:
    return f"{run_id}#{number:06d}"

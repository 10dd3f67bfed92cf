"""What a tenant's uploads became."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from millrace.domain.errors import InvalidInput, NotFound
from millrace.domain.run import Attempt, Run
from millrace.domain.suggestion import shown
from millrace.ports import Runs

MAX_LIMIT = 1000
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class RunHistory:
    """A run with its attempts by number."""

    run: Run
    attempts: Sequence[Attempt]


def list_runs(tenant: str, limit: int, runs: Runs) -> Sequence[Run]:
    """The tenant's newest runs, newest first. Raises InvalidInput(field="limit")."""
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidInput(f"limit is 1 to {MAX_LIMIT}, not {limit}", field="limit")
    return runs.of_tenant(tenant)[:limit]


def show_run(tenant: str, run_id: str, runs: Runs) -> RunHistory:
    """One run of this tenant. Raises NotFound, for another tenant's run too."""
    run = runs.find(tenant, run_id) if _ID.fullmatch(run_id) else None  # the registry takes no key without bound
    if run is None:
        raise NotFound(f"there is no run {shown(run_id)}", field="run_id", hint="the list of runs has their ids")
    return RunHistory(run, runs.attempts(tenant, run_id))

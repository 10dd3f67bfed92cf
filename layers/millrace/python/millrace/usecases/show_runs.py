"""What a tenant's uploads became."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from millrace.domain.errors import InvalidInput, NotFound
from millrace.domain.run import Attempt, Run, RunPage, RunState
from millrace.domain.suggestion import shown
from millrace.ports import Runs

MAX_LIMIT = 1000
_ID = re.compile(r"[0-9a-f]{32}")
_CURSOR = re.compile(r"[0-9TZ:.+-]{1,64}~[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class RunHistory:
    """A run with its attempts by number, and its place in the queue, from 1; None when it does not wait."""

    run: Run
    attempts: Sequence[Attempt]
    place: int | None = None


@dataclass(frozen=True, slots=True)
class RunList:
    """A part of a tenant's runs, the places of those that wait, by id, and what the next part begins after."""

    runs: Sequence[Run]
    places: Mapping[str, int]
    next: str | None


def list_runs(tenant: str, limit: int, runs: Runs, after: str | None = None) -> RunList:
    """The tenant's runs, newest first, from the one after the cursor. Raises InvalidInput(field="limit" or "after")."""
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidInput(f"limit is 1 to {MAX_LIMIT}, not {limit}", field="limit")
    if after is not None and not _CURSOR.fullmatch(after):
        raise InvalidInput(
            f"{shown(after)} is no place in the list", field="after", hint="give the `next` of an answer"
        )
    page = runs.page(tenant, limit, after)
    return RunList(page.runs, _places(tenant, page, runs), page.next)


def _places(tenant: str, page: RunPage, runs: Runs) -> Mapping[str, int]:
    if all(run.outcome.state is not RunState.QUEUED for run in page.runs):
        return {}
    return runs.queue(tenant).places()


def show_run(tenant: str, run_id: str, runs: Runs) -> RunHistory:
    """One run of this tenant. Raises NotFound, for another tenant's run too."""
    run = runs.find(tenant, run_id) if _ID.fullmatch(run_id) else None  # the registry takes no key without bound
    if run is None:
        raise NotFound(f"there is no run {shown(run_id)}", field="run_id", hint="the list of runs has their ids")
    place = runs.queue(tenant).places().get(run_id) if run.outcome.state is RunState.QUEUED else None
    return RunHistory(run, runs.attempts(tenant, run_id), place)

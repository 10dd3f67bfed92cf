"""A tenant's runs by time: an entry for each run, so that a page of them is read without the rest.

Runs from before there were entries carry no mark `listed`; they are read, all of them, where the entries end.
"""

from __future__ import annotations

from dataclasses import dataclass

from millrace.adapters.table import Table, Write, put
from millrace.domain.run import Run, RunPage

LISTED = "listed"  # on a run's item; the run itself knows nothing of it
LAST = "\uffff"  # after every cursor


@dataclass(frozen=True, slots=True)
class _Entry:
    """A run, and its cursor, which the entry's key is too."""

    run_id: str
    cursor: str


class Timeline:
    """The entries in TIMELINE#<tenant> / <created>~<run id>."""

    def __init__(self, table: Table) -> None:
        self._table = table

    @staticmethod
    def listed(claim: Write) -> Write:
        """The write of a new run, marked as one that has an entry."""
        claim["Put"]["Item"][LISTED] = {"BOOL": True}
        return claim

    def page(self, tenant: str, runs: str, limit: int, after: str | None) -> RunPage:
        """At most `limit` runs of the partition `runs`, newest first, from the one after this cursor."""
        before = LAST if after is None else after
        entries = self._table.some(_Entry, _partition(tenant), limit + 1, before=before)
        found = self._table.each(Run, [(runs, entry.run_id) for entry in entries[:limit]])
        if len(entries) > limit:
            return RunPage(tuple(found), entries[limit - 1].cursor)
        old = self._table.all(Run, runs, without="#", lacking=LISTED)
        found = sorted(found + [run for run in old if run.cursor < before], key=_cursor, reverse=True)
        return RunPage(tuple(found[:limit]), found[limit - 1].cursor if len(found) > limit else None)


def entry(run: Run) -> Write:
    """The write of a new run's entry."""
    return put(_Entry(run.id, run.cursor), _partition(run.tenant), run.cursor)


def _cursor(run: Run) -> str:
    return run.cursor


def _partition(tenant: str) -> str:
    return f"TIMELINE#{tenant}"

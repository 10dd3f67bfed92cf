"""A tenant's open runs: the few that run, each in a numbered slot, and those that wait for one, in their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where one open run stands since a time: in a slot from 1, or, with slot 0, among those that wait.

    A place that was `left` is nobody's any more, and about to be removed.
    """

    tenant: str
    run_id: str
    since: str
    slot: int = 0
    left: bool = False


@dataclass(frozen=True, slots=True)
class Queue:
    """What of a tenant runs and what waits, the next one first."""

    tenant: str
    running: Sequence[Place] = ()
    waiting: Sequence[Place] = ()

    def free_slot(self, limit: int) -> int | None:
        """The lowest of `limit` slots that nobody holds; None when all are held."""
        held = {place.slot for place in self.running}
        return next((slot for slot in range(1, limit + 1) if slot not in held), None)

    def places(self) -> Mapping[str, int]:
        """The place of each waiting run, by its id: the next one to run has 1."""
        return {place.run_id: number for number, place in enumerate(self.waiting, 1)}

"""Models, their immutable versions, and the aliases that move between them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from millrace.domain.origin import UNKNOWN, Origin
from millrace.domain.report import Metrics

CHAMPION = "champion"
_NUMBER = re.compile(r"[1-9][0-9]{0,7}")  # a registry key has eight digits


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One immutable artifact of a model. `number` counts from 1 within the model; `created` is ISO 8601 in UTC.

    Versions of earlier releases have no baseline.
    """

    tenant: str
    model: str
    number: int
    run_id: str
    model_digest: str
    manifest_digest: str
    report_digest: str
    model_size: int  # bytes
    metrics: Metrics
    accepted: bool
    created: str
    origin: Origin = UNKNOWN
    baseline_digest: str | None = None


@dataclass(frozen=True, slots=True)
class Alias:
    """Where an alias points. `moves` counts its moves, and orders them; 0 never occurs."""

    tenant: str
    model: str
    name: str
    version: int
    moves: int


@dataclass(frozen=True, slots=True)
class AliasMove:
    """One line of the append-only ledger: who moved which alias, from where, to where, when, and why."""

    tenant: str
    model: str
    alias: str
    sequence: int
    before: int | None
    after: int
    at: str
    who: str
    why: str


def served_before(moves: Iterable[AliasMove]) -> int | None:
    """The version that served before the present one, by one alias's moves in order; None where none did.

    A move back to it undoes the move that replaced it, so that going back twice goes back two versions.
    """
    served: list[int] = []
    for move in moves:
        if len(served) > 1 and move.after == served[-2]:
            served.pop()
        else:
            served.append(move.after)
    return served[-2] if len(served) > 1 else None


@dataclass(frozen=True, slots=True)
class Model:
    """A named line of models. `versions` is how many there are, `champion` the one that serves."""

    tenant: str
    name: str
    versions: int
    champion: int | None


@dataclass(frozen=True, slots=True)
class ModelAddress:
    """Which version of a tenant's model is meant: `version` is a number's digits or an alias's name."""

    tenant: str
    model: str
    version: str = CHAMPION

    @property
    def number(self) -> int | None:
        """The version's number, or None where an alias is meant."""
        return int(self.version) if _NUMBER.fullmatch(self.version) else None

"""The move of the alias `champion`: written in the ledger, and never back to an older version by itself."""

from __future__ import annotations

from dataclasses import dataclass

from millrace.domain.errors import Conflict, Unavailable
from millrace.domain.job import Ticket
from millrace.domain.model import CHAMPION, Alias, AliasMove
from millrace.domain.verdict import Verdict
from millrace.ports import Clock, Documents, Models

TRIES = 5
WHO = "gate"
LOOK_BACK = 20  # moves that others may have made between a lost answer and the next try


@dataclass(frozen=True, slots=True)
class DeployPorts:
    """What deploying needs from outside."""

    documents: Documents
    models: Models
    clock: Clock


def deploy(ticket: Ticket, version: int, ports: DeployPorts) -> bool:
    """Whether this made `version` serve. False when the champion changed since the verdict: nobody compared the two.

    False too when the champion's data, or the same data's spec, arrived later than the version's.

    Doing it again changes nothing. Raises Conflict for a refused version, Unavailable when others keep winning.
    """
    verdict = ports.documents.read(Verdict, ticket.verdict_key)
    if not verdict.accepted:
        raise Conflict(f"the gate refused version {version}", code="not_accepted")
    for _ in range(TRIES):
        alias = ports.models.alias(ticket.tenant, ticket.dataset, CHAMPION)
        if alias is not None and (alias.version == version or _did_move(ticket, alias, version, ports.models)):
            return True
        if not _may_follow(ticket, alias, version, verdict, ports.models):
            return False
        if ports.models.move(_move(ticket, alias, version, verdict, ports.clock.now())):
            return True
    raise Unavailable(f"the alias of {ticket.dataset!r} keeps moving", code="alias_busy")


def _may_follow(ticket: Ticket, alias: Alias | None, version: int, verdict: Verdict, models: Models) -> bool:
    """Whether the version was compared with what serves, or supersedes it, and is not made of anything older."""
    if alias is None:
        return verdict.champion is None
    serves = models.version(ticket.tenant, ticket.dataset, alias.version)
    new = models.version(ticket.tenant, ticket.dataset, version)
    if serves is not None and new is not None:
        if new.origin.is_older_than(serves.origin):
            return False
        if new.origin.supersedes(serves.origin):
            return True
    return alias.version == verdict.champion and alias.version < version


def _did_move(ticket: Ticket, alias: Alias, version: int, models: Models) -> bool:
    """Whether an earlier try moved the alias, though its answer was lost and others moved it on, or back, since."""
    for sequence in range(alias.moves, max(alias.moves - LOOK_BACK, 0), -1):
        move = models.move_of(ticket.tenant, ticket.dataset, alias.name, sequence)
        if move is not None and move.after == version and move.why.startswith(_why(ticket)):
            return True
    return False


def _why(ticket: Ticket) -> str:
    return f"run {ticket.run_id}: "


def _move(ticket: Ticket, alias: Alias | None, version: int, verdict: Verdict, now: str) -> AliasMove:
    return AliasMove(
        tenant=ticket.tenant,
        model=ticket.dataset,
        alias=CHAMPION,
        sequence=(alias.moves if alias else 0) + 1,
        before=alias.version if alias else None,
        after=version,
        at=now,
        who=WHO,
        why=_why(ticket) + verdict.summary,
    )

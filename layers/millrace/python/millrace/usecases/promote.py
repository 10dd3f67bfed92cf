"""A person's move of the alias `champion`, back or forward, with a reason that the ledger keeps."""

from __future__ import annotations

from dataclasses import dataclass

from millrace.domain.errors import Conflict, InvalidInput, NotFound
from millrace.domain.model import CHAMPION, AliasMove
from millrace.ports import Clock, Models


@dataclass(frozen=True, slots=True)
class Promotion:
    """Which version shall serve, who says so, and why."""

    tenant: str
    model: str
    version: int
    who: str
    why: str


def promote(wanted: Promotion, models: Models, clock: Clock) -> AliasMove | None:
    """Let a version serve, whatever the gate said, and return the ledger's line; None when it serves already.

    Raises InvalidInput without a reason, NotFound without the version, Conflict when somebody moved it meanwhile.
    """
    if not wanted.why.strip():
        raise InvalidInput("a move needs a reason", code="no_reason", field="why", hint="the ledger keeps it")
    if models.version(wanted.tenant, wanted.model, wanted.version) is None:
        raise NotFound(
            f"there is no version {wanted.version} of a model {wanted.model!r}",
            field="version",
            hint=f"see `millrace models show {wanted.model}`",
        )
    alias = models.alias(wanted.tenant, wanted.model, CHAMPION)
    if alias is not None and alias.version == wanted.version:
        return None
    move = AliasMove(
        tenant=wanted.tenant,
        model=wanted.model,
        alias=CHAMPION,
        sequence=(alias.moves if alias else 0) + 1,
        before=alias.version if alias else None,
        after=wanted.version,
        at=clock.now(),
        who=wanted.who,
        why=wanted.why.strip(),
    )
    if not models.move(move):
        raise Conflict(
            f"somebody else moved the champion of {wanted.model!r} meanwhile",
            code="alias_moved",
            field="model",
            hint=f"look again: millrace models history {wanted.model}",
        )
    return move

"""A person's move of the alias `champion`, back or forward, with a reason that the ledger keeps."""

from __future__ import annotations

from dataclasses import dataclass

from millrace.domain.errors import Conflict, InvalidInput, NotFound
from millrace.domain.model import CHAMPION, AliasMove, served_before
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
    _check_reason(wanted.why)
    if models.version(wanted.tenant, wanted.model, wanted.version) is None:
        raise NotFound(
            f"there is no version {wanted.version} of a model {wanted.model!r}",
            field="version",
            hint=f"see `millrace models show {wanted.model}`",
        )
    alias = models.alias(wanted.tenant, wanted.model, CHAMPION)
    if alias is not None and alias.version == wanted.version:
        return None
    return _move(wanted, alias.version if alias else None, alias.moves if alias else 0, models, clock)


def rollback(tenant: str, model: str, who: str, why: str, models: Models, clock: Clock) -> AliasMove:
    """Let the version serve again that served before the present one, and return the ledger's line.

    Raises InvalidInput without a reason, NotFound where none served before, Conflict when somebody moved it meanwhile.
    """
    _check_reason(why)
    moves = sorted(
        (move for move in models.ledger(tenant, model) if move.alias == CHAMPION), key=lambda move: move.sequence
    )
    before = served_before(moves)
    if before is None:
        raise NotFound(
            f"no version of {model!r} served before the one that serves now",
            code="nothing_before",
            field="model",
            hint=f"see `millrace models history {model}`, or name a version: millrace models promote {model} VERSION",
        )
    return _move(Promotion(tenant, model, before, who, why), moves[-1].after, moves[-1].sequence, models, clock)


def _check_reason(why: str) -> None:
    if not why.strip():
        raise InvalidInput("a move needs a reason", code="no_reason", field="why", hint="the ledger keeps it")


def _move(wanted: Promotion, stands: int | None, moves: int, models: Models, clock: Clock) -> AliasMove:
    """Move the alias that stands at a version after so many moves. Raises Conflict where it stands there no more."""
    move = AliasMove(
        tenant=wanted.tenant,
        model=wanted.model,
        alias=CHAMPION,
        sequence=moves + 1,
        before=stands,
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

"""Decisions about retraining in DynamoDB: RETRAININGS#<tenant> / <model>#BEGUN#<at>, <model>#REFUSED#<day>#<why>.

Refusals go after a year. <model>#LAST is the last started one once more, so that of two at once only one follows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from millrace.adapters import items
from millrace.adapters.table import ABSENT, Table, put
from millrace.adapters.unclaimed import EXPIRY
from millrace.domain.errors import Unavailable
from millrace.domain.retraining import Cause, Refusal, Retraining

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

KEEP_DAYS = 365  # a refusal
TRIES = 5
OF_A_DAY = len(Refusal) * len(Cause)  # refusals at most, which are in no order of time
AFTER_ALL = "~"  # what no time begins with, and every time is before


class DynamoRetrainings:
    """Implements ports.Retrainings."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._table = Table(client, table)

    def add(self, decision: Retraining) -> None:
        """Append a refusal, or a word that the breaker may close; equal refusals of one day become one, counted."""
        if decision.refusal is None:
            self._table.add(decision, _partition(decision), _begun_key(decision))
            return
        pk, sk = (
            _partition(decision),
            f"{decision.model}#REFUSED#{_day(decision.at)}#{decision.refusal}#{decision.cause}",
        )
        for _ in range(TRIES):
            before = self._table.get(Retraining, pk, sk)
            if self._table.change(_counted(decision, before, pk, sk)):
                return
        raise Unavailable(f"the refusals of {decision.model} are being counted by too many at once")

    def start(self, decision: Retraining, after: str | None) -> bool:
        """Append a started one where the last started one is still that of this time; else False, appending nothing."""
        pk, condition = _partition(decision), ABSENT if after is None else "#at = :after"
        given = {} if after is None else {"after": after}
        writes = [
            put(decision, pk, f"{decision.model}#LAST", condition, given),
            put(decision, pk, _begun_key(decision)),
        ]
        return self._table.commit(writes, f"retraining of {decision.model}") is None

    def begun(self, tenant: str, model: str, limit: int) -> Sequence[Retraining]:
        """At most so many decisions that are no refusals, newest first."""
        return [each for each in self._last(tenant, model, "BEGUN", limit) if each.refusal is None]

    def of_model(self, tenant: str, model: str, limit: int) -> Sequence[Retraining]:
        """At most so many decisions, newest first."""
        found = [each for each in self._last(tenant, model, "REFUSED", limit + OF_A_DAY) if each.refusal is not None]
        found += self.begun(tenant, model, limit)
        return sorted(found, key=lambda each: each.at, reverse=True)[:limit]

    def _last(self, tenant: str, model: str, group: str, limit: int) -> list[Retraining]:
        """At most so many records of this group, the last first; behind it come others, which are left out."""
        before = f"{model}#{group}#{AFTER_ALL}"
        found = self._table.some(Retraining, f"RETRAININGS#{tenant}", limit, before=before)
        return [each for each in found if each.model == model]


def _counted(decision: Retraining, before: Retraining | None, pk: str, sk: str) -> dict[str, object]:
    """The write of a refusal in place of the same one of that day."""
    condition, given = ABSENT, {}
    if before is not None:
        decision = replace(decision, count=before.count + 1, since=before.since or before.at)
        condition, given = "#count = :count", {"count": before.count}
    write = put(decision, pk, sk, condition, given)
    expires = datetime.fromisoformat(decision.at) + timedelta(days=KEEP_DAYS)
    write["Put"]["Item"] |= {EXPIRY: items.attribute(int(expires.timestamp()))}
    return write


def _partition(decision: Retraining) -> str:
    return f"RETRAININGS#{decision.tenant}"


def _begun_key(decision: Retraining) -> str:
    return f"{decision.model}#BEGUN#{decision.at}#{decision.run_id or 'resumed'}"


def _day(at: str) -> str:
    return at[: len("2026-11-24")]

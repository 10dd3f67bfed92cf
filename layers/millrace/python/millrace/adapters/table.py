"""The registry's one table, as its adapters use it: records by key, conditional writes, and every page of a listing.

Reads are strongly consistent: what an alias points at, or a list just after a write, must be there; records are small.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import ClientError

from millrace.adapters import items
from millrace.adapters.errors import code_of, translated
from millrace.domain.errors import Unavailable

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Record = TypeVar("Record")
Write = dict[str, Any]  # one member of a transaction, without its table

ABSENT = "attribute_not_exists(pk)"
PRESENT = "attribute_exists(pk)"
ATTEMPTS = 10
AT_ONCE = 10  # records in one read: at 400 KB each they stay within DynamoDB's 4 MB
_FAILED = "ConditionalCheckFailed"


@dataclass(frozen=True, slots=True)
class Pause:
    """Waits before another try: nothing first, then up to 20, 40, 80 ... ms, at random so that racers part."""

    sleep: Callable[[float], object] = time.sleep  # of seconds
    draw: Callable[[float, float], float] = random.uniform  # from a range

    def __call__(self, attempt: int) -> None:
        """Wait before this attempt, counted from 0."""
        if attempt:
            self.sleep(self.draw(0, 0.01 * 2**attempt))


class Table:
    """Records of the registry by partition and sort key."""

    def __init__(self, client: DynamoDBClient, name: str, pause: Pause | None = None) -> None:
        self._client, self._name, self.pause = client, name, pause or Pause()

    def get(self, kind: type[Record], pk: str, sk: str) -> Record | None:
        """The record, or None. Raises Corrupt when it can't be read as a `kind`."""
        with translated(f"record {pk} {sk}"):
            answer = self._client.get_item(TableName=self._name, Key=items.key(pk, sk), ConsistentRead=True)
        item = answer.get("Item")
        return None if item is None else items.unpack(kind, item)

    def add(self, record: object, pk: str, sk: str) -> bool:
        """Store a record whose key is new; False, changing nothing, when it is not.

        A transaction even for one record: it carries a token, so that a repeat after a lost answer is still True.
        """
        return self.commit([put(record, pk, sk)], f"record {pk} {sk}") is None

    def change(self, update: Write) -> bool:
        """Apply one conditional update; False when its condition does not hold."""
        return self.commit([update], "record") is None

    def all(
        self, kind: type[Record], pk: str, prefix: str = "", *, without: str = "", lacking: str = ""
    ) -> list[Record]:
        """Every record of a partition whose sort key begins with `prefix` and does not hold `without`, in its order.

        With `lacking`, only those whose item has no attribute of this name.
        """
        rows = (row for row in self._rows(pk, prefix) if not lacking or lacking not in row)
        return [items.unpack(kind, row) for row in rows if not without or without not in row["sk"]["S"]]

    def keys(self, pk: str, prefix: str = "", *, run_id: str | None = None) -> list[str]:
        """The sort key of every record of a partition that begins with `prefix`; with a run's id, of those of it."""
        mine = {"S": run_id}
        return [row["sk"]["S"] for row in self._rows(pk, prefix) if run_id is None or row.get("run_id") == mine]

    def remove(self, pk: str, sks: Sequence[str]) -> int:
        """Delete records by key, whatever they hold; how many were there. Raises Unavailable."""
        return sum(self._removed(pk, sk) for sk in sks)

    def _removed(self, pk: str, sk: str) -> bool:
        with translated(f"record {pk} {sk}"):
            answer = self._client.delete_item(TableName=self._name, Key=items.key(pk, sk), ReturnValues="ALL_OLD")
        return bool(answer.get("Attributes"))

    def some(
        self, kind: type[Record], pk: str, limit: int, *, before: str | None = None, prefix: str = ""
    ) -> list[Record]:
        """At most `limit` records of a partition: the last ones, backwards from `before`, or the first of `prefix`."""
        rows = self._rows(pk, prefix, before=before, limit=limit)
        return [items.unpack(kind, row) for row in rows]

    def each(self, kind: type[Record], keys: Sequence[tuple[str, str]]) -> list[Record]:
        """The records of these partition and sort keys that there are, in this order."""
        parts = (keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE))
        return [items.unpack(kind, item) for part in parts for item in self._read(part)]

    def commit(self, writes: Sequence[Write], what: str) -> int | None:
        """Do all writes, or none: None when done, else the position of the first write whose condition does not hold.

        Raises Unavailable when other transactions keep holding the same records.
        """
        for attempt in range(ATTEMPTS):
            self.pause(attempt)
            reasons = self._transact(writes, what)
            if _FAILED in reasons:
                return reasons.index(_FAILED)
            if not reasons:
                return None
        raise Unavailable(f"the {what} is being changed by too many at once", hint="try again in a moment")

    def _transact(self, writes: Sequence[Write], what: str) -> list[str]:
        """AWS's reason for each write when it cancelled the transaction; empty when it is done."""
        members: Any = [{verb: body | {"TableName": self._name} for verb, body in write.items()} for write in writes]
        with translated(what):
            try:
                self._client.transact_write_items(TransactItems=members)
            except ClientError as error:
                reasons = _reasons(error)
                if not reasons or "ValidationError" in reasons:  # not a race: such a write can never succeed
                    raise
                return reasons
        return []

    def _rows(self, pk: str, prefix: str, *, before: str | None = None, limit: int | None = None) -> Iterator[Any]:
        condition, values = "pk = :pk", {":pk": {"S": pk}}
        if prefix:
            condition, values = condition + " AND begins_with(sk, :prefix)", values | {":prefix": {"S": prefix}}
        if before is not None:
            condition, values = condition + " AND sk < :before", values | {":before": {"S": before}}
        bounds: Any = {} if limit is None else {"MaxItems": limit, "PageSize": limit}
        with translated(f"records {pk}"):
            for page in self._client.get_paginator("query").paginate(
                TableName=self._name,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
                ConsistentRead=True,
                ScanIndexForward=before is None,
                PaginationConfig=bounds,
            ):
                yield from page["Items"]

    def _read(self, keys: Sequence[tuple[str, str]]) -> list[Any]:
        """The items of at most AT_ONCE keys; one that is just being written is asked for again."""
        gets: Any = [{"Get": {"TableName": self._name, "Key": items.key(pk, sk)}} for pk, sk in keys]
        for attempt in range(ATTEMPTS):
            self.pause(attempt)
            with translated("records"):
                try:
                    answers = self._client.transact_get_items(TransactItems=gets)["Responses"]
                except ClientError as error:
                    if "TransactionConflict" not in _reasons(error):
                        raise
                else:
                    return [answer["Item"] for answer in answers if "Item" in answer]
        raise Unavailable("the records are being changed by too many at once", hint="try again in a moment")


def put(record: object, pk: str, sk: str, condition: str = ABSENT, given: Mapping[str, object] | None = None) -> Write:
    """The write of a record whose key must be new, or where another `condition`, written as for `update`, holds."""
    return {"Put": {"Item": items.pack(record, pk, sk), **_conditional(condition, given or {})}}


def update(pk: str, sk: str, changes: Mapping[str, object], condition: str, given: Mapping[str, object]) -> Write:
    """The write of some fields where `condition` holds.

    The condition writes a field as #name and a value of `given` as :name, so that no name meets a reserved word.
    """
    names = {*changes, *re.findall(r"#(\w+)", condition)}
    values = {f":new_{name}": items.attribute(value) for name, value in changes.items()}
    values |= {f":{name}": items.attribute(value) for name, value in given.items()}
    return {
        "Update": {
            "Key": items.key(pk, sk),
            "UpdateExpression": "SET " + ", ".join(f"#{name} = :new_{name}" for name in changes),
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {f"#{name}": name for name in sorted(names)},
            "ExpressionAttributeValues": values,
        }
    }


def delete(pk: str, sk: str, condition: str = "", given: Mapping[str, object] | None = None) -> Write:
    """The removal of a record where `condition`, written as for `update`, holds; without one, whatever it holds."""
    return {"Delete": {"Key": items.key(pk, sk), **(_conditional(condition, given or {}) if condition else {})}}


def _conditional(condition: str, given: Mapping[str, object]) -> dict[str, Any]:
    """A condition with its names and values, as a write's fields; empty maps are refused, so they are left out."""
    names = {f"#{name}": name for name in sorted(set(re.findall(r"#(\w+)", condition)))}
    values = {f":{name}": items.attribute(value) for name, value in given.items()}
    maps = {"ExpressionAttributeNames": names, "ExpressionAttributeValues": values}
    return {"ConditionExpression": condition, **{field: each for field, each in maps.items() if each}}


def check(pk: str, sk: str) -> Write:
    """The demand that a record exists, as a member of a transaction."""
    return {"ConditionCheck": {"Key": items.key(pk, sk), "ConditionExpression": PRESENT}}


def unless(pk: str, sk: str, condition: str, given: Mapping[str, object]) -> Write:
    """The demand that a record is not there or that `condition`, written as for `update`, does not hold."""
    return {"ConditionCheck": {"Key": items.key(pk, sk), **_conditional(f"{ABSENT} OR NOT ({condition})", given)}}


def _reasons(error: ClientError) -> list[str]:
    """Why each write was refused: ConditionalCheckFailed, TransactionConflict, ..., or None; empty for other errors."""
    if code_of(error) == "TransactionConflictException":
        return ["TransactionConflict"]
    answer: Any = error.response
    return [str(reason.get("Code")) for reason in answer.get("CancellationReasons", ())]

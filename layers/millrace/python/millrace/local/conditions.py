"""Three of IAM's condition keys that AWS evaluates and the emulator does not know.

Our roles are told apart by them: without `dynamodb:LeadingKeys`, `events:source` and `cloudwatch:namespace` a function
could here read records of another kind, speak in another's name or move another's alarms, and be refused only on AWS.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ministack.core import iam_actions

PARTITION = "pk"
_EQUALS = re.compile(r"(?P<name>#?\w+)\s*=\s*(?P<value>:\w+)")


def enforce() -> None:
    """Let every request in this process be judged with these keys from now on."""
    known = iam_actions.request_tag_context

    def context(service: str, action: str, body: bytes, params: dict[str, Any]) -> dict[str, Any]:
        return {**known(service, action, body, params), **of_request(service, action, body)}

    iam_actions.request_tag_context = context


def of_request(service: str, action: str, body: bytes) -> dict[str, str | list[str]]:
    """The keys that a request carries, one of several values with all of them; none where it names none."""
    if service != "dynamodb" and action not in {"events:PutEvents", "cloudwatch:PutMetricData"}:
        return {}
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return {}
    if not isinstance(request, dict):
        return {}
    found: dict[str, str | list[str]]
    if service == "dynamodb":
        found = {"dynamodb:LeadingKeys": sorted(set(_partitions(request)))}
    elif action == "cloudwatch:PutMetricData":
        found = {"cloudwatch:namespace": str(request.get("Namespace", ""))}
    else:
        found = {"events:source": sorted({str(entry.get("Source")) for entry in request.get("Entries", ())})}
    return {name: values for name, values in found.items() if values}


def _partitions(request: Mapping[str, Any]) -> Iterator[str]:
    for field in ("Key", "Item"):
        yield from _text(request.get(field))
    for member in request.get("TransactItems", ()):
        for write in member.values():
            yield from _partitions(write)
    for batch in request.get("RequestItems", {}).values():
        for key in batch.get("Keys", ()) if isinstance(batch, dict) else ():
            yield from _text(key)
        for write in batch if isinstance(batch, list) else ():
            for change in write.values():
                yield from _partitions(change)
    yield from _queried(request)


def _queried(request: Mapping[str, Any]) -> Iterator[str]:
    names = request.get("ExpressionAttributeNames", {})
    values = request.get("ExpressionAttributeValues", {})
    for match in _EQUALS.finditer(request.get("KeyConditionExpression", "")):
        if names.get(match["name"], match["name"]) == PARTITION:
            yield from _text({PARTITION: values.get(match["value"])})


def _text(record: Any) -> Iterator[str]:
    """The partition key of a record in DynamoDB's JSON."""
    value = record.get(PARTITION) if isinstance(record, dict) else None
    if isinstance(value, dict) and isinstance(value.get("S"), str):
        yield value["S"]

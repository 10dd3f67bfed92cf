"""The events of AWS that bring messages of a queue, and the answer that says which are to come again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import BaseModel, Field

from millrace.protocol.events import validated


class _Record(BaseModel):
    id: str = Field(alias="messageId")
    body: str


class _Messages(BaseModel):
    records: list[_Record] = Field(alias="Records")


def messages(event: object) -> Mapping[str, str]:
    """The messages' bodies by their ids. Raises InvalidInput for anything but an event of SQS."""
    records = validated(_Messages, event, "SQS").records
    return {record.id: record.body for record in records}


def again(failed: Iterable[str]) -> dict[str, object]:
    """The answer that has Lambda delete every message but these."""
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}

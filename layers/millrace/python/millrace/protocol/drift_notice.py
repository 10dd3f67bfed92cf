"""What the drift topic says: CloudWatch's word that an alarm rose, or our own reminder while drift goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, Field, ValidationError

from millrace.domain import drift
from millrace.domain.naming import is_name
from millrace.protocol.events import validated


@dataclass(frozen=True, slots=True)
class Drifting:
    """A model that is said to drift."""

    tenant: str
    model: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """A message that asks for nothing, and why: a foreign alarm, one that did not rise, or none of ours at all."""

    why: str


class _Alarm(BaseModel):
    name: str = Field(alias="AlarmName")
    state: str = Field(alias="NewStateValue")


class _Model(BaseModel):
    tenant: str
    model: str


class _Reminder(BaseModel):
    """As `drift.reminder` writes it."""

    reminder: _Model


class _Message(BaseModel):
    message: str = Field(alias="Message")


class _Record(BaseModel):
    source: Literal["aws:sns"] = Field(alias="EventSource")
    sns: _Message = Field(alias="Sns")


class _Event(BaseModel):
    records: list[_Record] = Field(alias="Records", min_length=1)


def read(event: object, stage: str) -> Sequence[Drifting | Ignored]:
    """What SNS's event says of this stage's models, once each. Raises InvalidInput for an event of another kind."""
    records = validated(_Event, event, "SNS").records
    return list(dict.fromkeys(_notice(record.sns.message, stage) for record in records))


def _notice(message: str, stage: str) -> Drifting | Ignored:
    try:
        asked = _Reminder.model_validate_json(message).reminder
    except ValidationError:
        return _of_alarm(message, stage)
    return _drifting(asked.tenant, asked.model)


def _of_alarm(message: str, stage: str) -> Drifting | Ignored:
    try:
        alarm = _Alarm.model_validate_json(message)
    except ValidationError:
        return Ignored("neither an alarm nor a reminder")
    if alarm.state != "ALARM":
        return Ignored("no rising alarm")
    found = drift.alarm_of(stage, alarm.name)
    return _drifting(*found) if found else Ignored("an alarm of no model of this stage")


def _drifting(tenant: str, model: str) -> Drifting | Ignored:
    known = is_name(tenant) and is_name(model)
    return Drifting(tenant, model) if known else Ignored("no names of a tenant and a model")

"""What an execution of the state machine has done so far, in its own words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from millrace.adapters.errors import translated
from millrace.adapters.workflow import executions_of
from millrace.domain.errors import NotFound

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient


class What(StrEnum):
    """What happened."""

    ENTERED = "entered"  # a state began
    LEFT = "left"  # a state ended well; where a catch led on, TROUBLE is its end
    TROUBLE = "trouble"  # a try of a state failed; it may be tried again or caught
    SUCCEEDED = "succeeded"  # the execution is over, well
    FAILED = "failed"  # the execution is over, badly


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened. `state` is empty for the execution itself; `error` is what went wrong, `cause` why."""

    at: datetime
    what: What
    state: str = ""
    error: str = ""
    cause: str = ""

    @property
    def is_last(self) -> bool:
        """Whether nothing follows."""
        return self.what in {What.SUCCEEDED, What.FAILED}


_ENDS = {"ExecutionSucceeded": What.SUCCEEDED, "ExecutionFailed": What.FAILED}
_ENDS |= {"ExecutionAborted": What.FAILED, "ExecutionTimedOut": What.FAILED}


class StepFunctionsHistory:
    """Reads the histories of one state machine's executions."""

    def __init__(self, client: SFNClient, state_machine_arn: str) -> None:
        self._client = client
        self._prefix = executions_of(state_machine_arn)

    def of(self, execution_name: str) -> tuple[Happening, ...]:
        """Everything so far, oldest first; empty while the execution has not begun."""
        try:
            with translated(f"execution {execution_name}"):
                pages = self._client.get_paginator("get_execution_history").paginate(
                    executionArn=f"{self._prefix}:{execution_name}", includeExecutionData=False
                )
                return tuple(_read(event for page in pages for event in page["events"]))
        except NotFound:
            return ()


def _read(events: Iterator[Mapping[str, Any]]) -> Iterator[Happening]:
    state, in_trouble = "", False
    known: dict[int, tuple[str, bool]] = {}  # by event: jobs that run at once take turns in one history
    for event in events:
        kind, at = event["type"], event["timestamp"]
        state, in_trouble = known.get(event.get("previousEventId", 0), (state, in_trouble))
        if kind.endswith("StateEntered"):
            state, in_trouble = event["stateEnteredEventDetails"]["name"], False
            yield Happening(at, What.ENTERED, state)
        elif kind.endswith("StateExited"):
            if not in_trouble:  # else a Catch led on, and its trouble was told
                yield Happening(at, What.LEFT, event["stateExitedEventDetails"]["name"])
        elif kind in _ENDS:
            yield Happening(at, _ENDS[kind], "", _detail(event, "error"), _detail(event, "cause"))
        elif kind.endswith("Succeeded"):
            in_trouble = False  # this try of the step was the good one
        elif kind.endswith(("Failed", "TimedOut")):
            in_trouble = True
            yield Happening(at, What.TROUBLE, state, _detail(event, "error"), _detail(event, "cause"))
        known[event.get("id", 0)] = (state, in_trouble)


def _detail(event: Mapping[str, Any], name_of: str) -> str:
    """A field of the event's details, whose own field is named after the event's type."""
    for name, details in event.items():
        if name.endswith("EventDetails") and isinstance(details, Mapping) and details.get(name_of):
            return str(details[name_of])
    return ""

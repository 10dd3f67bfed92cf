"""A function as a state of the state machine: a ticket in, a small answer out, errors in a form that a Catch reads."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

from aws_lambda_powertools import Logger

from millrace.domain.errors import InvalidInput, MillraceError, Rejected
from millrace.domain.job import Ticket
from millrace.edge import telemetry
from millrace.protocol import states

Step = Callable[[Ticket, Mapping[str, Any]], dict[str, object]]
Handler = Callable[[Mapping[str, Any], object], dict[str, object]]


def step(log: Logger, *, refuses: bool = False) -> Callable[[Step], Handler]:
    """Make a Lambda handler of a step, which gets the ticket and the state's whole input.

    An error of ours leaves as the same class with its Failure as JSON for a message: Lambda reports the class's name as
    the state's error, by which the machine retries, rejects or fails. A step that `refuses` answers what it rejects
    instead: Lambda writes what is raised into the log, and such a message may quote the data.
    """

    def wrap(function: Step) -> Handler:
        @wraps(function)
        def handler(event: Mapping[str, Any], context: object) -> dict[str, object]:
            try:
                ticket = states.ticket(event)
                with telemetry.about(log, context, **_whose(ticket, event)):
                    return _logged(function, ticket, event, log)
            except MillraceError as error:
                if refuses and isinstance(error, Rejected):
                    return states.refused(error)
                raise type(error)(states.failure_text(error)) from error

        return handler

    return wrap


@contextmanager
def aside(log: Logger, what: str) -> Iterator[None]:
    """What is done beside a step and must not fail it, whatever breaks: the log has the error's name and its places."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  # nothing done beside a step may fail it
        frames = traceback.extract_tb(error.__traceback__)
        at = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]
        log.error(f"{what} broke", extra={"error": type(error).__name__, "at": at})  # noqa: TRY400  # no message


def _whose(ticket: Ticket, event: Mapping[str, Any]) -> dict[str, object]:
    """What each line of a step says: the run's, and the version's once it has a number."""
    run = {"tenant": ticket.tenant, "model": ticket.dataset, "run_id": ticket.run_id, "attempt": ticket.attempt}
    return {**run, "version": event.get("version")}


def _logged(function: Step, ticket: Ticket, event: Mapping[str, Any], log: Logger) -> dict[str, object]:
    """Call the step and log how it ended: codes only, since a message may quote what somebody wrote."""
    try:
        answer = function(ticket, event)
    except InvalidInput as error:  # the owner's to mend, and told with the run
        log.warning("refused", extra={"code": error.code, "error": type(error).__name__})
        raise
    except MillraceError as error:
        log.error("broken", extra={"code": error.code, "error": type(error).__name__})  # noqa: TRY400  # no message
        raise
    version = {"version": answer["version"]} if "version" in answer else {}
    log.info("done", extra={"answer": {name: value for name, value in answer.items() if name != "Cause"}, **version})
    return answer

"""A function as a state: what it answers, how its errors leave, what is logged."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from millrace.domain import errors
from millrace.domain.errors import MillraceError, Rejected, Unavailable
from millrace.domain.job import Ticket
from millrace.domain.run import Failure, RunState
from millrace.edge.steps import Handler, step
from millrace.protocol import states
from tests import samples

EVENT = {"tenant": "acme", "dataset": "credit", "run_id": samples.RUN_ID, "attempt": 1, "accepted": True}
KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, MillraceError)]


class Context:
    aws_request_id = "request-1"


class Bench:
    """A step over a function, with its log at hand."""

    def __init__(self) -> None:
        self.out = io.StringIO()
        self.log = Logger(service=uuid.uuid4().hex, stream=self.out)

    def step(self, answer: dict[str, object] | Exception) -> Handler:
        @step(self.log)
        def handler(ticket: Ticket, event: Mapping[str, Any]) -> dict[str, object]:
            assert ticket == samples.TICKET
            assert event is EVENT
            if isinstance(answer, Exception):
                raise answer
            return answer

        return handler

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.getvalue().splitlines()]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_an_answer_passes_and_the_line_says_whose(bench: Bench) -> None:
    assert bench.step({"accepted": True})(EVENT, Context()) == {"accepted": True}
    (line,) = bench.lines()
    assert (line["tenant"], line["model"], line["run_id"], line["attempt"]) == ("acme", "credit", samples.RUN_ID, 1)
    assert "version" not in line
    assert (line["request_id"], line["level"]) == ("request-1", "INFO")


def test_the_version_is_said_once_it_has_a_number(bench: Bench) -> None:
    bench.step({"version": 3})(EVENT, Context())  # as `register` answers
    told: dict[str, Any] = {**EVENT, "version": 4}  # as `deploy` and `notify` are asked

    @step(bench.log)
    def deploy(_: Ticket, __: Mapping[str, Any]) -> dict[str, object]:
        return {"promoted": True}

    deploy(told, Context())
    assert [line["version"] for line in bench.lines()] == [3, 4]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_error_leaves_as_its_class_with_its_failure(kind: type[MillraceError], bench: Bench) -> None:
    """As Lambda tells it to the state machine: the class's name and the message."""
    error = kind("so it is", code="some_code", field="f", hint="do that")
    with pytest.raises(MillraceError) as caught:
        bench.step(error)(EVENT, Context())
    assert type(caught.value) is kind
    assert caught.value.__cause__ is error
    told = {"errorType": type(caught.value).__name__, "errorMessage": str(caught.value)}
    outcome = states.outcome({**EVENT, "error": {"Error": told["errorType"], "Cause": json.dumps(told)}})
    assert outcome.failure is not None
    assert (outcome.failure.code, outcome.failure.message) == ("some_code", "so it is")
    assert (outcome.failure.field, outcome.failure.hint) == ("f", "do that")


@pytest.mark.parametrize(("error", "level"), [(Rejected("x"), "WARNING"), (Unavailable("x"), "ERROR")])
def test_a_message_is_not_logged_since_it_may_quote_data(error: MillraceError, level: str, bench: Bench) -> None:
    error.message = "the value 'Jane Doe' is odd"
    with pytest.raises(MillraceError):
        bench.step(error)(EVENT, Context())
    (line,) = bench.lines()
    assert (line["level"], line["code"]) == (level, error.code)
    assert "Jane" not in bench.out.getvalue()


def test_what_is_not_ours_leaves_with_its_name_and_without_its_text(bench: Bench) -> None:
    """Lambda reports the name to the state machine, and writes the text into the log."""
    with pytest.raises(Exception, match=r"^$") as caught:
        bench.step(KeyError("Jane Doe"))(EVENT, Context())
    assert (type(caught.value).__name__, caught.value.__cause__) == ("KeyError", None)
    assert caught.value.__suppress_context__
    (line,) = bench.lines()
    assert (line["message"], line["run_id"], line["level"]) == ("unexpected KeyError", samples.RUN_ID, "ERROR")
    assert any("test_steps.py" in place for place in line["frames"])
    assert "Jane" not in bench.out.getvalue()


def test_a_step_that_refuses_answers_what_it_rejects(bench: Bench) -> None:
    """What is raised would stand in Lambda's own log, with its text."""

    refusal = Rejected("2 columns are named 'Jane Doe'", code="duplicate_column", field="Jane Doe", hint="do that")
    errors: list[MillraceError] = [Unavailable("away"), refusal]

    @step(bench.log, refuses=True)
    def admit(_: Ticket, __: Mapping[str, Any]) -> dict[str, object]:
        raise errors.pop()

    answer = admit(EVENT, Context())
    outcome = states.outcome({**EVENT, "error": answer})
    assert (answer["Error"], outcome.state) == ("Rejected", RunState.REJECTED)
    assert outcome.failure == Failure.of(refusal)
    (line,) = bench.lines()
    assert (line["message"], line["code"]) == ("refused", "duplicate_column")
    assert "Jane" not in bench.out.getvalue()
    with pytest.raises(Unavailable):  # the machine tries again
        admit(EVENT, Context())


def test_an_input_without_a_ticket_is_told_like_any_error(bench: Bench) -> None:
    with pytest.raises(MillraceError) as caught:
        bench.step({})({"tenant": "acme"}, Context())
    assert json.loads(str(caught.value))["field"] == "dataset"


def test_the_next_call_inherits_nothing(bench: Bench) -> None:
    bench.step({})(EVENT, Context())
    bench.log.info("between")
    assert "tenant" not in bench.lines()[-1]

"""Ends of runs, counted by CloudWatch as it reads the log."""

from __future__ import annotations

import io
import json
import time
import uuid
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from millrace.domain.job import Ticket
from millrace.domain.run import Failure, Outcome, RunState
from millrace.edge.run_metrics import CountedRuns, metric_name
from millrace.settings import Settings
from millrace.usecases.notify import announce
from millrace.usecases.refuse_upload import UPLOAD_REJECTED
from tests import samples

TICKET = Ticket("acme", "credit", samples.RUN_ID, 2)
FAILURE = Failure("worker_lost", "the value 'Jane Doe' is odd", "send Jane again", "name")
ENDS = [
    Outcome(RunState.SUCCEEDED, version=3, promoted=True),
    Outcome(RunState.REJECTED, FAILURE),
    Outcome(RunState.FAILED, FAILURE),
    Outcome(RunState.CANCELLED, FAILURE),
]


class Counted:
    def __init__(self) -> None:
        self.out = io.StringIO()
        self.runs = CountedRuns(Logger(service=uuid.uuid4().hex, stream=self.out), Settings(stage="dev").metrics)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.getvalue().splitlines()]


@pytest.fixture
def counted() -> Counted:
    return Counted()


@pytest.mark.parametrize("outcome", ENDS, ids=lambda outcome: outcome.state)
def test_an_end_is_one_line_that_counts_one(outcome: Outcome, counted: Counted) -> None:
    before = time.time() * 1000
    announce(TICKET, outcome, [counted.runs])
    (line,) = counted.lines()
    name = metric_name(outcome.state)
    assert line[name] == 1
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive == {
        "Namespace": "Millrace/dev",
        "Dimensions": [[]],
        "Metrics": [{"Name": name, "Unit": "Count"}],
    }
    assert before - 1 <= line["_aws"]["Timestamp"] <= time.time() * 1000


def test_the_line_says_which_run_and_why_but_no_text_that_may_quote_data(counted: Counted) -> None:
    announce(TICKET, Outcome(RunState.FAILED, FAILURE), [counted.runs])
    (line,) = counted.lines()
    assert (line["tenant"], line["model"], line["run_id"], line["attempt"]) == ("acme", "credit", samples.RUN_ID, 2)
    assert (line["level"], line["code"]) == ("ERROR", "worker_lost")
    assert "Jane" not in counted.out.getvalue()


def test_only_a_failure_is_an_error(counted: Counted) -> None:
    for outcome in ENDS:
        announce(TICKET, outcome, [counted.runs])
    assert [line["level"] for line in counted.lines()] == ["INFO", "INFO", "ERROR", "INFO"]
    assert counted.lines()[0]["version"] == 3


def test_an_upload_of_nobody_s_is_no_run(counted: Counted) -> None:
    counted.runs.publish(UPLOAD_REJECTED, {"key": "jane.csv", "size": 1, "failure": {"code": "unknown_tenant"}})
    assert counted.lines() == []

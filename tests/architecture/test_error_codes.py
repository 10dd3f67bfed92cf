"""Every code with which a run can end is in docs/errors.md, and nothing else is in its first table."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from millrace.domain import job_end
from millrace.domain.run import Failure
from millrace.protocol.states import FAILURES

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "layers/millrace/python/millrace"
REJECTED, FAILED = (ROOT / "docs/errors.md").read_text().split("## Failed")


def documented(text: str) -> set[str]:
    return {
        code for row in text.splitlines() if row.startswith("| `") for code in re.findall(r"`(\w+)`", row.split("|")[1])
    }


def raised(kind: str) -> Iterator[str]:
    """The codes given, as plain words, where the library makes an error of this kind."""
    for source in LIBRARY.rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == kind:
                for keyword in node.keywords:
                    if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                        yield str(keyword.value.value)


def test_every_rejection_is_documented_and_every_documented_one_happens() -> None:
    by_the_machine = {"unknown_backend"}  # stacks/constructs/workflow.py
    assert documented(REJECTED) == set(raised("Rejected")) | by_the_machine


def failures() -> Iterator[str]:
    """The codes that are written into a run's record without an error being raised."""
    for source in LIBRARY.rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Failure":
                yield from (str(each.value) for each in node.args[:1] if isinstance(each, ast.Constant))


def test_every_failure_of_a_job_or_a_state_is_documented() -> None:
    codes = set(raised("JobFailed")) | {failure.code for failure in FAILURES.values()} | set(failures())
    assert codes
    assert codes - documented(FAILED) == set()


def test_everything_that_can_be_wrong_with_a_service_is_documented() -> None:
    codes = {sign.failure.code for sign in job_end.SIGNS}
    codes |= {value.code for value in vars(job_end).values() if isinstance(value, Failure)}
    codes.add(job_end.diagnose(job_end.JobEnd("States.TaskFailed")).failure.code)
    assert codes - documented(FAILED) == set()

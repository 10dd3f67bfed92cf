"""Every code with which a run, truth or a retraining can end is in the tables of docs/errors.md, with who says it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from millrace.domain import codes, job_end
from millrace.domain.codes import CANCELLED, FAILED, REJECTED, Code
from millrace.domain.loop_codes import RETRAINING, TRUTH
from millrace.domain.retraining import Refusal
from millrace.domain.run import Failure
from millrace.protocol.states import FAILURES
from tests.imported import reached

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "layers/millrace/python/millrace"
ENTRANCES = {path.name: path / "handler.py" for path in (ROOT / "functions").iterdir() if path.is_dir()}
ENTRANCES["train"] = ROOT / "functions/train/entry.py"
NOBODYS = {"the state machine", "a person", "any step"}


def names(table: tuple[Code, ...]) -> set[str]:
    return {code.name for code in table}


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
    assert names(REJECTED) | names(TRUTH) == set(raised("Rejected")) | by_the_machine


def test_every_reason_not_to_retrain_is_documented() -> None:
    assert names(RETRAINING) == {each.value for each in Refusal} | {"not_stopped"}  # usecases/resume_retraining.py


def failures() -> Iterator[str]:
    """The codes that are written into a run's record without an error being raised."""
    for source in LIBRARY.rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Failure":
                yield from (str(each.value) for each in node.args[:1] if isinstance(each, ast.Constant))


def test_every_failure_of_a_job_or_a_state_is_documented() -> None:
    found = set(raised("JobFailed")) | {failure.code for failure in FAILURES.values()} | set(failures())
    assert found
    assert found - names(FAILED) - names(CANCELLED) == set()


def test_everything_that_can_be_wrong_with_a_service_is_documented() -> None:
    found = {sign.failure.code for sign in job_end.SIGNS}
    found |= {value.code for value in vars(job_end).values() if isinstance(value, Failure)}
    found.add(job_end.diagnose(job_end.JobEnd("States.TaskFailed")).failure.code)
    assert found - names(FAILED) == set()


@pytest.mark.parametrize("code", [*REJECTED, *TRUTH, *FAILED, *CANCELLED, *RETRAINING], ids=lambda code: code.name)
def test_who_is_said_to_give_a_code_reaches_where_it_is_made(code: Code) -> None:
    said = set(re.split(r", ", code.by))
    assert said <= ENTRANCES.keys() | NOBODYS
    makers = {source for source in LIBRARY.rglob("*.py") if f'"{code.name}"' in source.read_text()}
    for function in said - NOBODYS:
        assert makers & reached([ENTRANCES[function]]), f"{function} makes no {code.name}"


def test_a_table_of_codes_loses_no_entry() -> None:
    text = "a [x]\n    means\n    do\n\nb [y, z]\n    means b\n    do b\n"
    assert codes.table(text) == (Code("a", "x", "means", "do"), Code("b", "y, z", "means b", "do b"))
    with pytest.raises(ValueError, match="b"):
        codes.table("a [x]\n    means\n    do\n\nb [y]\n    means b\n")

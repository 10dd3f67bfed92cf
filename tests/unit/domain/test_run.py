"""Run ids, execution names and states."""

from __future__ import annotations

import pytest

from millrace.domain.errors import Rejected
from millrace.domain.run import Failure, RunState, execution_name, run_id
from millrace.domain.spec import Spec


def test_a_run_id_is_that_of_what_it_is_for() -> None:
    one = run_id("acme", "credit", "d" * 64, Spec().digest)
    assert one == run_id("acme", "credit", "d" * 64, Spec().digest)
    assert len(one) == 32
    assert set(one) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    "other",
    [
        ("acme2", "credit", "d", "s"),
        ("acme", "credit2", "d", "s"),
        ("acme", "credit", "e", "s"),
        ("acme", "credit", "d", "t"),
        ("acm", "ecredit", "d", "s"),
    ],
)
def test_another_of_the_four_is_another_run(other: tuple[str, str, str, str]) -> None:
    assert run_id(*other) != run_id("acme", "credit", "d", "s")


def test_an_execution_name_fits_step_functions() -> None:
    name = execution_name("f" * 32, 999_999)
    assert name == "f" * 32 + "-999999"
    assert len(name) <= 80


def test_only_what_waits_or_runs_goes_on() -> None:
    assert [state for state in RunState if not state.is_final] == [RunState.QUEUED, RunState.RUNNING]


def test_a_failure_s_texts_fit_the_state_machine() -> None:
    endless = Rejected("m" * 20_000, code="no_rows", field="f" * 20_000, hint="h" * 20_000)
    failure = Failure.of(endless)
    assert [len(text or "") for text in (failure.message, failure.hint, failure.field)] == [1000] * 3


def test_a_failure_keeps_what_an_error_says() -> None:
    error = Rejected("no rows", code="no_rows", field="file", hint="add some")
    assert Failure.of(error) == Failure("no_rows", "no rows", "add some", "file")

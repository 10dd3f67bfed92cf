"""Verdicts: every rule must hold, and the summary says why one did not."""

from __future__ import annotations

from millrace.domain.verdict import RuleResult, Verdict

GOOD = RuleResult("a", holds=True, figures={}, says="a is fine")
BAD = RuleResult("b", holds=False, figures={"x": 1.0}, says="b is not")


def test_one_rule_that_fails_refuses() -> None:
    assert Verdict((GOOD,), None).accepted
    assert not Verdict((GOOD, BAD), None).accepted


def test_the_summary_is_of_what_failed_else_of_all() -> None:
    assert Verdict((GOOD, BAD), 1).summary == "b is not"
    assert Verdict((GOOD, GOOD), 1).summary == "a is fine; a is fine"


def test_a_rule_is_found_by_name() -> None:
    verdict = Verdict((GOOD, BAD), None)
    assert verdict.rule("b") is BAD
    assert verdict.rule("c") is None

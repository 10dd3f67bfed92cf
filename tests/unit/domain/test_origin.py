from __future__ import annotations

import pytest

from millrace.domain.origin import UNKNOWN, Origin, in_order


@pytest.mark.parametrize(
    ("first", "later"), [("0055AED6DCD90281E5", "0055AED6DCD90281E6"), ("FF", "100"), ("0ff", "0100"), ("9", "a")]
)
def test_sequencers_are_compared_as_numbers(first: str, later: str) -> None:
    assert in_order(first) < in_order(later)


def test_no_sequencer_is_before_any() -> None:
    assert in_order("") == ""
    assert in_order("") < in_order("0")


def origin(data: str, spec: str = "", *, content: str = "c", by_default: bool = False) -> Origin:
    return Origin(content, in_order(data), in_order(spec), by_default)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (origin("1"), origin("2")),
        (origin("FF"), origin("100")),
        (origin("1", by_default=True), origin("1", "2")),
        (origin("1", "2"), origin("1", "3")),
        (origin("1", "9"), origin("2")),
    ],
)
def test_later_data_is_newer_and_of_the_same_data_the_later_spec(older: Origin, newer: Origin) -> None:
    assert older.is_older_than(newer)
    assert not newer.is_older_than(older)


def test_what_is_not_known_is_older_than_nothing() -> None:
    for one in (UNKNOWN, origin("1")):
        assert not one.is_older_than(UNKNOWN)
        assert not UNKNOWN.is_older_than(one)
        assert not one.supersedes(UNKNOWN)


def test_only_a_default_of_the_same_data_is_superseded() -> None:
    asked = origin("1", "2")
    assert asked.supersedes(origin("1", by_default=True))
    assert not asked.supersedes(origin("1"))
    assert not asked.supersedes(origin("1", content="other", by_default=True))
    assert not origin("3", by_default=True).supersedes(origin("1", by_default=True))

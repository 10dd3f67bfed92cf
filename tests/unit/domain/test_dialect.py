"""By what a text is separated."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millrace.domain.dialect import COMMON, UNCOMMON, sniff


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n", ";"),
        ("name\tnote\nx\ta, b\n", "\t"),
        ("a|b|c\n1|2|3\n", "|"),
        ('a,b\n"1;2","3;4"\n', ","),
        ("a;b\n1;2;3\n4;5\n6;7\n", ";"),  # ragged, and still clear
        ("a,b\n1;2,3\n4;5,6\n", ","),
        ("a:b\n1:2\n3:4\n", ":"),
        ("a^b\n1^2\n3^4\n", "^"),
        ("time,value\n12:30,1\n12:31,2\n", ","),
        ("time\n12:30\n12:31\n", ","),
        ("a b\n1 2\n", ","),  # names may hold blanks: not safe
        ("a;b,c;d\n1;2,3;4\n", ";"),  # of two that fit, the wider
        ("", ","),
        ("a;b\n1;2\n3", ";"),
    ],
)
def test_the_delimiter_is_found(text: str, delimiter: str) -> None:
    found = sniff(text, whole=False)
    assert found.delimiter == delimiter
    assert found.called == {**COMMON, **UNCOMMON}[delimiter]
    assert found.why


@given(
    delimiter=st.sampled_from(sorted(COMMON)),
    rows=st.lists(st.lists(st.text('ab1. "', max_size=4), min_size=3, max_size=3), min_size=2, max_size=6),
)
def test_what_a_writer_separates_is_found(delimiter: str, rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([["x", "y", "z"], *rows])
    assert sniff(text.getvalue(), whole=True).delimiter == delimiter

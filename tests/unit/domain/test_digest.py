"""Digests: known values, and one spelling per value."""

from __future__ import annotations

import hashlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millrace.domain import digest


def test_known_digest() -> None:
    assert digest.of_bytes(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert len(digest.of_bytes(b"x")) == 64


@given(chunks=st.lists(st.binary()))
def test_chunks_are_their_concatenation(chunks: list[bytes]) -> None:
    assert digest.of_chunks(chunks) == hashlib.sha256(b"".join(chunks)).hexdigest()


def test_canonical_spelling() -> None:
    assert digest.canonical({"b": [1, None], "a": "ä"}) == '{"a":"ä","b":[1,null]}'.encode()
    assert digest.of_value({"a": 1, "b": 2}) == digest.of_value({"b": 2, "a": 1})


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_json_has_no_word_for_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        digest.canonical([value])

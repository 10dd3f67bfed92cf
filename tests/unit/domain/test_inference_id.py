from __future__ import annotations

import os
import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millrace.domain import inference_id

LAST = 253_402_300_799_999  # the last millisecond of the year 9999


@given(st.integers(0, LAST), st.binary(min_size=10, max_size=10))
def test_an_id_is_a_uuid_of_version_7_that_says_its_time(milliseconds: int, random: bytes) -> None:
    made = inference_id.make(milliseconds, random)
    assert (uuid.UUID(made).version, uuid.UUID(made).variant) == (7, uuid.RFC_4122)
    assert str(uuid.UUID(made)) == made
    time = datetime.fromisoformat(inference_id.time_of(made))
    assert time.timestamp() * 1000 == pytest.approx(milliseconds)
    assert inference_id.time_of(made).startswith(inference_id.hour_of(made))
    assert inference_id.HOUR.fullmatch(inference_id.hour_of(made))


@given(st.lists(st.integers(0, LAST), unique=True))
def test_ids_are_in_the_order_of_their_time(moments: list[int]) -> None:
    made = {moment: inference_id.make(moment, os.urandom(10)) for moment in moments}
    assert sorted(made.values()) == [made[moment] for moment in sorted(moments)]


def test_ids_of_one_moment_differ() -> None:
    assert len({inference_id.make(1, os.urandom(inference_id.RANDOM_BYTES)) for _ in range(1000)}) == 1000


def test_a_row_of_several_has_a_number_and_an_only_one_none() -> None:
    moment = int(datetime(2026, 11, 24, 20, 59, 59, 999_000, UTC).timestamp() * 1000)
    call = inference_id.make(moment, bytes(10))
    assert inference_id.of_row(call, 0, 1) == call
    assert inference_id.of_row(call, 9_999, 10_000) == f"{call}.9999"
    for each in (call, f"{call}.0", f"{call}.9999"):
        assert inference_id.is_id(each)
        assert inference_id.hour_of(each) == "2026-11-24T20"
        assert inference_id.time_of(each) == "2026-11-24T20:59:59.999Z"


@pytest.mark.parametrize("ending", ["", ".", ".01", ".x", ".1.2", "\n", ".12345678"])
def test_what_is_no_id_is_refused(ending: str) -> None:
    text = inference_id.make(0, bytes(10)) + ending if ending else str(uuid.UUID(int=0))
    assert not inference_id.is_id(text)
    for asked in (inference_id.hour_of, inference_id.time_of):
        with pytest.raises(ValueError, match="no inference id"):
            asked(text)

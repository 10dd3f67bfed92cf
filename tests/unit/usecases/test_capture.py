from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from millrace.domain import inference_id
from millrace.domain.capture import Recorded
from millrace.domain.errors import Denied, Unavailable
from millrace.domain.model import ModelAddress
from millrace.domain.spec import Spec
from millrace.inference.columns import from_rows
from millrace.usecases.capture import capture
from millrace.usecases.predict import Answer, predict
from tests import tiny
from tests.fakes.captures import FakeCaptures
from tests.shelf import CREATED, Shelf

CALL = inference_id.make(1_795_550_400_000, bytes(10))
WRITTEN: list[dict[str, object]] = [tiny.ROW, {"age": "41"}]
SAID: list[dict[str, object]] = [{"value": 1.0}, {"value": None}]


def answer(spec: Spec, call: str = CALL) -> Answer:
    shelf = Shelf()
    shelf.register(tiny.REGRESSES, spec=spec)
    shelf.point(1)
    return predict(shelf.open_models(), ModelAddress("acme", "credit"), partial(from_rows, rows=WRITTEN), call)


def test_a_call_is_recorded_as_it_was_written_and_answered() -> None:
    captures = FakeCaptures()
    capture(answer(Spec()), WRITTEN.__getitem__, lambda: SAID, captures)
    (message,) = captures.messages
    recorded = Recorded.parse(message)
    assert (recorded.partition.tenant, recorded.partition.model, recorded.version) == ("acme", "credit", 1)
    assert (recorded.partition.hour, recorded.version_created) == ("2026-11-24T20", CREATED)
    lines = [b'"inputs":{"age":"41"}' in line for line in recorded.lines]
    assert lines == [False, True]
    assert b'"outputs":{"value":null}' in recorded.lines[1]


def test_the_spec_chooses_fields_and_a_row_may_lack_them() -> None:
    captures = FakeCaptures()
    capture(answer(Spec(capture_fields=("city", "since"))), WRITTEN.__getitem__, lambda: SAID, captures)
    first, second = Recorded.parse(captures.messages[0]).lines
    assert b'"inputs":{"city":"Paris","since":"1970-01-02"}' in first
    assert b'"inputs":{}' in second


def test_what_the_rate_leaves_out_costs_nothing() -> None:
    def never() -> list[dict[str, object]]:
        raise AssertionError("its outputs were made")

    captures = FakeCaptures()
    capture(answer(Spec(capture_rate=0.0)), WRITTEN.__getitem__, never, captures)
    assert captures.messages == []


def test_the_rate_holds_over_many_calls() -> None:
    captures, one = FakeCaptures(), answer(Spec(capture_rate=0.25))
    for number in range(400):
        call = replace(one, id=inference_id.make(number, number.to_bytes(10, "big")))
        capture(call, WRITTEN.__getitem__, lambda: SAID, captures)
    assert 60 < len(captures.messages) < 140


def test_what_cannot_be_kept_is_told_as_such_whatever_broke() -> None:
    captures = FakeCaptures()
    for broken in (Unavailable("no"), Denied("no")):
        captures.broken = broken
        with pytest.raises(Unavailable) as caught:
            capture(answer(Spec()), WRITTEN.__getitem__, lambda: SAID, captures)
        assert (caught.value.code, caught.value.__cause__) == ("capture_failed", broken)

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millrace.domain.capture import CaptureLine, Partition
from millrace.domain.errors import Corrupt
from millrace.domain.schema import MISSING_TOKEN, Column, Kind, Schema
from millrace.domain.sketch import Scored
from millrace.domain.spec import Spec, Task
from millrace.domain.truth import Labelled
from millrace.usecases.join_truth import Joined, join
from tests.fakes.capture_store import FakeCaptureStore
from tests.unit.usecases.labelling import GOOD, HOUR, MODEL, TENANT, Desk, call

AGE: dict[str, object] = {"age": 30, "city": "Paris"}


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.version()
    return made


def joined(desk: Desk, *hours: str) -> Joined:
    return join(TENANT, MODEL, hours or None, desk.join_ports)


def test_a_capture_and_its_truth_are_a_row(desk: Desk) -> None:
    desk.answer(call(1), AGE)
    desk.turned_out((call(1), "bad"))
    assert joined(desk) == Joined((HOUR,), rows=1)
    assert desk.lines() == [b'{"age":30,"city":"Paris","class":"bad"}']
    labelled = desk.labelled()
    assert labelled.part is not None
    assert (labelled.rows, labelled.unmatched, labelled.arrived) == (1, 0, "0A")


def test_rows_of_a_call_have_ids_of_their_own(desk: Desk) -> None:
    desk.answer(call(1), AGE, {"age": 31, "city": None})
    desk.turned_out((f"{call(1)}.1", "good"))
    joined(desk)
    assert desk.lines() == [b'{"age":31,"city":null,"class":"good"}']


def test_a_field_that_the_call_lacked_is_missing(desk: Desk) -> None:
    desk.answer(call(1), {"age": 30})
    desk.turned_out((call(1), "good"))
    joined(desk)
    assert desk.lines() == [b'{"age":30,"city":null,"class":"good"}']


def test_truth_that_comes_before_its_capture_waits(desk: Desk) -> None:
    desk.turned_out((call(1), "good"))
    assert joined(desk) == Joined((HOUR,), unmatched=1)
    assert joined(desk) == Joined()
    desk.answer(call(1), AGE)
    assert joined(desk) == Joined((HOUR,), rows=1)


def test_captures_without_truth_are_not_read(desk: Desk) -> None:
    desk.answer(call(1), AGE)
    assert joined(desk) == Joined()
    assert desk.captures.reads == []


def test_an_hour_is_read_once_until_something_new_comes(desk: Desk) -> None:
    for number in range(3):
        desk.answer(call(number), AGE)
    desk.turned_out((call(1), "good"))
    joined(desk)
    joined(desk)
    assert len(desk.captures.reads) == 3
    desk.turned_out((call(2), "good"), arrived="0B")
    joined(desk)
    assert len(desk.captures.reads) == 6
    assert desk.labelled().rows == 2


def test_an_hour_in_which_no_truth_waits_is_not_looked_at(desk: Desk) -> None:
    class Counted(FakeCaptureStore):
        looks = 0

        def objects(self, partition: Partition) -> Sequence[str]:
            self.looks += 1
            return super().objects(partition)

    desk.captures = captures = Counted()
    desk.answer(call(1), AGE)
    desk.turned_out((call(1), "good"))
    joined(desk)
    desk.answer(call(2), AGE)
    assert joined(desk) == Joined()
    assert captures.looks == 1
    desk.turned_out((call(2), "bad"), arrived="0B")
    assert joined(desk).rows == 2


def test_truth_that_comes_again_is_read_once_and_no_capture_again(desk: Desk) -> None:
    """As when every night's file holds the truth of all days."""
    for number in range(3):
        desk.answer(call(number), AGE)
    truths: list[tuple[str, str | bool]] = [(call(0), "good"), (call(1), "bad"), (call(2), "odd"), (call(9), True)]
    desk.turned_out(*truths)
    joined(desk)
    before, reads = desk.labelled(), len(desk.captures.reads)
    assert (before.rows, before.unmatched, before.unreadable) == (2, 1, 1)
    for night in ("0B", "0C"):
        desk.turned_out(*truths, arrived=night)
        assert joined(desk) == Joined((HOUR,), rows=2, unmatched=1, unreadable=1)
    assert len(desk.captures.reads) == reads
    assert all(desk.truth.reads.count(key) == 1 for key in desk.truth.objects(Partition(TENANT, MODEL, HOUR)))
    after = desk.labelled()
    assert after.arrived == "0C"
    assert after == replace(before, truth=after.truth, believed=after.believed, arrived="0C")
    desk.turned_out((call(2), "good"), arrived="0D")
    assert joined(desk) == Joined((HOUR,), rows=3, unmatched=1)


def test_what_no_row_has_doesn_t_make_the_rows_newer(desk: Desk) -> None:
    desk.answer(call(0), AGE)
    truths = [(call(0), "good"), (call(9), "bad")]
    desk.turned_out(*truths)
    joined(desk)
    desk.turned_out(truths[1], arrived="0B")
    joined(desk)
    assert desk.labelled().arrived == "0A"


@pytest.mark.parametrize(("first", "then"), [(1, True), (False, 0), (1, 1.0), ("1", 1)])
def test_a_value_of_another_type_is_another(desk: Desk, first: Any, then: Any) -> None:
    desk.answer(call(0), AGE)
    desk.turned_out((call(0), first))
    joined(desk)
    desk.turned_out((call(0), then), arrived="0B")
    joined(desk)
    assert len(desk.captures.reads) == 2


@pytest.mark.parametrize("damaged", [False, True])
def test_what_was_believed_is_made_again_where_it_is_gone(desk: Desk, damaged: bool) -> None:
    desk.answer(call(0), AGE)
    desk.turned_out((call(0), "good"))
    joined(desk)
    if damaged:
        desk.truth.truth[desk.labelled().believed] = None
    else:
        del desk.truth.truth[desk.labelled().believed]
    desk.turned_out((call(1), "bad"), arrived="0B")
    desk.answer(call(1), AGE)
    assert joined(desk).rows == 2
    assert [truth.inference_id for truth in desk.truth.read(desk.labelled().believed)] == [call(0), call(1)]


def test_only_the_hours_that_are_asked_for_are_joined(desk: Desk) -> None:
    for hour in range(3):
        desk.answer(call(1, hour), AGE)
        desk.turned_out((call(1, hour), "good"))
    assert joined(desk, "2026-11-24T21", "2026-11-24T21").hours == ("2026-11-24T21",)
    assert joined(desk).hours == (HOUR, "2026-11-24T22")
    assert joined(desk, "2026-11-25T21") == Joined()


def test_of_several_truths_the_one_that_arrived_last_counts(desk: Desk) -> None:
    desk.answer(call(1), AGE)
    desk.turned_out((call(1), "bad"), arrived="0B")
    desk.turned_out((call(1), "good"), arrived="0A")  # which was late
    joined(desk)
    assert json.loads(desk.lines()[0])["class"] == "bad"
    desk.turned_out((call(1), "good"), (call(1), "bad"), (call(1), "good"), arrived="0C")
    joined(desk)
    assert json.loads(desk.lines()[0])["class"] == "good"
    assert desk.labelled().scored["1"].log_loss == pytest.approx(0.22314355)
    assert desk.labelled().scored["1"].correct == desk.labelled().scored["1"].rows == 1


def test_truth_that_is_no_class_is_counted_and_not_joined(desk: Desk) -> None:
    for number in range(3):
        desk.answer(call(number), AGE)
    desk.turned_out((call(0), "goood"), (call(1), 1), (call(2), "good"), (call(3), "none"))
    assert joined(desk) == Joined((HOUR,), rows=1, unmatched=1, unreadable=2)
    assert desk.labelled().scored["1"].rows == 1


def test_what_became_of_a_version_that_is_gone_is_left_out(desk: Desk) -> None:
    desk.answer(call(1), AGE, version=7)
    desk.turned_out((call(1), "good"))
    assert joined(desk) == Joined((HOUR,), left_out=1)
    assert desk.labelled().scored == {}


def test_without_a_feature_in_the_captures_rows_are_scored_and_not_learned_from(desk: Desk) -> None:
    part = desk.version(Spec(capture_fields=("age",)))
    whole = desk.version(Spec(capture_fields=("city", "age")))
    desk.answer(call(1), {"age": 30}, version=part)
    desk.answer(call(2), AGE, version=whole)
    desk.turned_out((call(1), "good"), (call(2), "bad"))
    assert joined(desk) == Joined((HOUR,), rows=1, left_out=1)
    assert {version: scored.correct for version, scored in desk.labelled().scored.items()} == {"2": 1, "3": 0}


def test_errors_are_summed_by_version(desk: Desk) -> None:
    schema = Schema((Column("age", Kind.NUMBER),), "price", Task.REGRESSION)
    number = desk.version(schema=schema)
    desk.answer(call(1), AGE)
    desk.answer(call(2), AGE)
    for place, value in enumerate((1.5, 4.0, None), start=3):
        desk.answer(call(place), {"age": 1}, version=number, value=value)
    truths: list[tuple[str, Any]] = [(call(1), "good"), (call(2), "bad"), (call(3), 1), (call(4), "7"), (call(5), 1)]
    desk.turned_out(*truths)
    assert joined(desk) == Joined((HOUR,), rows=3, left_out=2)  # the two have other columns
    scored = desk.labelled().scored
    assert (scored["1"].rows, scored["1"].correct) == (2, 1)
    assert scored["1"].log_loss == pytest.approx(0.22314355 + 1.60943791)
    assert scored["2"] == Scored(2, 0, 0.0, 9.25, 3.5)
    assert desk.lines() == [b'{"age":1,"price":1.0}', b'{"age":1,"price":7.0}', b'{"age":1,"price":1.0}']


def test_what_the_spec_names_is_there_again(desk: Desk) -> None:
    number = desk.version(Spec(exclude=("id",), features=("zip", "age", "city")))
    desk.answer(call(1), AGE, version=number)
    desk.turned_out((call(1), "good"))
    joined(desk)
    assert desk.lines() == [b'{"age":30,"city":"Paris","id":null,"zip":null,"class":"good"}']


def test_the_same_call_captured_twice_is_one_row(desk: Desk) -> None:
    desk.answer(call(1), AGE)
    partition = Partition(TENANT, MODEL, HOUR)
    (key,) = desk.captures.objects(partition)
    lines = desk.captures.held[key]
    desk.answer(call(2), AGE)
    desk.captures.held[f"{partition.captures}0-both.jsonl.gz"] = [*lines, *lines]
    desk.turned_out((call(1), "good"))
    assert joined(desk).rows == 1


def test_a_damaged_capture_object_counts_for_nothing_and_the_others_count(desk: Desk) -> None:
    for number in (1, 2):
        desk.answer(call(number), AGE)
    desk.turned_out((call(1), "good"), (call(2), "good"))
    (first, _) = desk.captures.objects(Partition(TENANT, MODEL, HOUR))
    desk.captures.held[first].append(b"{")
    assert joined(desk) == Joined((HOUR,), rows=1, unmatched=1, damaged=1)
    assert desk.labelled().damaged == (first,)
    assert joined(desk) == Joined()


def test_a_version_s_damaged_manifest_is_told_and_no_capture_s_fault(desk: Desk) -> None:
    desk.answer(call(1), AGE)
    desk.turned_out((call(1), "good"))
    for name in desk.blobs.held:
        desk.blobs.held[name] = b"damaged"
    with pytest.raises(Corrupt):
        joined(desk)
    assert desk.truth.index(Partition(TENANT, MODEL, HOUR)) is None


def test_an_hour_whose_captures_expire_stays_as_it_was(desk: Desk) -> None:
    for number in (1, 2):
        desk.answer(call(number), AGE)
    desk.turned_out((call(1), "good"), (call(2), "good"))
    joined(desk)
    before = desk.labelled()
    desk.captures.held.pop(before.captures[0])
    desk.turned_out((call(1), "bad"), arrived="0B")
    assert joined(desk) == Joined()
    assert desk.labelled() == before


def test_captures_without_truth_take_no_memory(desk: Desk) -> None:
    class Long(FakeCaptureStore):
        """One object of ten megabytes, a line at a time."""

        def objects(self, partition: Partition) -> Sequence[str]:
            return ["long"]

        def read(self, key: str) -> Iterator[CaptureLine]:
            for number in range(5_000):
                yield CaptureLine(call(number), "", 1, {"age": 1, "city": f"{number:2000}"}, GOOD)

    desk.captures = Long()
    desk.turned_out(*((call(number), "good") for number in range(0, 5_000, 500)))
    tracemalloc.start()
    try:
        assert joined(desk).rows == 10
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("kind", "sent", "data"),
    [
        (Kind.DATE, 86_400, "1970-01-02T00:00:00+00:00"),
        (Kind.DATE, 0.5, "1970-01-01T00:00:00.500000+00:00"),
        (Kind.DATE, "2 Jan 1970", "2 Jan 1970"),
        (Kind.BOOLEAN, 1, True),
        (Kind.BOOLEAN, 0.0, False),
        (Kind.BOOLEAN, "1", True),
        (Kind.BOOLEAN, "no", False),
        (Kind.BOOLEAN, "", None),
        (Kind.CATEGORY, 7, "7"),
        (Kind.CATEGORY, 7.0, "7"),
        (Kind.CATEGORY, True, "true"),
        (Kind.CATEGORY, "07", "07"),
        (Kind.TEXT, 7, "7"),
        (Kind.TEXT, "It's late.", "It's late."),
        (Kind.NUMBER, 1.5, 1.5),
        (Kind.NUMBER, "1,234.50 €", "1,234.50 €"),
        *((kind, None, None) for kind in Kind),
    ],
)
def test_values_stay_of_their_kind(desk: Desk, kind: Kind, sent: object, data: object) -> None:
    column = Column("x", kind, MISSING_TOKEN if kind.is_text else None)
    number = desk.version(schema=Schema((column,), "y", Task.REGRESSION))
    desk.answer(call(1), {"x": sent}, version=number, value=1.0)
    desk.turned_out((call(1), 2))
    joined(desk)
    (found,) = [json.loads(line) for line in desk.lines()]
    assert found == {"x": data, "y": 2.0}
    assert type(found["x"]) is type(data)


def test_a_date_beyond_the_calendar_can_t_be_learned_from(desk: Desk) -> None:
    number = desk.version(schema=Schema((Column("x", Kind.DATE),), "y", Task.REGRESSION))
    desk.answer(call(1), {"x": 1e15}, version=number, value=1.0)
    desk.turned_out((call(1), 2))
    assert joined(desk) == Joined((HOUR,), left_out=1)
    assert desk.labelled().scored == {"2": Scored(1, 0, 0.0, 1.0, 1.0)}


Sent = tuple[int, str]


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[list[Sent]], list[int], list[int]]:
    """Files of truth about calls, in the order of S3, each with some repeats; and two orders in which things come."""
    rows = st.tuples(st.integers(0, 6), st.sampled_from(["good", "bad", "odd"]))
    files = draw(st.lists(st.lists(rows, min_size=1, max_size=5), min_size=1, max_size=4))
    steps = range(len(files) + 5)
    one, other = draw(st.permutations(steps)), draw(st.permutations(steps))
    return files, one, other


def come(files: list[list[Sent]], order: list[int], repeats: int) -> tuple[Labelled, list[bytes]]:
    """Files and captures come in this order, some files again, and are joined after each of them.

    Which captures were looked at depends on the order: none that no truth waits for.
    """
    desk = Desk()
    desk.version()
    for step in [*order, *order[:repeats]]:
        if step < len(files):
            truths = [(call(number, 0), value) for number, value in files[step]]
            desk.turned_out(*truths, arrived=f"{step:04d}")
        else:
            number = step - len(files)
            desk.answer(call(number), {"age": number, "city": "Paris"})
        joined(desk)
    return replace(desk.labelled(), captures=()), desk.lines()


@settings(deadline=None)
@given(arrivals(), st.integers(0, 9))
def test_any_order_of_arrival_comes_to_the_same(arrived: tuple[list[list[Sent]], list[int], list[int]], n: int) -> None:
    files, one, other = arrived
    assert come(files, one, 0) == come(files, other, n)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["good", "bad"])), min_size=1), st.data())
def test_any_split_into_files_comes_to_the_same(rows: list[Sent], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=3)))
    files = [rows[a:b] for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True) if a < b]
    whole, parts = (come(each, list(range(len(each) + 5)), 0) for each in ([rows], files))
    assert whole[1] == parts[1]
    assert (whole[0].scored, whole[0].unmatched) == (parts[0].scored, parts[0].unmatched)

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from millrace.domain import inference_id
from millrace.domain.capture import Capture, CapturedRow, CaptureLine, Partition, Recorded, Rows, is_sampled

CALL = inference_id.make(1_795_550_400_000, bytes(10))
ROW = CapturedRow({"größe": 1, "ort": "a\nb\u2028"}, {"value": 0.5})


def capture(*rows: CapturedRow, call: str = CALL) -> Capture:
    return Capture(call, "acme", "credit", 3, inference_id.time_of(call), rows, "2026-11-01T00:00:00.000Z")


def message(of: Capture) -> str:
    return b"\n".join((of.heading, *of.lines())).decode()


def test_a_line_is_one_row_with_its_own_id() -> None:
    lines = [json.loads(line) for line in capture(ROW, ROW).lines()]
    assert [line.pop("inference_id") for line in lines] == [f"{CALL}.0", f"{CALL}.1"]
    assert lines[0] == lines[1]
    assert lines[0] == {
        "time": "2026-11-24T20:00:00.000Z",
        "version": 3,
        "inputs": {"größe": 1, "ort": "a\nb\u2028"},
        "outputs": {"value": 0.5},
    }
    assert b"\n" not in capture(ROW).line(0)


def test_a_line_is_read_as_it_was_written() -> None:
    (line,) = capture(ROW).lines()
    assert CaptureLine.parse(line) == CaptureLine(CALL, "2026-11-24T20:00:00.000Z", 3, ROW.inputs, ROW.outputs)


def test_numbers_that_json_has_not_are_written_as_they_were_meant() -> None:
    inputs = {"a": math.nan, "b": math.inf, "c": -math.inf, "d": 1.5, "e": None}
    line = CaptureLine.parse(capture(CapturedRow(inputs, {})).line(0))
    assert line.inputs == {"a": None, "b": "inf", "c": "-inf", "d": 1.5, "e": None}


def test_rows_are_made_when_they_are_asked_for() -> None:
    made: list[int] = []

    def make(number: int) -> CapturedRow:
        made.append(number)
        return CapturedRow({"number": number}, {})

    rows = Rows(3, make)
    assert (len(rows), made) == (3, [])
    assert [row.inputs["number"] for row in rows] == made == [0, 1, 2]
    assert [row.inputs["number"] for row in rows[1:]] == [1, 2]
    assert rows[-1].inputs == {"number": 2}
    with pytest.raises(IndexError):
        rows[3]


def test_a_message_says_whose_it_is_and_carries_the_lines_as_they_are() -> None:
    made = capture(ROW, ROW)
    assert Recorded.parse(message(made)) == Recorded(
        Partition("acme", "credit", "2026-11-24T20"), CALL, 3, "2026-11-01T00:00:00.000Z", tuple(made.lines())
    )


def headed(**otherwise: object) -> str:
    """A message whose heading says something else; without a field where that is None."""
    heading, line = message(capture(ROW)).split("\n")
    told: dict[str, Any] = json.loads(heading) | otherwise
    return json.dumps({name: value for name, value in told.items() if value is not None}) + "\n" + line


OTHER = message(capture(ROW, call=inference_id.make(1, bytes(10)))).partition("\n")[2]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "Expecting value"),
        ("\ud800", "utf-8"),
        ("[]", "no object"),
        ("[" * 100_000, "nested too deeply"),
        (headed(schema_version=2), "no heading of version 1"),
        (headed(tenant=None), "whose it is"),
        (headed(version_created=7), "whose it is"),
        (headed(tenant="../other"), "no name that can be"),
        (headed(model="a/b"), "no name that can be"),
        (message(capture(ROW)).partition("\n")[0], "no row"),
        (message(capture(ROW)) + "\n", "Expecting value"),
        (message(capture(ROW)) + "\n" + OTHER, "not of one call"),
    ],
)
def test_what_is_no_capture_is_told_why(body: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Recorded.parse(body)


@pytest.mark.parametrize(("rate", "least", "most"), [(0.0, 0, 0), (0.1, 60, 140), (0.5, 430, 570), (1.0, 1000, 1000)])
def test_calls_are_sampled_at_the_rate_and_the_same_ones_each_time(rate: float, least: int, most: int) -> None:
    calls = [inference_id.make(number, number.to_bytes(10, "big")) for number in range(1000)]
    chosen = {call for call in calls if is_sampled(call, rate)}
    assert least <= len(chosen) <= most
    assert chosen == {call for call in calls if is_sampled(call, rate)}
    assert chosen <= {call for call in calls if is_sampled(call, min(1.0, rate * 2))}

"""What `predict` records of a call, and that no answer leaves that was not recorded."""

from __future__ import annotations

import io
import json
import math
import tracemalloc
from typing import Any

import pytest

from millrace.domain import inference_id
from millrace.domain.capture import CaptureLine, Recorded
from millrace.domain.errors import Denied, Unavailable
from millrace.domain.spec import Spec
from millrace.edge import limits
from tests import tiny
from tests.events import proxy
from tests.functions.predict import Predict, deployed
from tests.functions.test_predict import tensors
from tests.shelf import Shelf


@pytest.fixture
def predict(monkeypatch: pytest.MonkeyPatch) -> Predict:
    return deployed(monkeypatch)


def ask(predict: Predict, path: str, body: object) -> tuple[int, Any]:
    answer = predict.handler(proxy("POST", path, body), None)
    return answer["statusCode"], json.loads(answer["body"])


def recorded(predict: Predict) -> list[CaptureLine]:
    """The rows of the only capture."""
    (message,) = predict.captures.messages
    assert Recorded.parse(message).partition.tenant == "acme"
    return [CaptureLine.parse(line) for line in Recorded.parse(message).lines]


def test_records_are_recorded_as_they_were_written_and_answered(predict: Predict) -> None:
    written = [{"age": "41", "city": None}, tiny.ROW]
    _, said = ask(predict, "/models/credit/predict", {"rows": written})
    lines = recorded(predict)
    assert [line.inputs for line in lines] == written
    assert [line.outputs for line in lines] == said["predictions"]
    assert [line.inference_id for line in lines] == [f"{said['id']}.0", f"{said['id']}.1"]
    assert {line.version for line in lines} == {1}
    assert {line.time for line in lines} == {inference_id.time_of(said["id"])}


def test_one_row_has_the_calls_own_id(predict: Predict) -> None:
    _, said = ask(predict, "/models/credit/predict", {"rows": [tiny.ROW]})
    assert [line.inference_id for line in recorded(predict)] == [said["id"]]


def test_tensors_are_recorded_as_rows_with_every_output(predict: Predict) -> None:
    body = tensors(2) | {"id": "mine", "outputs": [{"name": "label"}]}
    _, said = ask(predict, "/v2/models/credit/infer", body)
    lines = recorded(predict)
    ours = said["parameters"]["inference_id"]
    assert (said["id"], [line.inference_id for line in lines]) == ("mine", [f"{ours}.0", f"{ours}.1"])
    assert [line.inputs for line in lines] == [tiny.ROW] * 2
    by_rows = ask(predict, "/models/credit/predict", {"rows": [tiny.ROW]})[1]
    assert [line.outputs for line in lines] == by_rows["predictions"] * 2


def test_a_number_that_is_missing_in_the_callers_way_is_null(predict: Predict) -> None:
    ask(predict, "/models/credit/predict", {"rows": [tiny.ROW | {"age": math.nan}]})
    assert recorded(predict)[0].inputs == tiny.ROW | {"age": None}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/models/credit/predict", {"rows": [{"agee": 30}]}, 400),
        ("/models/credit/predict", {"rows": []}, 400),
        ("/models/other/predict", {"rows": [tiny.ROW]}, 404),
        ("/v2/models/credit/infer", tensors() | {"outputs": [{"name": "nothing"}]}, 400),
    ],
)
def test_a_call_that_fails_is_not_recorded(predict: Predict, path: str, body: object, status: int) -> None:
    assert ask(predict, path, body)[0] == status
    assert predict.captures.messages == []


def test_an_answer_that_is_too_large_to_leave_is_not_recorded(
    predict: Predict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ANSWER_BYTES", 500)
    assert ask(predict, "/models/credit/predict", {"rows": [tiny.ROW] * 50})[0] == 413
    assert predict.captures.messages == []


@pytest.mark.parametrize("error", [Unavailable("the bucket can't be reached"), Denied("AWS refused us the bucket")])
def test_an_answer_that_was_not_recorded_does_not_leave(predict: Predict, error: Any) -> None:
    predict.captures.broken = error
    written = io.StringIO()
    predict.module.log.registered_handler.setStream(written)
    answer = predict.handler(proxy("POST", "/models/credit/predict", {"rows": [tiny.ROW]}), None)
    said = json.loads(answer["body"])["error"]
    assert (answer["statusCode"], said["code"], said["type"]) == (503, "capture_failed", "unavailable_error")
    assert answer["multiValueHeaders"]["Retry-After"] == ["1"]
    assert "good" not in answer["body"]
    logged = json.loads(written.getvalue().splitlines()[0])
    assert type(error).__name__ in logged["frames"]  # why, for whoever runs it
    status, said = ask(predict, "/v2/models/credit/infer", tensors())
    assert (status, set(said)) == (503, {"error"})


def test_the_spec_of_the_version_that_answers_says_what_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf()
    shelf.register(spec=Spec(capture_rate=0.0))
    shelf.register(spec=Spec(capture_fields=("city",)))
    shelf.point(1)
    predict = deployed(monkeypatch, shelf)
    assert ask(predict, "/models/credit/predict", {"rows": [tiny.ROW]})[0] == 200
    assert predict.captures.messages == []
    assert ask(predict, "/models/credit/versions/2/predict", {"rows": [tiny.ROW]})[0] == 200
    assert [line.inputs for line in recorded(predict)] == [{"city": "Paris"}]


def test_ids_of_a_process_are_in_the_order_of_its_calls(predict: Predict) -> None:
    ids = [ask(predict, "/models/credit/predict", {"rows": [tiny.ROW]})[1]["id"] for _ in range(5)]
    assert [inference_id.time_of(each) for each in ids] == sorted(inference_id.time_of(each) for each in ids)
    assert len(set(ids)) == 5


def test_rows_of_a_large_call_are_made_one_at_a_time(predict: Predict, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recording 10,000 rows takes little beside what the call itself takes."""
    peaks = []

    def note(capture: Any) -> None:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        assert sum(len(capture.line(number)) for number in range(len(capture.rows))) > 2_000_000
        peaks.append(tracemalloc.get_traced_memory()[1] - before)

    monkeypatch.setattr(predict.captures, "record", note)
    tracemalloc.start()
    try:
        for path, body in (
            ("/models/credit/predict", {"rows": [tiny.ROW] * limits.ROWS}),
            ("/v2/models/credit/infer", tensors(limits.ROWS)),
        ):
            assert ask(predict, path, body)[0] == 200
    finally:
        tracemalloc.stop()
    assert len(peaks) == 2
    assert max(peaks) < 100_000

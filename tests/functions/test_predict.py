"""What `predict` answers at its bounds, and to whom."""

from __future__ import annotations

import base64
import dataclasses
import io
import json
import math
import zlib
from typing import Any

import pytest

from millrace.domain.schema import Schema
from millrace.edge import limits
from tests import tiny
from tests.events import AUTHORIZED, proxy
from tests.fakes.blobs import FakeBlobs
from tests.functions.predict import Predict, deployed
from tests.shelf import Shelf


def shelf_of(schema: Schema, bias: float = 0.0) -> Shelf:
    shelf = Shelf()
    shelf.register(schema, bias)
    shelf.point(1)
    return shelf


@pytest.fixture
def predict(monkeypatch: pytest.MonkeyPatch) -> Predict:
    return deployed(monkeypatch)


def ask(predict: Predict, *args: Any, **options: Any) -> tuple[int, Any]:
    answer = predict.handler(proxy(*args, **options), None)
    return answer["statusCode"], json.loads(answer["body"])


def tensors(rows: int = 1) -> dict[str, Any]:
    typed = {"age": "INT64", "member": "BOOL", "since": "BYTES", "city": "BYTES"}
    return {
        "inputs": [
            {"name": name, "datatype": typed[name], "shape": [rows, 1], "data": [value] * rows}
            for name, value in tiny.ROW.items()
        ]
    }


def test_both_wires_say_the_same(predict: Predict) -> None:
    _, by_rows = ask(predict, "POST", "/models/credit/predict", {"rows": [tiny.ROW]})
    _, by_tensors = ask(predict, "POST", "/v2/models/credit/infer", tensors())
    label, probabilities = by_tensors["outputs"]
    assert label["data"] == [by_rows["predictions"][0]["label"]]
    assert probabilities["data"] == list(by_rows["predictions"][0]["probabilities"].values())


def test_few_bytes_do_not_become_much_memory(predict: Predict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CELLS", 2 * len(tiny.FEATURES))
    sparse = {"city": "Rome"}  # a field that is absent takes as much memory as one that is there
    assert ask(predict, "POST", "/models/credit/predict", {"rows": [sparse] * 2})[0] == 200
    status, said = ask(predict, "POST", "/models/credit/predict", {"rows": [sparse] * 3})
    assert (status, said["error"]["code"], said["error"]["param"]) == (413, "too_many_values", "rows")
    assert "send 2 rows per call" in said["error"]["message"]


def test_a_regression_answers_with_values(monkeypatch: pytest.MonkeyPatch) -> None:
    predict = deployed(monkeypatch, shelf_of(tiny.REGRESSES))
    _, by_rows = ask(predict, "POST", "/models/credit/predict", {"rows": [tiny.ROW]})
    assert by_rows["predictions"] == [{"value": pytest.approx(12.3)}]
    _, by_tensors = ask(predict, "POST", "/v2/models/credit/infer", tensors())
    value = {"name": "prediction", "datatype": "FP64", "shape": [1, 1], "data": [pytest.approx(12.3)]}
    assert by_tensors["outputs"] == [value]
    _, described = ask(predict, "GET", "/v2/models/credit")
    assert described["outputs"] == [{"name": "prediction", "datatype": "FP64", "shape": [-1, 1]}]
    assert "parameters" not in described


@pytest.mark.parametrize("bias", [math.nan, math.inf])
def test_what_is_not_finite_is_null(monkeypatch: pytest.MonkeyPatch, bias: float) -> None:
    predict = deployed(monkeypatch, shelf_of(tiny.REGRESSES, bias))
    _, by_rows = ask(predict, "POST", "/models/credit/predict", {"rows": [tiny.ROW]})
    assert by_rows["predictions"] == [{"value": None}]
    _, by_tensors = ask(predict, "POST", "/v2/models/credit/infer", tensors())
    assert by_tensors["outputs"][0]["data"] == [None]


@pytest.mark.parametrize("wire", ["rows", "tensors"])
def test_rows_are_bounded(predict: Predict, wire: str) -> None:
    def call(rows: int) -> tuple[int, Any]:
        if wire == "rows":
            return ask(predict, "POST", "/models/credit/predict", {"rows": [tiny.ROW] * rows})
        return ask(predict, "POST", "/v2/models/credit/infer", tensors(rows))

    assert call(limits.ROWS)[0] == 200
    status, said = call(limits.ROWS + 1)
    assert status == 413
    assert "10000 at most" in json.dumps(said)


def test_an_answer_beyond_six_megabytes_asks_for_fewer_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    wordy = dataclasses.replace(tiny.CLASSIFIES, classes=("b" * 400, "g" * 400))
    predict = deployed(monkeypatch, shelf_of(wordy))
    status, said = ask(predict, "POST", "/models/credit/predict", {"rows": [tiny.ROW] * limits.ROWS})
    assert (status, said["error"]["code"]) == (413, "answer_too_large")
    assert "fewer rows" in said["error"]["message"]
    assert ask(predict, "POST", "/models/credit/predict", {"rows": [tiny.ROW] * 1000})[0] == 200


def test_a_decompression_bomb_is_refused(predict: Predict) -> None:
    event = proxy("POST", "/models/credit/predict", "", headers={"Content-Encoding": "deflate"})
    event["body"] = base64.b64encode(zlib.compress(b" " * (limits.PREDICT_BODY_BYTES + 1), 9)).decode()
    event["isBase64Encoded"] = True
    answer = predict.handler(event, None)
    assert (answer["statusCode"], json.loads(answer["body"])["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize("path", ["/models/{}/predict", "/models/{}/versions/1/predict", "/v2/models/{}/infer"])
def test_another_tenants_model_answers_as_one_that_does_not_exist(predict: Predict, path: str) -> None:
    """The same bytes: status, headers and body, for a rival who asks for ours and for what nobody has."""
    body = tensors() if path.startswith("/v2") else {"rows": [tiny.ROW]}
    rival = {**AUTHORIZED, "tenant": "rival"}
    assert predict.handler(proxy("POST", path.format("credit"), body), None)["statusCode"] == 200
    ours = predict.handler(proxy("POST", path.format("credit"), body, authorizer=rival), None)
    nobodys = predict.handler(proxy("POST", path.format("tiderc"), body, authorizer=rival), None)
    assert ours["statusCode"] == 404
    assert json.dumps(ours) == json.dumps(nobodys).replace("tiderc", "credit")


def test_a_broken_artifact_is_a_server_error_with_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = shelf_of(tiny.CLASSIFIES)
    version = shelf.models.version("acme", "credit", 1)
    assert version is not None
    assert isinstance(shelf.blobs, FakeBlobs)
    shelf.blobs.held["acme", version.model_digest] += b"!"
    predict = deployed(monkeypatch, shelf)
    status, said = ask(predict, "POST", "/models/credit/predict", {"rows": [tiny.ROW]})
    assert (status, said["error"]["code"], said["error"]["type"]) == (500, "digest_mismatch", "server_error")
    assert ask(predict, "GET", "/v2/models/credit/ready")[0] == 500
    assert ask(predict, "GET", "/v2/health/ready")[0] == 200


def test_each_answer_has_an_id_of_its_own(predict: Predict) -> None:
    ids = {ask(predict, "POST", "/models/credit/predict", {"rows": [tiny.ROW]})[1]["id"] for _ in range(3)}
    assert len(ids) == 3


def test_a_line_is_logged_with_the_tenant_and_without_the_data(
    predict: Predict, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = io.StringIO()
    monkeypatch.setattr(predict.module.log.registered_handler, "stream", written)
    ask(predict, "POST", "/models/credit/predict", {"rows": [{"city": "Atlantis", "age": "unspellable"}]})
    (line,) = [json.loads(line) for line in written.getvalue().splitlines()]
    assert (line["tenant"], line["model"], line["version"]) == ("acme", "credit", 1)
    assert (line["status"], line["level"]) == (400, "INFO")
    assert "Atlantis" not in json.dumps(line)
    assert "unspellable" not in json.dumps(line)

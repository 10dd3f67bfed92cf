"""Every sample event of `predict`, replayed by its real handler over a registry in memory."""

from __future__ import annotations

import json
from typing import Any

import pytest

from millrace.domain import inference_id
from tests import tiny
from tests.events import EVENTS, load
from tests.functions.predict import Predict, deployed

P = 1 / (1 + 2.718281828459045 ** -tiny.score(30, 1, 86400, "Paris"))


@pytest.fixture
def predict(monkeypatch: pytest.MonkeyPatch) -> Predict:
    return deployed(monkeypatch)


def rows(said: Any) -> None:
    assert inference_id.is_id(said.pop("id"))
    assert (said.pop("model_name"), said.pop("model_version")) == ("credit", "1")
    first, second = said.pop("predictions")
    assert said == {}
    assert (first["label"], second["label"]) == ("good", "bad")
    assert first["probabilities"] == {"bad": pytest.approx(1 - P, abs=1e-6), "good": pytest.approx(P, abs=1e-6)}


def tensors(said: Any) -> None:
    assert (said["model_name"], said["model_version"], said["id"]) == ("credit", "1", "42")
    assert inference_id.is_id(said["parameters"]["inference_id"])
    (output,) = said["outputs"]
    assert (output["name"], output["datatype"], output["shape"]) == ("probabilities", "FP32", [2, 2])
    assert output["data"][:2] == pytest.approx([1 - P, P], abs=1e-6)


def all_tensors(said: Any) -> None:
    label, probabilities = said["outputs"]
    assert label == {"name": "label", "datatype": "BYTES", "shape": [2, 1], "data": ["good", "good"]}
    assert probabilities["shape"] == [2, 2]


def metadata(said: Any) -> None:
    assert said == {
        "name": "credit",
        "versions": ["1"],
        "platform": "onnxruntime_onnx",
        "inputs": [
            {"name": "age", "datatype": "FP64", "shape": [-1, 1]},
            {"name": "member", "datatype": "FP64", "shape": [-1, 1]},
            {"name": "since", "datatype": "FP64", "shape": [-1, 1]},
            {"name": "city", "datatype": "BYTES", "shape": [-1, 1]},
        ],
        "outputs": [
            {"name": "label", "datatype": "BYTES", "shape": [-1, 1]},
            {"name": "probabilities", "datatype": "FP32", "shape": [-1, 2]},
        ],
        "parameters": {"classes": '["bad", "good"]'},
    }


def server(said: Any) -> None:
    assert (said["name"], said["extensions"]) == ("millrace", [])


def is_(expected: object) -> Any:
    def check(said: Any) -> None:
        assert said == expected

    return check


def error(code: str, param: str | None) -> Any:
    def check(said: Any) -> None:
        assert set(said["error"]) == {"message", "type", "param", "code"}
        assert (said["error"]["code"], said["error"]["param"]) == (code, param)

    return check


def text(part: str) -> Any:
    def check(said: Any) -> None:
        assert set(said) == {"error"}
        assert part in said["error"]

    return check


ANSWERS: dict[str, tuple[int, Any]] = {
    "rows": (200, rows),
    "rows-plain": (200, rows),
    "rows-gzip": (200, rows),
    "rows-unknown-field": (400, error("unknown_field", "rows[0].agee")),
    "rows-unknown-model": (404, error("model_not_found", "model")),
    "rows-train-key": (403, error("forbidden", "scope")),
    "rows-no-authorizer": (401, error("unauthenticated", None)),
    "infer": (200, tensors),
    "infer-version": (200, all_tensors),
    "infer-binary": (400, text("JSON tensors")),
    "infer-missing-input": (400, text("'since', 'city'")),
    "infer-get": (405, text("use POST")),
    "server-metadata": (200, server),
    "server-live": (200, is_({"live": True})),
    "server-ready": (200, is_({"ready": True})),
    "model-metadata": (200, metadata),
    "model-ready": (200, is_({"name": "credit", "ready": True})),
    "model-unknown-version": (404, text("no version '9' of a model 'credit'")),
}


def test_every_sample_is_replayed() -> None:
    assert {path.stem.removeprefix("predict-") for path in EVENTS.glob("predict-*.json")} == set(ANSWERS)


@pytest.mark.parametrize("name", ANSWERS)
def test_a_sample_gets_its_answer(predict: Predict, name: str) -> None:
    status, check = ANSWERS[name]
    answer = predict.handler(load(f"predict-{name}"), None)
    assert answer["statusCode"] == status
    assert answer["multiValueHeaders"]["Content-Type"] == ["application/json"]
    check(json.loads(answer["body"]))
    json.dumps(answer)  # Lambda sends it so

"""The Open Inference Protocol's JSON, request by request."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from millrace.domain.errors import InvalidInput, TooLarge
from millrace.protocol import oip
from millrace.protocol.datatypes import BY_NAME

AGE: dict[str, Any] = {"name": "age", "datatype": "FP64", "shape": [2, 1], "data": [1.5, None]}
CITY: dict[str, Any] = {"name": "city", "datatype": "BYTES", "shape": [2, 1], "data": ["Paris", "Köln"]}
REQUEST: dict[str, Any] = {"id": "42", "inputs": [AGE, CITY], "outputs": [{"name": "label"}]}


def changed(**tensor: object) -> dict[str, Any]:
    return {**copy.deepcopy(REQUEST), "inputs": [{**AGE, **tensor}, CITY]}


def test_a_request_is_read() -> None:
    request = oip.parse(REQUEST)
    assert request.id == "42"
    assert request.outputs == ("label",)
    assert request.inputs[0] == oip.Tensor("age", "FP64", (2, 1), [1.5, None])
    assert request.columns(10) == {"age": [1.5, None], "city": ["Paris", "Köln"]}


def test_id_and_outputs_may_be_absent_and_unknown_fields_and_parameters_are_ignored() -> None:
    request = oip.parse({"inputs": [{**AGE, "parameters": {"a": 1}}], "parameters": {"binary_data_output": True}})
    assert (request.id, request.outputs) == (None, ())


@pytest.mark.parametrize(
    ("shape", "data", "flat"),
    [
        ([2], [1, 2], [1, 2]),
        ([2, 1], [1, 2], [1, 2]),
        ([2, 1], [[1], [2]], [1, 2]),
        ([2, 2], [[1, 2], [3, 4]], [1, 2, 3, 4]),
        ([2, 1, 2], [[[1, 2]], [[3, 4]]], [1, 2, 3, 4]),
        ([2, 1, 2], [[1, 2], [3, 4]], [1, 2, 3, 4]),
    ],
)
def test_data_may_be_flat_or_nested(shape: list[int], data: list[object], flat: list[object]) -> None:
    assert oip.parse(changed(shape=shape, data=data)).inputs[0].data == flat


@pytest.mark.parametrize(
    ("datatype", "good", "bad"),
    [
        ("BOOL", [True, None], [1, True]),
        ("UINT8", [0, 255], [0, 256]),
        ("UINT64", [0, 2**64 - 1], [-1, 0]),
        ("INT8", [-128, 127], [-129, 0]),
        ("INT64", [-(2**63), 2**63 - 1], [2**63, 0]),
        ("INT32", [None, 1], [1.0, 2]),
        ("INT32", [0, 1], [True, 1]),
        ("FP16", [1, 1.5], ["1", 1.5]),
        ("FP32", [1, float("nan")], [True, 1.5]),
        ("FP64", [None, None], [[1], 2]),
        ("BYTES", ["a", None], [b"a".hex(), 1]),
    ],
)
def test_values_fit_their_datatype(datatype: str, good: list[object], bad: list[object]) -> None:
    assert len(oip.parse(changed(datatype=datatype, data=good)).inputs[0].data) == 2
    with pytest.raises(InvalidInput, match="'data'") as caught:
        oip.parse(changed(datatype=datatype, data=bad))
    assert caught.value.field == "inputs[0].data"


def test_every_datatype_of_the_protocol_is_in_the_table() -> None:
    sizes = [f"{kind}{bits}" for kind in ("UINT", "INT") for bits in (8, 16, 32, 64)]
    assert set(BY_NAME) == {"BOOL", "FP16", "FP32", "FP64", "BYTES", *sizes}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "body"),
        ({}, "inputs"),
        ({"inputs": []}, "inputs"),
        ({"inputs": [1]}, "inputs"),
        ({**REQUEST, "id": 5}, "id"),
        ({**REQUEST, "outputs": "label"}, "outputs"),
        ({**REQUEST, "outputs": [{}]}, "outputs[0].name"),
        ({**REQUEST, "outputs": [{"name": "a"}, {"name": "a"}]}, "outputs"),
        ({**REQUEST, "inputs": [AGE, AGE]}, "inputs"),
        (changed(name=""), "inputs[0].name"),
        (changed(name=3), "inputs[0].name"),
        (changed(datatype="FLOAT"), "inputs[0].datatype"),
        (changed(datatype=None), "inputs[0].datatype"),
        (changed(shape=2), "inputs[0].shape"),
        (changed(shape=[-1, 1]), "inputs[0].shape"),
        (changed(shape=[True, 2]), "inputs[0].shape"),
        (changed(shape=[1] * 9), "inputs[0].shape"),
        (changed(shape=[2**31 + 1]), "inputs[0].shape"),
        (changed(shape=[10**5000, 10**5000]), "inputs[0].shape"),
        (changed(shape=[2**31] * 8), "inputs[0].data"),
        (changed(shape=[3, 1]), "inputs[0].data"),
        (changed(data=None), "inputs[0].data"),
        (changed(data=[[1], 2]), "inputs[0].data"),
        (changed(data=[[1, 2], [3]]), "inputs[0].data"),
        (changed(data=[[[1]], [[2]]]), "inputs[0].data"),
        (changed(shape=[], data=[[1]]), "inputs[0].data"),
    ],
)
def test_what_is_wrong_is_named(body: object, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        oip.parse(body)
    assert caught.value.field == field


LONG = "x" * 100_000


@pytest.mark.parametrize(
    "body",
    [changed(datatype=LONG), {**REQUEST, "outputs": [{"name": LONG}] * 2}, {"inputs": [{**AGE, "name": LONG}] * 2}],
)
def test_a_callers_name_is_not_repeated_without_bound(body: object) -> None:
    with pytest.raises(InvalidInput, match=r"x{100}") as caught:
        oip.parse(body)
    assert len(caught.value.message) < 500


def test_many_outputs_are_counted_once_each() -> None:
    class Name(str):
        compared = 0

        def __eq__(self, other: object) -> bool:
            Name.compared += 1
            return str.__eq__(self, other)

        __hash__ = str.__hash__

    names = [Name(number) for number in range(2000)] + [Name(1999)]
    with pytest.raises(InvalidInput, match="'1999' is there more than once"):
        oip.parse({**REQUEST, "outputs": [{"name": name} for name in names]})
    assert Name.compared < 20 * len(names)


def test_inputs_are_columns_of_one_length() -> None:
    with pytest.raises(InvalidInput, match=r"shape \[1\]; \[2, 1\] is expected") as caught:
        oip.parse({"inputs": [AGE, {**CITY, "shape": [1], "data": ["a"]}]}).columns(10)
    assert caught.value.field == "inputs[1].shape"
    with pytest.raises(InvalidInput, match="has shape"):
        oip.parse(changed(shape=[1, 2])).columns(10)


@pytest.mark.parametrize(("shape", "data"), [([], [1]), ([0, 1], []), ([0], [])])
def test_no_row_is_refused(shape: list[int], data: list[object]) -> None:
    with pytest.raises(InvalidInput, match="no row"):
        oip.parse({"inputs": [{**AGE, "shape": shape, "data": data}]}).columns(10)


def test_rows_are_bounded() -> None:
    assert oip.parse(REQUEST).columns(2)
    with pytest.raises(TooLarge, match="2 rows in one call; 1 at most"):
        oip.parse(REQUEST).columns(1)


def test_outputs_are_selected_in_the_order_asked() -> None:
    a, b = (oip.Tensor(name, "FP32", (1,), [1.0]) for name in "ab")
    assert oip.select([a, b], ["b", "a"]) == [b, a]
    assert oip.select([a, b], []) == [a, b]
    with pytest.raises(InvalidInput, match="'c' is not an output; there are a, b") as caught:
        oip.select([a, b], ["a", "c"])
    assert caught.value.field == "outputs[1].name"


def test_the_response_echoes_the_id_and_only_then_has_one() -> None:
    output = oip.Tensor("prediction", "FP64", (1, 1), [0.5])
    wire = {"name": "prediction", "datatype": "FP64", "shape": (1, 1), "data": [0.5]}
    named = {"model_name": "credit", "model_version": "3", "parameters": {"inference_id": "ours"}}
    assert oip.response("credit", 3, "42", "ours", [output]) == {**named, "id": "42", "outputs": [wire]}
    assert oip.response("credit", 3, None, "ours", [output]) == {**named, "outputs": [wire]}


def test_the_binary_form_is_refused_by_name() -> None:
    oip.refuse_binary({"content-type": "application/json"})
    with pytest.raises(InvalidInput, match="JSON tensors") as caught:
        oip.refuse_binary({"inference-header-content-length": "12"})
    assert caught.value.code == "binary_not_supported"

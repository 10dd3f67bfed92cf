from __future__ import annotations

import math

import pytest

from millrace.domain import inference_id
from millrace.domain.errors import Rejected
from millrace.domain.naming import is_name
from millrace.domain.truth import Truth, TruthFile, checked, received_key, received_prefix

ID = inference_id.make(1_795_550_400_000, bytes(10))


@pytest.mark.parametrize("name", [ID, f"{ID}.0", f"{ID}.9999999"])
@pytest.mark.parametrize(("value", "kept"), [("ja", "ja"), (" ja ", "ja"), (1, 1), (0.5, 0.5), (False, False)])
def test_a_row_is_taken_as_it_was_written(name: str, value: object, kept: object) -> None:
    truth = checked(name, value, "0A")
    assert truth == Truth(name, kept, "0A")  # type: ignore[arg-type]  # a value's types are the table's above
    assert type(truth.value) is type(kept)
    assert truth.hour == "2026-11-24T20"


@pytest.mark.parametrize("name", [None, "", 7, "4711", ID.upper(), f"{ID}.01", f" {ID}", f"{ID}.", "f" + ID[1:], []])
def test_a_name_that_is_no_id_is_refused_and_not_repeated(name: object) -> None:
    with pytest.raises(Rejected) as caught:
        checked(name, "ja")
    assert (caught.value.code, caught.value.field) == ("invalid_inference_id", "inference_id")
    assert not name or str(name) not in caught.value.message


@pytest.mark.parametrize("value", [None, "", "  ", "x" * 1025, "\ud800", math.nan, math.inf, 10**400, [], {}, [1]])
def test_what_is_no_truth_is_refused(value: object) -> None:
    with pytest.raises(Rejected) as caught:
        checked(ID, value)
    assert (caught.value.code, caught.value.field) == ("invalid_truth", "truth")


def test_what_became_of_files_lies_where_no_model_does() -> None:
    file = TruthFile("acme", "iris", "a.csv", "1" * 64, "", "0A")
    assert received_key(file).startswith(received_prefix("acme"))
    assert not is_name(received_key(file).split("/")[1])


def test_a_file_without_a_usable_row_is_refused() -> None:
    assert TruthFile("acme", "iris", "a.csv", "1", "", refused=3).is_refused
    assert not TruthFile("acme", "iris", "a.csv", "1", "", rows=1, refused=3).is_refused

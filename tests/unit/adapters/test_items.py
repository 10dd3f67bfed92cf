from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from millrace.adapters.items import attribute, pack, unpack
from millrace.domain.access import ApiKey, Tenant
from millrace.domain.dataset import DatasetVersion
from millrace.domain.errors import Corrupt, InvalidInput
from millrace.domain.model import Alias, AliasMove, ModelVersion
from millrace.domain.run import Attempt, Run
from millrace.domain.spec import Spec
from tests.unit.adapters.strategies import records

TENANT = Tenant("größe", "2026-01-01T00:00:00.000Z")


@pytest.mark.parametrize(
    "kind",
    [Tenant, ApiKey, DatasetVersion, Run, Attempt, ModelVersion, Alias, AliasMove],
    ids=lambda kind: kind.__name__,
)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_every_record_comes_back_as_it_was(kind: type[object], data: st.DataObject) -> None:
    record = data.draw(records(kind))
    item = pack(record, "P", "S")
    assert (item["pk"], item["sk"], item["schema_version"]) == ({"S": "P"}, {"S": "S"}, {"N": "1"})
    assert unpack(kind, item) == record


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
@example(0.1 + 0.2)
@example(5e-324)
@example(1.7976931348623157e308)
@example(1e22)
@example(1e-130)
@example(9.9e125)
@example(-0.0)
def test_a_float_keeps_every_digit(value: float) -> None:
    assert unpack(Spec, pack(Spec(margin=value), "P", "S")).margin == value


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: x == 0 or 1e-128 < abs(x) < 1e125))
def test_a_float_that_dynamodb_can_hold_is_a_number_there(value: float) -> None:
    written = attribute(value)
    assert list(written) == ["N"]
    assert float(written["N"]) == value


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="can't be stored"):
        attribute(value)


def test_an_integer_beyond_the_digits_is_refused_and_not_rounded() -> None:
    assert attribute(10**38 - 1) == {"N": "9" * 38}
    with pytest.raises(InvalidInput) as caught:
        attribute(10**38 + 1)
    assert caught.value.code == "number_too_long"


def test_text_lists_and_nothing_are_written_as_such() -> None:
    assert attribute({"a": [None, True, "", "größe"], "b": {}, "c": []}) == {
        "M": {
            "a": {"L": [{"NULL": True}, {"BOOL": True}, {"S": ""}, {"S": "größe"}]},
            "b": {"M": {}},
            "c": {"L": []},
        }
    }


def test_a_record_of_a_newer_release_says_to_upgrade() -> None:
    item = pack(TENANT, "P", "S") | {"schema_version": {"N": "2"}, "name": {"M": {}}}
    with pytest.raises(Corrupt) as caught:
        unpack(Tenant, item)
    assert caught.value.code == "newer_record"
    assert "upgrade" in (caught.value.hint or "")


@pytest.mark.parametrize("lost", ["schema_version", "name"])
def test_a_record_with_a_field_lost_is_corrupt(lost: str) -> None:
    item = pack(TENANT, "P", "S")
    del item[lost]
    with pytest.raises(Corrupt) as caught:
        unpack(Tenant, item)
    assert caught.value.field == lost

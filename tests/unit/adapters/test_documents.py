from __future__ import annotations

import json
from dataclasses import dataclass, replace
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millrace.adapters.documents import current_version, dump, load, plain
from millrace.domain.access import ApiKey, Scope
from millrace.domain.dataset import DatasetVersion
from millrace.domain.errors import Corrupt
from millrace.domain.job import Job, JobResult
from millrace.domain.manifest import Manifest
from millrace.domain.model import Alias
from millrace.domain.notation import DecimalMark
from millrace.domain.profile import Profile
from millrace.domain.report import Report
from millrace.domain.run import Attempt, Run
from millrace.domain.schema import MISSING_TOKEN, Column, Kind
from millrace.domain.spec import Metric, Spec
from millrace.domain.verdict import RuleResult, Verdict
from tests import samples
from tests.unit.adapters.strategies import records

RESULT = JobResult("a", "b", "c")


@pytest.mark.parametrize(
    "kind", [Run, Attempt, Job, Spec, Report, Manifest, Verdict, Profile], ids=lambda kind: kind.__name__
)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_every_kind_comes_back_as_it_was(kind: type[object], data: st.DataObject) -> None:
    value = data.draw(records(kind))
    content = dump(value)
    assert load(kind, content) == value
    assert dump(load(kind, content)) == content


def test_json_is_canonical() -> None:
    assert dump(RuleResult("größe", True, {"b": 1.5, "a": 2}, "ja")) == (
        '{"figures":{"a":2,"b":1.5},"holds":true,"rule":"größe","says":"ja"}'.encode()
    )


def test_sets_and_mappings_are_spelled_in_order() -> None:
    key = ApiKey("t", "1", "d", frozenset(Scope), "c", "e")
    assert plain(key)["scopes"] == ["admin", "infer", "train"]
    assert load(ApiKey, dump(key)) == key
    assert plain(MappingProxyType({Metric.F1: 0.5})) == {"f1": 0.5}


def test_the_missing_token_survives() -> None:
    column = Column("farbe", Kind.CATEGORY, MISSING_TOKEN)
    assert load(Column, dump(column)) == column


def test_a_column_of_an_older_release_is_in_the_default_spelling() -> None:
    assert load(Column, b'{"kind":"number","missing":null,"name":"n"}') == Column("n", Kind.NUMBER)
    column = Column("n", Kind.NUMBER, decimal=DecimalMark.COMMA, currency="\u20ac")
    assert load(Column, dump(column)) == column


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_json_can_not_say_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        dump(Spec(margin=value))


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (b"", None),
        (b"\xff", None),
        (b"null", None),
        (b"[1]", None),
        (b'{"tenant":"t","model":"m","name":"n","version":"1","moves":1}', "version"),
        (b'{"tenant":"t","model":"m","name":"n","version":1.5,"moves":1}', "version"),
        (b'{"tenant":"t","model":"m","name":"n","version":true,"moves":1}', "version"),
        (b'{"tenant":"t","model":"m","name":"n","version":1}', "moves"),
        (b'{"tenant":1,"model":"m","name":"n","version":1,"moves":1}', "tenant"),
    ],
)
def test_what_is_not_of_the_kind_is_corrupt(content: bytes, field: str | None) -> None:
    with pytest.raises(Corrupt) as caught:
        load(Alias, content)
    assert caught.value.field == field
    assert "Alias" in caught.value.message


def test_a_corrupt_document_is_not_repeated_in_the_error() -> None:
    with pytest.raises(Corrupt) as caught:
        load(Alias, b'{"tenant":"t","model":"m","name":"n","version":"personal","moves":1}')
    assert "personal" not in caught.value.message


def test_an_unknown_field_is_ignored() -> None:
    assert load(JobResult, json.dumps(plain(RESULT) | {"later": 1}).encode()) == RESULT


def test_records_of_an_earlier_release_lack_what_came_later() -> None:
    for record, later in (
        (RESULT, "profile_digest"),
        (DatasetVersion("t", "d", samples.DATA, samples.NOW), "profile_digest"),
        (samples.report(warnings=("a column is constant",)), "warned"),
    ):
        content = plain(record)
        del content[later]
        assert load(type(record), json.dumps(content).encode()) == record


def test_an_absent_schema_version_is_the_first() -> None:
    content = plain(RESULT)
    del content["schema_version"]
    assert load(JobResult, json.dumps(content).encode()) == RESULT


@pytest.mark.parametrize("found", [2, 0, -1, "1", None])
def test_a_schema_version_we_do_not_know_is_corrupt(found: object) -> None:
    with pytest.raises(Corrupt) as caught:
        load(JobResult, json.dumps({"schema_version": found}).encode())
    assert caught.value.field == "schema_version"


def test_the_version_we_write_is_the_kinds() -> None:
    @dataclass(frozen=True)
    class Second:
        text: str
        schema_version: int = 2

    assert (current_version(JobResult), current_version(Alias), current_version(Second)) == (1, 1, 2)
    assert load(Second, dump(replace(Second("a"), schema_version=1))) == Second("a", 1)

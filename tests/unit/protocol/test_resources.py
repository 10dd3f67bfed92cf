"""Requests as they must be, and what is shown of runs and keys."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from millrace.domain.access import KEY_DAYS, ApiKey, Scope
from millrace.domain.errors import InvalidInput
from millrace.domain.model import Model
from millrace.domain.run import Attempt, Failure, Outcome, RunState
from millrace.protocol import resources
from tests import samples

KEY = ApiKey("acme", "k1", "secret-digest", frozenset({Scope.TRAIN, Scope.INFER}), samples.NOW, samples.NOW)
LOST = Outcome(RunState.REJECTED, Failure("no_rows", "the file has no rows"))


def test_requests_are_read_with_defaults() -> None:
    asked = resources.parse(resources.KeyDocument, {"scopes": ["infer"]})
    assert (asked.scopes, asked.days, asked.label) == (["infer"], KEY_DAYS, "")
    upload = resources.parse(resources.UploadRequest, {"file": "a.csv", "bytes": 3, "sha256": "0" * 64})
    assert (upload.file, upload.bytes, upload.sha256) == ("a.csv", 3, "0" * 64)


@pytest.mark.parametrize(
    ("body", "field", "hint"),
    [
        ({}, "scopes", "the fields are scopes, days, label"),
        ({"scopes": "infer"}, "scopes", "the fields are scopes, days, label"),
        ({"scopes": [1]}, "scopes.0", "the fields are scopes, days, label"),
        ({"scopes": [], "days": "9"}, "days", "the fields are scopes, days, label"),
        ({"scopes": [], "day": 9}, "day", "did you mean 'days'?"),
        ({"scopes": [], "tenant": "other"}, "tenant", "the fields are scopes, days, label"),
        ([], None, "the fields are scopes, days, label"),
    ],
)
def test_a_bad_request_names_its_field(body: object, field: str | None, hint: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        resources.parse(resources.KeyDocument, body)
    assert (caught.value.code, caught.value.field, caught.value.hint) == ("invalid_request", field, hint)


@pytest.mark.parametrize("body", [[1], "scopes", None, 7])
def test_a_body_that_is_no_object_is_said_in_the_wires_words(body: object) -> None:
    with pytest.raises(InvalidInput, match=r"^the body is not a JSON object$"):
        resources.parse(resources.KeyDocument, body)


def test_a_run_is_shown_with_its_reason_and_without_its_place() -> None:
    shown = resources.run(samples.run(outcome=LOST, finished=samples.NOW))
    assert shown["state"] == "rejected"
    assert shown["file"] == "data.csv"
    assert shown["failure"] == {"code": "no_rows", "message": "the file has no rows", "hint": None, "field": None}
    assert samples.DATA.bucket not in json.dumps(shown).split('"')


def test_a_running_attempt_has_no_reason() -> None:
    shown = resources.attempt(Attempt("acme", "r", 1, samples.NOW, Outcome(RunState.RUNNING)))
    assert (shown["number"], shown["state"], shown["failure"]) == (1, "running", None)


def test_a_key_is_shown_without_what_opens_it() -> None:
    shown = resources.key(replace(KEY, label="ci"))
    assert (shown["id"], shown["scopes"], shown["label"]) == ("k1", ["infer", "train"], "ci")
    assert "secret-digest" not in json.dumps(shown)


def test_a_model_is_shown_with_its_champion() -> None:
    assert resources.model(Model("acme", "credit", 3, None)) == {"name": "credit", "versions": 3, "champion": None}

"""A key is issued once, within bounds, and its secret is stored nowhere."""

from __future__ import annotations

from dataclasses import fields

import pytest

from millrace.domain.access import ApiKey, Caller, PresentedKey, Scope
from millrace.domain.errors import InvalidInput
from millrace.usecases.issue_key import MAX_DAYS, KeyRequest, parse_scopes
from tests.keyring import INFER, Keyring


@pytest.fixture
def world() -> Keyring:
    return Keyring()


def test_the_text_opens_what_was_asked_for(world: Keyring) -> None:
    issued = world.issue(KeyRequest("acme", frozenset({Scope.TRAIN, Scope.ADMIN}), label="ci"))
    assert world.authorize(issued.text) == Caller("acme", issued.key.id, frozenset({Scope.TRAIN, Scope.ADMIN}))
    assert issued.key.label == "ci"


def test_the_secret_is_stored_nowhere(world: Keyring) -> None:
    issued = world.issue()
    secret = PresentedKey.parse(issued.text).secret
    stored = world.keys.find("acme", issued.key.id)
    assert stored is not None
    assert all(secret not in str(getattr(stored, field.name)) for field in fields(ApiKey))
    assert secret not in repr(issued)


def test_keys_differ(world: Keyring) -> None:
    one, two = world.issue(), world.issue()
    assert one.key.id != two.key.id
    assert one.key.secret_digest != two.key.secret_digest


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (KeyRequest("acme", frozenset()), "scopes"),
        (KeyRequest("acme", INFER, days=0), "days"),
        (KeyRequest("acme", INFER, days=-1), "days"),
        (KeyRequest("acme", INFER, days=MAX_DAYS + 1), "days"),
        (KeyRequest("acme", INFER, label="x" * 81), "label"),
        (KeyRequest("acme", INFER, label="a\nb"), "label"),
    ],
)
def test_bounds_are_checked(world: Keyring, request_: KeyRequest, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        world.issue(request_)
    assert caught.value.field == field
    assert world.keys.of_tenant("acme") == []


def test_scopes_are_read_by_name() -> None:
    assert parse_scopes(["infer", "admin", "infer"]) == frozenset({Scope.INFER, Scope.ADMIN})
    with pytest.raises(InvalidInput) as caught:
        parse_scopes(["infer", "root"])
    assert caught.value.field == "scopes"

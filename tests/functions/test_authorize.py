"""Every sample event of `authorize`, replayed by its real handler."""

from __future__ import annotations

import io
import json

import pytest

from millrace.domain import digest
from millrace.domain.access import ApiKey, Scope
from millrace.domain.errors import MillraceError, Unauthenticated
from tests import samples
from tests.events import EVENTS, load
from tests.functions.place import Context, Handler, Place

SECRET = "A" * 43
KEY = ApiKey(
    tenant="acme",
    id="0123456789abcdef",
    secret_digest=digest.of_bytes(SECRET.encode()),
    scopes=frozenset({Scope.INFER, Scope.ADMIN}),
    created=samples.NOW,
    expires="9999-01-01T00:00:00.000Z",
)
KNOWN = ("request", "request-header-case")
UNKNOWN = ("no-key", "basic")


def test_every_sample_is_replayed() -> None:
    names = {path.stem.removeprefix("authorize-") for path in EVENTS.glob("authorize-*.json")}
    assert names == {*KNOWN, *UNKNOWN}


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_key_opens_the_stage(name: str, handler: Handler, place: Place) -> None:
    place.keys.add(KEY)
    answer = handler(load(f"authorize-{name}"), Context())
    assert answer["context"] == {"tenant": "acme", "key_id": KEY.id, "scopes": "admin infer"}
    (statement,) = answer["policyDocument"]["Statement"]
    assert statement["Resource"] == "arn:aws:execute-api:us-east-1:111122223333:abc123/api/*"


@pytest.mark.parametrize("name", [*KNOWN, *UNKNOWN])
def test_without_a_known_key_the_answer_is_exactly_what_api_gateway_takes_for_401(name: str, handler: Handler) -> None:
    with pytest.raises(Unauthenticated) as caught:
        handler(load(f"authorize-{name}"), Context())
    assert str(caught.value) == "Unauthorized"


def test_a_revoked_key_is_refused(handler: Handler, place: Place) -> None:
    place.keys.add(KEY)
    place.keys.revoke("acme", KEY.id, samples.NOW)
    with pytest.raises(Unauthenticated):
        handler(load("authorize-request"), Context())


def test_an_outage_is_no_refusal(handler: Handler, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.clients.dynamodb().delete_table(TableName=place.name)
    try:
        with pytest.raises(MillraceError) as caught:
            handler(load("authorize-request"), Context())
    finally:
        table = [{"AttributeName": key, "KeyType": kind} for key, kind in (("pk", "HASH"), ("sk", "RANGE"))]
        attributes = [{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")]
        place.clients.dynamodb().create_table(
            TableName=place.name,
            KeySchema=table,  # type: ignore[arg-type]  # plain dicts of the typed shape
            AttributeDefinitions=attributes,  # type: ignore[arg-type]  # plain dicts of the typed shape
            BillingMode="PAY_PER_REQUEST",
        )
    assert not isinstance(caught.value, Unauthenticated)
    assert str(caught.value) != "Unauthorized"


def test_the_log_never_holds_the_secret(log: io.StringIO, handler: Handler, place: Place) -> None:
    place.keys.add(KEY)
    handler(load("authorize-request"), Context())
    out = log.getvalue()
    assert json.loads(out.splitlines()[-1])["tenant"] == "acme"
    assert SECRET not in out

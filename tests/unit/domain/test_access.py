"""Keys: what they admit, how they are written, when they end."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millrace.domain import digest
from millrace.domain.access import ApiKey, PresentedKey, Scope, expiry, written_secret
from millrace.domain.errors import Unauthenticated

SECRET = "s" * 43
KEY = ApiKey(
    tenant="acme",
    id="0123456789abcdef",
    secret_digest=digest.of_bytes(SECRET.encode()),
    scopes=frozenset({Scope.INFER}),
    created="2026-01-01T00:00:00.000Z",
    expires="2026-02-01T00:00:00.000Z",
)


def test_the_right_secret_opens_until_expiry() -> None:
    assert KEY.admits(SECRET, "2026-01-31T23:59:59.999Z")
    assert not KEY.admits(SECRET, KEY.expires)


def test_another_secret_and_a_revoked_key_do_not_open() -> None:
    assert not KEY.admits("t" * 43, KEY.created)
    assert not KEY.admits("", KEY.created)
    assert not replace(KEY, revoked=KEY.created).admits(SECRET, KEY.created)


def test_a_key_is_written_as_it_is_read() -> None:
    presented = PresentedKey("acme", KEY.id, SECRET)
    assert str(presented) == f"mr_acme.0123456789abcdef.{SECRET}"
    assert PresentedKey.parse(str(presented)) == presented


@given(random=st.binary(min_size=32, max_size=32))
def test_every_secret_can_be_written(random: bytes) -> None:
    written = str(PresentedKey("a-1", "0" * 16, written_secret(random)))
    assert PresentedKey.parse(written).secret == written_secret(random)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mr_acme",
        f"acme.0123456789abcdef.{SECRET}",
        f"mr_acme.0123456789ABCDEF.{SECRET}",
        f"mr_acme.0123456789abcdef.{SECRET}x",
        f"mr_acme.0123456789abcdef.{SECRET}\n",
        f"mr_acme.other.0123456789abcdef.{SECRET}",
        f"mr_ACME.0123456789abcdef.{SECRET}",
    ],
)
def test_a_text_that_is_no_key_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(Unauthenticated) as caught:
        PresentedKey.parse(text)
    assert SECRET not in f"{caught.value.message}{caught.value.hint}{caught.value.field}"


def test_expiry_keeps_the_form_and_crosses_years() -> None:
    assert expiry("2026-12-31T23:59:59.000Z", 1) == "2027-01-01T23:59:59.000Z"
    assert expiry("2028-02-28T00:00:00.123Z", 1) == "2028-02-29T00:00:00.123Z"

"""Bodies are decoded within their bounds, and what is damaged is the caller's error."""

from __future__ import annotations

import base64
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millrace.domain.errors import InvalidInput, TooLarge
from millrace.edge import body, limits
from tests.zipped import zipped

RAW = json.dumps({"rows": [{"age": 30, "city": "Köln"}]}, ensure_ascii=False).encode()
GZIP = 32 + zlib.MAX_WBITS
BOUND = limits.PREDICT_BODY_BYTES


def raw_deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (RAW, None),
        (RAW, ""),
        (RAW, "identity"),
        (zipped(RAW), "gzip"),
        (zipped(RAW), " GZIP "),
        (zipped(RAW), "x-gzip"),
        (zlib.compress(RAW), "deflate"),
        (raw_deflate(RAW), "deflate"),
        (zipped(RAW[:9]) + zipped(RAW[9:]), "gzip"),
    ],
)
def test_every_encoding_gives_the_same_bytes(content: bytes, encoding: str | None) -> None:
    text = base64.b64encode(content).decode()
    assert body.decode(text, is_base64=True, encoding=encoding, limit=BOUND) == RAW


def test_text_is_taken_as_it_is_and_no_body_is_empty() -> None:
    assert body.decode(RAW.decode(), is_base64=False, encoding=None, limit=BOUND) == RAW
    assert body.decode(None, is_base64=False, encoding="gzip", limit=BOUND) == b""


@pytest.mark.parametrize(
    ("content", "encoding", "code"),
    [
        (b"not gzip", "gzip", "invalid_body"),
        (zipped(RAW)[:-9], "gzip", "invalid_body"),
        (zipped(RAW) + b"more", "gzip", "invalid_body"),
        (b"", "gzip", "invalid_body"),
        (RAW, "br", "unsupported_encoding"),
        (zipped(zipped(RAW)), "gzip, gzip", "unsupported_encoding"),
    ],
)
def test_what_cannot_be_decompressed_is_the_callers_error(content: bytes, encoding: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        body.decode(base64.b64encode(content).decode(), is_base64=True, encoding=encoding, limit=BOUND)
    assert caught.value.code == code


def test_what_is_not_base64_is_the_callers_error() -> None:
    with pytest.raises(InvalidInput, match="base64"):
        body.decode("?!", is_base64=True, encoding=None, limit=BOUND)


def test_decompression_stops_at_the_bound() -> None:
    bomb = zlib.compress(bytes(50 * 1024 * 1024), 9)
    with pytest.raises(TooLarge, match="once decompressed"):
        body.decode(base64.b64encode(bomb).decode(), is_base64=True, encoding="deflate", limit=BOUND)


@pytest.mark.parametrize("parts", [1, 2])
def test_the_bound_itself_is_allowed_in_one_member_or_several(parts: int) -> None:
    packed = zipped(bytes(50)) * parts
    assert len(body.decompress(packed, GZIP, 50 * parts)) == 50 * parts
    with pytest.raises(TooLarge):
        body.decompress(packed, GZIP, 50 * parts - 1)


def test_a_body_that_is_not_compressed_has_the_same_bound() -> None:
    text = base64.b64encode(RAW).decode()
    assert body.decode(text, is_base64=True, encoding=None, limit=len(RAW)) == RAW
    with pytest.raises(TooLarge, match="more than"):
        body.decode(text, is_base64=True, encoding=None, limit=len(RAW) - 1)


def test_the_members_of_a_body_are_counted() -> None:
    most = zipped(b"") * limits.MEMBERS
    assert body.decompress(most, GZIP, 50) == b""
    with pytest.raises(TooLarge, match="parts"):
        body.decompress(most + zipped(b""), GZIP, 50)


def test_the_request_is_bounded_before_it_is_decoded() -> None:
    fits = "=" * limits.REQUEST_BYTES  # no base64: decoding it would raise another error
    with pytest.raises(InvalidInput):
        body.decode(fits, is_base64=True, encoding=None, limit=BOUND)
    with pytest.raises(TooLarge, match="event"):
        body.decode(fits + "=", is_base64=True, encoding=None, limit=BOUND)
    assert body.decode("a" * limits.REQUEST_BYTES, is_base64=False, encoding=None, limit=BOUND)
    with pytest.raises(TooLarge, match="event"):
        body.decode('"' * (limits.REQUEST_BYTES // 2 + 1), is_base64=False, encoding=None, limit=BOUND)


@given(st.text(st.characters(codec="utf-8", exclude_characters="".join(map(chr, range(32))) + "\x7f"), max_size=50))
def test_carried_bytes_counts_what_the_events_json_holds(text: str) -> None:
    assert body.carried_bytes(text) == len(json.dumps(text, ensure_ascii=False).encode()) - 2


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"\xff\xfe\x00", b"[" * 100_000, b'{"a": ' + b"9" * 5000 + b"}", b"nonsense"]
)
def test_what_is_not_json_is_the_callers_error(raw: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        body.parse_json(raw)
    assert caught.value.code in {"invalid_body", "invalid_json"}


def test_nan_is_taken() -> None:
    assert str(body.parse_json(b"[NaN, 1]")) == "[nan, 1]"


@pytest.mark.parametrize("raw", [b'{"age": 1, "b": 2, "age": 1}', b'{"rows": [{"b": {"age": 1, "age": 2}}]}'])
def test_a_field_given_twice_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidInput, match="'age' is more than once") as caught:
        body.parse_json(raw)
    assert (caught.value.code, caught.value.field) == ("duplicate_field", "age")

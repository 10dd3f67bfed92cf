"""Bodies as API Gateway hands them over, turned into bytes and JSON without ever holding more than a stated bound."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections import Counter

from millrace.domain.errors import InvalidInput, TooLarge
from millrace.domain.suggestion import shown
from millrace.edge import limits

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS  # tells the two apart by their header
_RAW_DEFLATE = -zlib.MAX_WBITS
_WINDOW_BITS = {"gzip": _GZIP_OR_ZLIB, "x-gzip": _GZIP_OR_ZLIB, "deflate": _GZIP_OR_ZLIB}


def carried_bytes(text: str) -> int:
    """How many bytes `text` takes inside the JSON of a Lambda event or answer, quotes and backslashes being escaped."""
    return len(text.encode("utf-8", "surrogatepass")) + text.count('"') + text.count("\\") + text.count("\n")


def decode(text: str | None, *, is_base64: bool, encoding: str | None, limit: int) -> bytes:
    """The body's bytes, `limit` at most, decompressed when `encoding` (the Content-Encoding header) says so.

    Raises TooLarge beyond that or beyond the bounds of `limits`, InvalidInput for what can't be decoded.
    """
    if text is None:
        return b""
    if len(text) > limits.REQUEST_BYTES or (not is_base64 and carried_bytes(text) > limits.REQUEST_BYTES):
        raise TooLarge(
            f"the body takes more than {limits.REQUEST_BYTES} bytes of the event that carries it",
            hint="send fewer rows per call, or gzip the body",
        )
    raw = _unbase64(text) if is_base64 else text.encode("utf-8", "surrogatepass")
    if encoding is None or encoding.strip().lower() in {"", "identity"}:
        if len(raw) > limit:
            raise TooLarge(f"the body is more than {limit} bytes")
        return raw
    bits = _WINDOW_BITS.get(encoding.strip().lower())
    if bits is None:
        raise InvalidInput(
            f"the encoding {shown(encoding)} is not known",
            code="unsupported_encoding",
            field="Content-Encoding",
            hint="send gzip, deflate or no encoding",
        )
    return decompress(raw, bits, limit)


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise InvalidInput("the body is not base64", code="invalid_body") from error


def decompress(raw: bytes, bits: int, limit: int) -> bytes:
    """Inflate every gzip or zlib member of `raw`, or raw deflate, `limit` bytes at most in all.

    Raises TooLarge beyond it, InvalidInput for damaged data.
    """
    parts: list[bytes] = []
    total = 0
    rest = raw
    while rest or not parts:
        if len(parts) == limits.MEMBERS:  # each one copies what is left
            raise TooLarge(f"the compressed body has more than {limits.MEMBERS} parts", hint="compress it as one")
        try:
            inflater = zlib.decompressobj(bits)
            part = inflater.decompress(rest, limit - total + 1)
        except zlib.error as error:
            if bits == _GZIP_OR_ZLIB and not parts:
                return decompress(raw, _RAW_DEFLATE, limit)
            raise InvalidInput("the compressed body is damaged", code="invalid_body") from error
        total += len(part)
        if total > limit:
            raise TooLarge(f"the body is more than {limit} bytes once decompressed", hint="send fewer rows per call")
        if not inflater.eof:
            raise InvalidInput("the compressed body ends too early", code="invalid_body")
        parts.append(part)
        rest = inflater.unused_data
    return b"".join(parts)


def parse_json(raw: bytes) -> object:
    """The body as JSON. NaN is taken, as common clients send it for a missing number. Raises InvalidInput.

    A field given twice in one object is refused, for which of its values is meant can't be known.
    """
    if not raw:
        raise InvalidInput("the body is empty", code="invalid_body", hint="send JSON")
    try:
        return json.loads(raw, object_pairs_hook=_once)
    except RecursionError as error:
        raise InvalidInput("the body's JSON is nested too deeply", code="invalid_json") from error
    except ValueError as error:
        raise InvalidInput(f"the body is not JSON: {error}", code="invalid_json") from error


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object of JSON. Raises InvalidInput(code="duplicate_field")."""
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise InvalidInput(f"{shown(twice)} is more than once in one object", code="duplicate_field", field=twice)
    return found

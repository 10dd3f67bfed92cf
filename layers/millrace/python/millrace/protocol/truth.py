"""The wire for truth: `{"truth": [{"inference_id": ..., "truth": ...}]}` in, how much was taken out."""

from __future__ import annotations

from collections.abc import Mapping

from millrace.domain.errors import InvalidInput, TooLarge
from millrace.domain.suggestion import shown

_EXAMPLE = 'send {"truth": [{"inference_id": "<id of an answer>", "truth": <class or number>}, ...]}'
_FIELDS = {"inference_id", "truth"}


def parse(body: object, max_rows: int) -> list[Mapping[str, object]]:
    """The rows of a request, their values unchecked. Raises InvalidInput, TooLarge beyond `max_rows`."""
    rows = body.get("truth") if isinstance(body, dict) and body.keys() == {"truth"} else None
    if not isinstance(rows, list) or not rows:
        raise InvalidInput("the body is no list named 'truth'", code="invalid_request", field="truth", hint=_EXAMPLE)
    if len(rows) > max_rows:
        raise TooLarge(f"{len(rows)} rows in one call; {max_rows} at most", code="too_many_rows", field="truth")
    for index, row in enumerate(rows):
        place = f"truth[{index}]"
        if not isinstance(row, dict):
            raise InvalidInput("a row is not an object", code="invalid_request", field=place, hint=_EXAMPLE)
        extra = sorted(row.keys() - _FIELDS)
        if extra:
            said = f"{shown(extra[0])} is not a field of a row of truth"
            raise InvalidInput(said, code="invalid_request", field=f"{place}.{extra[0]}", hint=_EXAMPLE)
    return rows


def response(rows: int, file: str) -> Mapping[str, object]:
    """The answer: how many rows were taken, and the name under which the list of files has them."""
    return {"accepted": rows, "file": file}

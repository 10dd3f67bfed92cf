"""The wire for people with records: `{"rows": [{...}]}` in, one prediction per row out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from millrace.domain.errors import InvalidInput, TooLarge
from millrace.domain.suggestion import shown

_EXAMPLE = 'send {"rows": [{"<column>": <value>, ...}, ...]}'


def parse(body: object, max_rows: int) -> list[dict[str, object]]:
    """The rows of a request. Raises InvalidInput that names what is wrong, TooLarge beyond `max_rows`."""
    if not isinstance(body, dict) or not isinstance(body.get("rows"), list):
        raise InvalidInput("the body has no list named 'rows'", code="invalid_request", field="rows", hint=_EXAMPLE)
    extra = sorted(body.keys() - {"rows"})
    if extra:
        raise InvalidInput(
            f"{shown(extra[0])} is not a field of the request", code="invalid_request", field=extra[0], hint=_EXAMPLE
        )
    rows: list[dict[str, object]] = body["rows"]
    if not rows:
        raise InvalidInput("'rows' is empty", code="invalid_request", field="rows", hint=_EXAMPLE)
    if len(rows) > max_rows:
        raise TooLarge(f"{len(rows)} rows in one call; {max_rows} at most", code="too_many_rows", field="rows")
    for index, row in enumerate(rows):
        if not isinstance(row, dict):  # JSON may hold anything
            raise InvalidInput("a row is not an object", code="invalid_request", field=f"rows[{index}]", hint=_EXAMPLE)
    return rows


def classified(
    labels: Sequence[str], probabilities: Sequence[Sequence[float | None]], classes: Sequence[str]
) -> list[Mapping[str, object]]:
    """Predictions of classes: a label, and a probability for each class."""
    return [
        {"label": label, "probabilities": dict(zip(classes, row, strict=True))}
        for label, row in zip(labels, probabilities, strict=True)
    ]


def regressed(values: Sequence[float | None]) -> list[Mapping[str, object]]:
    """Predictions of a number, null where there is none."""
    return [{"value": value} for value in values]


def response(inference_id: str, model: str, version: int, predictions: Sequence[object]) -> Mapping[str, object]:
    """The answer. `inference_id` names this call when labels arrive later."""
    return {"id": inference_id, "model_name": model, "model_version": str(version), "predictions": predictions}

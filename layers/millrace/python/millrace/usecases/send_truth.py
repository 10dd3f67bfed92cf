"""Truth by the API: checked at once, and left where files of truth arrive, so that one order holds for all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from millrace.domain import digest
from millrace.domain.errors import InvalidInput, NotFound
from millrace.domain.naming import TruthKey, check_name
from millrace.domain.suggestion import shown
from millrace.domain.truth import ID, VALUE, checked
from millrace.ports import Delivery, Models


def send_truth(
    tenant: str, model: str, rows: Sequence[Mapping[str, object]], models: Models, delivery: Delivery
) -> TruthKey:
    """Keep the rows durably, all or none, and say where. The same rows again are the same file, which came again.

    Raises InvalidInput naming the row at fault, NotFound without the model.
    """
    if check_name(model, "model") not in {each.name for each in models.of_tenant(tenant)}:
        raise NotFound(f"there is no model {shown(model)}", code="model_not_found", field="model")
    lines = [_line(row, place) for place, row in enumerate(rows)]
    content = b"".join(lines)
    key = TruthKey(tenant, model, f"api-{digest.of_bytes(content)[:32]}.jsonl")
    delivery.send(str(key), content)
    return key


def _line(row: Mapping[str, object], place: int) -> bytes:
    try:
        truth = checked(row.get(ID), row.get(VALUE))
    except InvalidInput as error:
        raise InvalidInput(
            f"row {place}: {error.message}", code=error.code, field=f"truth[{place}].{error.field}", hint=error.hint
        ) from error
    return digest.canonical({ID: truth.inference_id, VALUE: truth.value}) + b"\n"

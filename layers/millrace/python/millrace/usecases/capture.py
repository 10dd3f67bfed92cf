"""Record what a model answered, before the answer leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from millrace.domain import inference_id
from millrace.domain.capture import Capture, CapturedRow, Fields, Rows, is_sampled
from millrace.domain.errors import MillraceError, Unavailable
from millrace.ports import Captures
from millrace.usecases.predict import Answer


def capture(
    answer: Answer,
    inputs: Callable[[int], Fields],
    outputs: Callable[[], Sequence[Fields]],
    captures: Captures,
) -> None:
    """Record a call as the version's spec has it: at its rate, with its fields.

    `inputs` gives a row as its caller wrote it, `outputs` all predictions; both are asked only where the call is
    captured. Raises Unavailable(code="capture_failed") where it can't be kept.
    """
    spec, version = answer.spec, answer.version
    if not is_sampled(answer.id, spec.capture_rate):
        return
    said, fields = outputs(), spec.capture_fields
    taken = [column.name for column in answer.schema.features if fields is None or column.name in fields]

    def row(number: int) -> CapturedRow:
        written = inputs(number)  # what the model ignores was not even looked at
        return CapturedRow({name: written[name] for name in taken if name in written}, said[number])

    rows, time = Rows(len(said), row), inference_id.time_of(answer.id)
    try:
        captures.record(Capture(answer.id, version.tenant, version.model, version.number, time, rows, version.created))
    except MillraceError as error:
        raise Unavailable(
            "the answer can't be recorded just now, so it is not given",
            code="capture_failed",
            hint="try again in a moment",
        ) from error

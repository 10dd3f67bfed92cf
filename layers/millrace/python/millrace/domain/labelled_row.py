"""A captured row whose truth is known: as a row of a dataset, and as an error of the version that answered."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from millrace.domain import spelling
from millrace.domain.errors import InvalidInput
from millrace.domain.manifest import Manifest
from millrace.domain.notation import DecimalMark
from millrace.domain.schema import Column, Kind, Schema
from millrace.domain.sketch import Scored

CLIP = 1e-15  # the least probability, as `evaluation.metrics` has it
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Answer = str | float  # a class's name, or a number


def answer(schema: Schema, value: object, decimal: DecimalMark = DecimalMark.POINT) -> Answer | None:
    """What truth says, spelled as the version's class or as its number; None where it is neither.

    A class is meant by its name, by another spelling of its number, or, where the two are answers such as yes and no,
    by any word for true or false, as in training. `decimal` is the mark of numbers written as text.
    """
    if not schema.task.is_classification:
        number = _spelled(Column(schema.target, Kind.NUMBER, decimal=decimal), value)
        return None if number is None else float(number)
    text = spelling.written(value)
    if text in schema.classes:
        return text
    number = _spelled(Column(schema.target, Kind.NUMBER, decimal=decimal), value)
    if number is not None and spelling.written(number) in schema.classes:
        return spelling.written(number)
    side = _spelled(Column(schema.target, Kind.BOOLEAN), value) if _are_sides(schema.classes) else None
    return None if side is None else schema.classes[int(side)]


def _are_sides(classes: tuple[str, ...]) -> bool:
    """Whether the classes are false and true, which training has in this order."""
    sides = (spelling.FALSE_WORDS, spelling.TRUE_WORDS)
    return len(classes) == 2 and all(name.lower() in words for name, words in zip(classes, sides, strict=True))


def _spelled(column: Column, value: object) -> float | None:
    """The number of a value, None where it is missing or none."""
    try:
        number = spelling.spell(column, value)
    except InvalidInput:
        return None
    return number if isinstance(number, float) and not math.isnan(number) else None


def columns(manifest: Manifest) -> tuple[str, ...]:
    """What a row of a dataset has, the target last, where it is found without being named.

    Beside the features that is what the spec names and the model left out: what it asks for must be there again.
    """
    schema, spec = manifest.schema, manifest.lineage.spec
    names = {column.name for column in schema.features} | {*(spec.features or ()), *spec.exclude}
    return (*sorted(names - {schema.target}), schema.target)


def data_row(inputs: Mapping[str, object], manifest: Manifest, truth: Answer) -> dict[str, object]:
    """The row as data: every feature and the target, written as the caller wrote it; null where nothing was captured.

    Except where that would make another column of it, read as data: seconds become a date, answers such as 1 and 0
    true and false, and a number that is a category or a text its text. Raises ValueError for a date beyond the
    calendar.
    """
    row: dict[str, object] = dict.fromkeys(columns(manifest))
    row.update((column.name, _written(column, inputs.get(column.name))) for column in manifest.schema.features)
    row[manifest.schema.target] = truth
    return row


def _written(column: Column, value: object) -> object:
    if column.kind is Kind.DATE and isinstance(value, int | float) and not isinstance(value, bool):
        return _date(float(value))
    if column.kind is Kind.BOOLEAN:
        side = _spelled(column, value)
        return None if side is None else side == 1.0
    if column.kind.is_text and value is not None:
        return spelling.written(value)
    return value


def _date(seconds: float) -> str | None:
    if math.isnan(seconds):
        return None
    try:
        return (_EPOCH + timedelta(seconds=seconds)).isoformat()
    except OverflowError as error:
        raise ValueError("a date beyond the calendar") from error


def scored(outputs: Mapping[str, object], truth: Answer) -> Scored | None:
    """The row's error; None where the version gave no number."""
    if isinstance(truth, str):
        probabilities = outputs.get("probabilities")
        said = probabilities.get(truth) if isinstance(probabilities, Mapping) else None
        probability = float(said) if isinstance(said, int | float) else 0.0
        loss = -math.log(min(max(probability, CLIP), 1.0))
        return Scored(1, int(outputs.get("label") == truth), loss + 0.0)  # and never minus nought
    value = outputs.get("value")
    error = abs(float(value) - truth) if isinstance(value, int | float) else math.inf
    return Scored(1, 0, 0.0, error * error, error) if math.isfinite(error * error) else None

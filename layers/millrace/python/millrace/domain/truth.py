"""Truth: labels that arrive later and are joined to captures by inference id."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TypeGuard

from millrace.domain import inference_id
from millrace.domain.errors import Rejected
from millrace.domain.run import DataLocation, Failure
from millrace.domain.sketch import Scored

ID, VALUE = "inference_id", "truth"  # what columns, or fields, of truth are called
LONGEST = 1024  # characters of a text; a class has fewer
SHOWN_FAULTS = 10  # of one file


@dataclass(frozen=True, slots=True)
class Truth:
    """What turned out to be true for one inference. `value` is as it was written: a class's name or a number.

    Of several for one inference the latest `arrived` counts, and in one file the last line.
    """

    inference_id: str
    value: str | float | bool
    arrived: str = ""

    @property
    def hour(self) -> str:
        """The partition of the capture that it is about."""
        return inference_id.hour_of(self.inference_id)


@dataclass(frozen=True, slots=True)
class TruthFile:
    """What became of one file of truth: so many rows were kept, for `failure` the whole file was not.

    `id` names the upload, and `arrived` its place in S3's order. `refused` rows were left out; `faults` says why of the
    first ones. `at` is ISO 8601 in UTC.
    """

    tenant: str
    model: str
    file: str
    id: str
    at: str
    arrived: str = ""
    rows: int = 0
    refused: int = 0
    faults: tuple[Failure, ...] = ()
    failure: Failure | None = None
    schema_version: int = 1

    @property
    def is_refused(self) -> bool:
        """Whether nothing of it could be used."""
        return self.failure is not None or not self.rows


@dataclass(frozen=True, slots=True)
class Labelled:
    """What a partition's captures and truth came to: `part` holds the joined rows as JSON Lines, None without any.

    `scored` sums the errors by version's number as text. `captures` and `truth` are the keys that were read;
    `unmatched` counts inference ids of truth that no capture has (yet), `unreadable` truth that is no class, or no
    number, of the version that answered, and `left_out` rows that lack a column of the part's. `columns` names those,
    and `arrived` is the latest of the joined truth. `damaged` captures could not be read to their end, and count for
    nothing. `believed` is the key of what the truth came to, that of the joined rows first; empty in older ones.
    """

    part: DataLocation | None = None
    rows: int = 0
    unmatched: int = 0
    scored: dict[str, Scored] = field(default_factory=dict)
    captures: tuple[str, ...] = ()
    truth: tuple[str, ...] = ()
    schema_version: int = 1
    unreadable: int = 0
    left_out: int = 0
    columns: str = ""
    arrived: str = ""
    damaged: tuple[str, ...] = ()
    believed: str = ""


def index_key(tenant: str, model: str, hour: str) -> str:
    """Where the `Labelled` of a partition lies in the capture bucket."""
    return f"{tenant}/{model}/labelled/{hour}.json"


def received_prefix(tenant: str) -> str:
    """What keys of a tenant's `TruthFile`s begin with in the capture bucket; no model is named so."""
    return f"{tenant}/_truth/"


def received_key(file: TruthFile) -> str:
    """Where it lies: the order of keys is that of arrival."""
    return f"{received_prefix(file.tenant)}{file.arrived}~{file.id}.json"


def checked(name: object, value: object, arrived: str = "") -> Truth:
    """One row of truth as it was sent. Raises Rejected(code="invalid_inference_id" or "invalid_truth", field=...).

    No message repeats what was sent, which may be personal.
    """
    _check_id(name)
    if isinstance(value, str):
        value = value.strip()
    if not _is_value(value):
        raise Rejected(
            f"{VALUE} is missing, or neither a text of at most {LONGEST} characters, a finite number, true nor false",
            code="invalid_truth",
            field=VALUE,
            hint="send the class's name, or the number, that turned out to be true",
        )
    return Truth(str(name), value, arrived)


def _is_value(value: object) -> TypeGuard[str | int | float]:
    if isinstance(value, str):
        return 0 < len(value) <= LONGEST and _is_whole(value)
    return isinstance(value, int | float) and _is_finite(value)


def _check_id(name: object) -> None:
    try:
        inference_id.hour_of(name if isinstance(name, str) else "")
    except (ValueError, OverflowError) as error:  # also a time beyond the calendar
        raise Rejected(
            f"{ID} is missing, or no id of an inference",
            code="invalid_inference_id",
            field=ID,
            hint="send the id of the answer; of a call with several rows the row's: the id, a dot, its number from 0",
        ) from error


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond every float
        return False


def _is_whole(text: str) -> bool:
    """Whether it can be written: JSON can spell half a character, and UTF-8 can't."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

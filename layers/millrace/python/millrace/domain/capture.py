"""Captures: recorded inferences, and where they lie, by tenant, model and hour, in the capture bucket."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

from millrace.domain import digest, inference_id, naming

SCHEMA_VERSION = 1  # of messages
SUFFIX = ".jsonl.gz"  # of capture objects
_DIGITS = 16  # of a digest, beside an id that says the call

Fields = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class CapturedRow:
    """One row of a call. `inputs` are as the caller wrote them; `outputs` as `POST .../predict` answers them.

    Those are `label` and `probabilities` by class, or `value`.
    """

    inputs: Fields
    outputs: Fields


class Rows(Sequence[CapturedRow]):
    """Rows that are made when they are asked for, so that a call of thousands is not held twice."""

    def __init__(self, count: int, make: Callable[[int], CapturedRow]) -> None:
        self._count, self._make = count, make

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> CapturedRow: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[CapturedRow]: ...
    def __getitem__(self, index: int | slice) -> CapturedRow | Sequence[CapturedRow]:
        numbers = range(self._count)[index]  # with its error for what is beyond them
        return self._make(numbers) if isinstance(numbers, int) else [self._make(number) for number in numbers]


@dataclass(frozen=True, slots=True)
class Capture:
    """One call that a model answered. `id` is its inference id, `time` ISO 8601 in UTC.

    `version_created` is when its version was registered, by which another one that has its number later is told apart.
    """

    id: str
    tenant: str
    model: str
    version: int
    time: str
    rows: Sequence[CapturedRow]
    version_created: str = ""

    @property
    def partition(self) -> Partition:
        """Where it belongs. Raises ValueError for an id that is none."""
        return Partition(self.tenant, self.model, inference_id.hour_of(self.id))

    @property
    def heading(self) -> bytes:
        """The first line of a message that carries it, before its rows: whose they are."""
        return digest.canonical(
            {
                "tenant": self.tenant,
                "model": self.model,
                "version_created": self.version_created,
                "schema_version": SCHEMA_VERSION,
            }
        )

    def line(self, number: int) -> bytes:
        """One of its rows as JSON, counted from 0. Python's NaN, a missing number, is null there."""
        row = self.rows[number]
        record = {
            "inference_id": inference_id.of_row(self.id, number, len(self.rows)),
            "time": self.time,
            "version": self.version,
            "inputs": row.inputs,
            "outputs": row.outputs,
        }
        try:
            return digest.canonical(record)
        except ValueError:  # rare, so not looked for in each row
            return digest.canonical(record | {"inputs": {name: _finite(each) for name, each in row.inputs.items()}})

    def lines(self) -> list[bytes]:
        """Its rows as JSON Lines: inference_id, time, version, inputs, outputs."""
        return [self.line(number) for number in range(len(self.rows))]


def _finite(value: object) -> object:
    """A caller's value as JSON has it: callers may send NaN, and for a category an infinity, which counts as text."""
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value


def is_sampled(call: str, rate: float) -> bool:
    """Whether the call of this id is captured at a rate from 0 to 1: the same answer whenever it is asked."""
    return int(digest.of_bytes(call.encode())[:13], 16) < rate * 16**13


@dataclass(frozen=True, slots=True)
class CaptureLine:
    """One line of a capture object: a row with its own inference id."""

    inference_id: str
    time: str
    version: int
    inputs: Fields
    outputs: Fields

    @property
    def call(self) -> str:
        """The inference id of the whole call."""
        return self.inference_id.partition(".")[0]

    @classmethod
    def parse(cls, content: bytes, read: Callable[[bytes], Any] = json.loads) -> CaptureLine:
        """Read a line as `Capture.lines` writes it; unknown fields are ignored. Raises ValueError saying why not.

        `read` is the reader of JSON: of millions of lines a faster one is worth having.
        """
        found = _object(content, read)
        for name, kind in _LINE:
            if type(found.get(name)) is not kind:
                raise ValueError(f"its {name} is no {kind.__name__}")
        if not inference_id.is_id(found["inference_id"]):
            raise ValueError("its inference_id is no inference id")
        return cls(*(found[name] for name, _ in _LINE))


_LINE = (("inference_id", str), ("time", str), ("version", int), ("inputs", dict), ("outputs", dict))


@dataclass(frozen=True, slots=True)
class Partition:
    """A model's captures of one hour of UTC (`2026-11-24T20`), and all that is made of them, in the capture bucket."""

    tenant: str
    model: str
    hour: str

    @property
    def captures(self) -> str:
        """What keys of capture objects begin with."""
        return f"{self.tenant}/{self.model}/captures/{self.hour}/"

    def object_key(self, first: bytes, content: str) -> str:
        """The key of the capture object whose first line and whose lines' digest these are. Raises ValueError."""
        return f"{self.captures}{CaptureLine.parse(first).inference_id}-{content[:_DIGITS]}{SUFFIX}"

    @property
    def truth(self) -> str:
        """What keys of truth for these captures begin with."""
        return f"{self.tenant}/{self.model}/truth/{self.hour}/"

    @property
    def labelled(self) -> str:
        """What keys of captures joined with their truth begin with."""
        return f"{self.tenant}/{self.model}/labelled/{self.hour}/"

    @property
    def sketch(self) -> str:
        """The key of the hour's sketch."""
        return f"{self.tenant}/{self.model}/sketches/{self.hour}.json"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A capture as a message carries it: whose it is, and its rows as lines, one at least. `call` is its id."""

    partition: Partition
    call: str
    version: int
    version_created: str
    lines: tuple[bytes, ...]

    @classmethod
    def parse(cls, message: str) -> Recorded:
        """Read what `Capture.heading` and `Capture.line` wrote. Raises ValueError saying why not."""
        heading, *lines = message.encode().split(b"\n")
        tenant, model, version_created = _told(heading)
        rows = [CaptureLine.parse(line) for line in lines]
        if not rows:
            raise ValueError("it has no row")
        call, version = rows[0].call, rows[0].version
        if any((row.call, row.version) != (call, version) for row in rows):
            raise ValueError("its rows are not of one call")
        return cls(Partition(tenant, model, inference_id.hour_of(call)), call, version, version_created, tuple(lines))


def _told(heading: bytes) -> tuple[str, str, str]:
    """The tenant, the model, and when the version was registered. Raises ValueError."""
    told = _object(heading)
    if told.get("schema_version") != SCHEMA_VERSION:
        raise ValueError(f"its first line is no heading of version {SCHEMA_VERSION}")
    tenant, model, created = (told.get(name) for name in ("tenant", "model", "version_created"))
    if isinstance(tenant, str) and isinstance(model, str) and isinstance(created, str):
        if naming.is_name(tenant) and naming.is_name(model):
            return tenant, model, created
        raise ValueError("its tenant or its model has no name that can be")
    raise ValueError("its heading does not say whose it is")


def _object(content: bytes, read: Callable[[bytes], Any] = json.loads) -> dict[str, Any]:
    try:
        found = read(content)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if type(found) is not dict:
        raise ValueError("it is no object")
    return found

"""Captures: recorded inferences, and where they lie, by tenant, model and hour, in the capture bucket."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from millrace.domain import digest, inference_id

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


@dataclass(frozen=True, slots=True)
class Capture:
    """One call that a model answered. `id` is its inference id, `time` ISO 8601 in UTC."""

    id: str
    tenant: str
    model: str
    version: int
    time: str
    rows: tuple[CapturedRow, ...]
    schema_version: int = 1

    @property
    def hour(self) -> str:
        """The partition it belongs to."""
        return inference_id.hour_of(self.id)

    def lines(self) -> list[bytes]:
        """Its rows as JSON Lines: inference_id, time, version, inputs, outputs."""
        return [
            digest.canonical(
                {
                    "inference_id": inference_id.of_row(self.id, number, len(self.rows)),
                    "time": self.time,
                    "version": self.version,
                    "inputs": row.inputs,
                    "outputs": row.outputs,
                }
            )
            for number, row in enumerate(self.rows)
        ]


@dataclass(frozen=True, slots=True)
class CaptureLine:
    """One line of a capture object: a row with its own inference id."""

    inference_id: str
    time: str
    version: int
    inputs: Fields
    outputs: Fields

    @classmethod
    def parse(cls, content: bytes) -> CaptureLine:
        """Read a line as `Capture.lines` writes it; unknown fields are ignored. Raises ValueError saying why not."""
        try:
            found = json.loads(content)
        except RecursionError as error:
            raise ValueError("it is nested too deeply") from error
        if type(found) is not dict:
            raise ValueError("it is no object")
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

    def object_key(self, lines: Sequence[bytes]) -> str:
        """The key of the capture object of these lines, one at least: the same lines have the same key."""
        first = CaptureLine.parse(lines[0]).inference_id
        content = digest.of_chunks(line + b"\n" for line in lines)
        return f"{self.captures}{first}-{content[:_DIGITS]}{SUFFIX}"

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

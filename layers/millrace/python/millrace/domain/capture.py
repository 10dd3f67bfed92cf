"""Captures: recorded inferences, and where they lie, by tenant, model and hour, in the capture bucket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from millrace.domain import digest, inference_id

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

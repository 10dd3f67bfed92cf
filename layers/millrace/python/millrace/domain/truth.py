"""Truth: labels that arrive later and are joined to captures by inference id."""

from __future__ import annotations

from dataclasses import dataclass, field

from millrace.domain.run import DataLocation
from millrace.domain.sketch import Scored

FOLDER = "truth"  # between dataset and file in a landing key: <tenant>/<model>/truth/<file>


@dataclass(frozen=True, slots=True)
class Truth:
    """What turned out to be true for one inference. `value` is as it was written: a class's name or a number.

    Of several for one inference the latest `arrived` counts, and in one file the last line.
    """

    inference_id: str
    value: str | float | bool
    arrived: str = ""


@dataclass(frozen=True, slots=True)
class Labelled:
    """What a partition's captures and truth came to: `part` holds the joined rows as JSON Lines, None without any.

    `scored` sums the errors by version's number as text. `captures` and `truth` are the keys that were read;
    `unmatched` counts inference ids of truth that no capture has (yet).
    """

    part: DataLocation | None = None
    rows: int = 0
    unmatched: int = 0
    scored: dict[str, Scored] = field(default_factory=dict)
    captures: tuple[str, ...] = ()
    truth: tuple[str, ...] = ()
    schema_version: int = 1


def index_key(tenant: str, model: str, hour: str) -> str:
    """Where the `Labelled` of a partition lies in the capture bucket."""
    return f"{tenant}/{model}/labelled/{hour}.json"

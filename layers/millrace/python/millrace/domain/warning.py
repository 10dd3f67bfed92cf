"""What a report warns of: nothing that stops a run, each with a stable code, what was seen, and what to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Warned:
    """One warning; its `code` is listed in docs/warnings.md.

    `says` is one sentence, `do` what to do about it, `columns` those it is about. Neither repeats a value of the data.
    """

    code: str
    says: str
    do: str
    columns: tuple[str, ...] = ()

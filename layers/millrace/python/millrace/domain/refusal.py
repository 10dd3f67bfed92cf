"""An upload that no tenant owns, and why it was refused: kept for the stage's operator, for a while."""

from __future__ import annotations

from dataclasses import dataclass

from millrace.domain.run import Failure

KEEP_DAYS = 30


@dataclass(frozen=True, slots=True)
class Refusal:
    """What came and why it was refused. `key` is shortened and holds no control characters; `at` is ISO 8601 in UTC.

    `id` names the upload: the same event again is the same refusal.
    """

    id: str
    key: str
    size: int  # bytes
    at: str
    failure: Failure

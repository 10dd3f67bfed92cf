"""What came of each reason to retrain: a run, or a refusal with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """Why a model was to be retrained."""

    DRIFT = "drift"
    PERSON = "person"


class Refusal(StrEnum):
    """Why it was not."""

    DISABLED = "retraining_disabled"  # by the spec
    NOT_DRIFTING = "not_drifting"  # by the model's own metric, read again
    COOLDOWN = "cooldown"
    DAILY_LIMIT = "daily_limit"
    TOO_FEW_ROWS = "too_few_rows"  # new ones with truth
    IN_PROGRESS = "run_in_progress"
    BREAKER = "breaker_open"  # challengers lost too often in a row
    NO_CHAMPION = "no_champion"


@dataclass(frozen=True, slots=True)
class Retraining:
    """One decision of `retrain`. `at` is ISO 8601 in UTC; a started one has a `run_id`, a refused one a `refusal`.

    `rows` are those with truth at the time; `says` is one sentence for a person. `resumed` is a person's word that the
    breaker may close.
    """

    tenant: str
    model: str
    at: str
    cause: Cause
    says: str
    run_id: str | None = None
    refusal: Refusal | None = None
    rows: int = 0
    resumed: bool = False

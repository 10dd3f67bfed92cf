"""Everything that is looked at before anything is learned: the profile, and what its owner should know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from millrace.data import alike, duplicates, labels, leakage, personal, profile
from millrace.data.admitted import Admitted
from millrace.domain.profile import Profile
from millrace.domain.warning import Warned

# Each looks at the admitted rows for one concern; a new one is a file and its row here.
CHECKS: tuple[Callable[[Admitted], tuple[Warned, ...]], ...] = (
    labels.find,
    alike.find,
    leakage.find,
    duplicates.find,
)


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was seen."""

    profile: Profile
    warned: tuple[Warned, ...]


def inspect(rows: Admitted, unanswered: int) -> Inspected:
    """Look at the rows that have an answer; `unanswered` others were left out."""
    sample = rows.sample()
    private = personal.find(sample)
    warned = [*personal.warned(private), *(each for check in CHECKS for each in check(rows))]
    return Inspected(profile.describe(rows, sample, private, unanswered), tuple(warned))

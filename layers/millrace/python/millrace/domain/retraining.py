"""What came of each reason to retrain: a run, or a refusal with its reason; and the guards between the two."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from millrace.domain.drift import ALARM_SEVERITY
from millrace.domain.run import Outcome, RunState
from millrace.domain.spec import Spec

BREAKER_LOST = 3  # challengers in a row that lost, after which a person must say that it may go on
DAY = 24.0  # hours


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

    `rows` are those with truth at the time, 0 where they were not counted; `says` is one sentence for a person.
    `resumed` is a person's word that the breaker may close; `who` says which person. Equal refusals of one day are one,
    told `count` times, `since` the first and last `at`.
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
    who: str | None = None
    count: int = 1
    since: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the guards look at. `severity` is the newest one measured of late, None where there is none.

    `champion` is the version that serves, None where nobody looked. `rows` with truth there are now; None while they
    are not counted, which takes longer than all the rest. Of them `recent` ones were captured since the last lesson.
    `open_run` is a run of the dataset that is not over. `past` holds the model's started and resumed decisions, newest
    first, and `ends` how the started ones' runs stand, by id.
    """

    now: str
    cause: Cause
    spec: Spec
    severity: float | None
    champion: int | None = None
    rows: int | None = None
    recent: int = 0
    open_run: str | None = None
    past: Sequence[Retraining] = ()
    ends: Mapping[str, Outcome] = field(default_factory=dict)

    @property
    def starts(self) -> Iterator[Retraining]:
        """The started decisions, newest first."""
        return (each for each in self.past if each.run_id is not None)

    @property
    def lesson(self) -> Retraining | None:
        """The last retraining that learned something: its run neither failed nor was cancelled."""
        for each in self.starts:
            end = self.ends.get(each.run_id or "")
            if end is None or end.state not in _LEARNED_NOTHING:
                return each
        return None

    @property
    def new_rows(self) -> int:
        """Rows that got their truth since then, at least: old captures expire, and are missing in the difference."""
        known = self.lesson.rows if self.lesson else 0
        return max((self.rows or 0) - known, self.recent)

    def hours_since(self, decision: Retraining) -> float:
        """How long ago it was."""
        return (datetime.fromisoformat(self.now) - datetime.fromisoformat(decision.at)).total_seconds() / 3600


@dataclass(frozen=True, slots=True)
class Guard:
    """What may stand between a reason and a run: `objects` says why it does, or None. Some let a person pass."""

    refusal: Refusal
    objects: Callable[[Facts], str | None]
    stops_people: bool = True


def refused(facts: Facts) -> tuple[Refusal, str] | None:
    """The first guard that objects, with its sentence; None when a run may begin."""
    for guard in GUARDS:
        if guard.stops_people or facts.cause is not Cause.PERSON:
            says = guard.objects(facts)
            if says is not None:
                return guard.refusal, says
    return None


def lost_in_a_row(past: Sequence[Retraining], ends: Mapping[str, Outcome]) -> list[str]:
    """The runs since the last promotion or resumption that ended without one, newest first.

    A run that failed by our own fault, that somebody cancelled or that goes on has neither won nor lost. A run begun
    again is one.
    """
    lost: list[str] = []
    for each in past:
        if each.resumed:
            break
        end = ends.get(each.run_id or "")
        if end is not None and end.promoted:
            break
        if each.run_id and end is not None and end.state in _LOST and each.run_id not in lost:
            lost.append(each.run_id)
    return lost


def taken_back(past: Sequence[Retraining], ends: Mapping[str, Outcome], champion: int | None) -> int | None:
    """The version that the last retraining had promoted and that a person took back since; None where none was."""
    for each in past:
        if each.resumed:
            return None
        end = ends.get(each.run_id or "")
        if end is not None and end.promoted:
            version = end.version or 0
            return version if champion is not None and champion < version else None
    return None


_LOST = {RunState.SUCCEEDED, RunState.REJECTED}  # not promoted; the input of a rejected one won't mend by itself
_LEARNED_NOTHING = {RunState.FAILED, RunState.CANCELLED}


def _not_drifting(facts: Facts) -> str | None:
    if facts.severity is None:
        return "no drift was measured of late"
    if facts.severity >= ALARM_SEVERITY:
        return None
    return f"the drift last measured has a severity of {facts.severity:.2f}; it counts from {ALARM_SEVERITY:g} on"


def _disabled(facts: Facts) -> str | None:
    return None if facts.spec.retrain else "the champion's spec says retrain: false"


def _breaker(facts: Facts) -> str | None:
    version = taken_back(facts.past, facts.ends, facts.champion)
    if version is not None:
        return f"version {version}, which retraining had made, was taken back: a person must say that it may go on"
    lost = lost_in_a_row(facts.past, facts.ends)
    if len(lost) < BREAKER_LOST:
        return None
    return f"{len(lost)} challengers in a row lost, the last by run {lost[0]}: a person must say that it may go on"


def _in_progress(facts: Facts) -> str | None:
    return f"run {facts.open_run} of the same dataset is in progress" if facts.open_run else None


def _cooldown(facts: Facts) -> str | None:
    last, wait = next(facts.starts, None), facts.spec.retrain_cooldown_hours
    if last is None or facts.hours_since(last) >= wait:
        return None
    return (
        f"the last retraining began {facts.hours_since(last):.1f} hours ago, at {last.at}; "
        f"retrain_cooldown_hours is {wait:g}"
    )


def _daily_limit(facts: Facts) -> str | None:
    begun, limit = sum(facts.hours_since(each) < DAY for each in facts.starts), facts.spec.retrain_daily_limit
    if begun < limit:
        return None
    return f"{begun} retrainings began in the last 24 hours; retrain_daily_limit is {limit}"


def _too_few_rows(facts: Facts) -> str | None:
    if facts.rows is None:
        return None
    new, least = facts.new_rows, facts.spec.retrain_least_rows
    return (
        None
        if new >= least
        else f"{new} rows with truth are new, of {facts.rows} in all; retrain_least_rows is {least}"
    )


GUARDS = (
    Guard(Refusal.NOT_DRIFTING, _not_drifting, stops_people=False),
    Guard(Refusal.DISABLED, _disabled),
    Guard(Refusal.BREAKER, _breaker),  # before what passes by itself: a person is to hear of it soon
    Guard(Refusal.IN_PROGRESS, _in_progress),
    Guard(Refusal.COOLDOWN, _cooldown, stops_people=False),
    Guard(Refusal.DAILY_LIMIT, _daily_limit, stops_people=False),
    Guard(Refusal.TOO_FEW_ROWS, _too_few_rows),
)

"""What became of a model's earlier retrainings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from millrace.domain.retraining import BREAKER_LOST, Retraining, lost_in_a_row
from millrace.domain.run import Outcome, Run, RunState
from millrace.ports import Clock, Retrainings, Runs

LOOKED_AT = 20  # newest starts whose runs are looked at: enough to find three that lost among some that failed
STARTING_SECONDS = 60.0  # that a start may be recorded without its run; then it never began


class PastPorts(Protocol):
    """What looking back needs from outside: a part of what its callers have."""

    @property
    def retrainings(self) -> Retrainings:
        """What was decided."""
        ...

    @property
    def runs(self) -> Runs:
        """The registry's runs."""
        ...

    @property
    def clock(self) -> Clock:
        """The time."""
        ...


@dataclass(frozen=True, slots=True)
class Past:
    """The decisions that are no refusals, newest first, and how their runs stand, by id, of the newest ones.

    A start whose run never came to be is left out; `starting` is the run of one that may still come. `last` is when
    the last start was recorded, whatever became of it.
    """

    decisions: Sequence[Retraining]
    ends: Mapping[str, Outcome]
    starting: str | None
    last: str | None

    @property
    def lost(self) -> Sequence[str]:
        """The runs that lost in a row, newest first."""
        return lost_in_a_row(self.decisions, self.ends)

    @property
    def is_broken(self) -> bool:
        """Whether so many lost that a person must say that it may go on."""
        return len(self.lost) >= BREAKER_LOST


def past_of(tenant: str, model: str, ports: PastPorts, limit: int = LOOKED_AT) -> Past:
    """At most so many decisions, and how the runs of the newest ones stand."""
    decisions = ports.retrainings.begun(tenant, model, limit)
    starts = [(each.run_id, each.at) for each in decisions if each.run_id]
    runs = {run_id: ports.runs.find(tenant, run_id) for run_id, _ in starts[:LOOKED_AT]}
    young = [run_id for run_id, at in starts if _age(at, ports.clock.now()) < STARTING_SECONDS]
    absent = {run_id for run_id, run in runs.items() if run is None}
    return Past(
        tuple(each for each in decisions if each.run_id not in absent),
        # Of a run whose spec leaves promoting to people, no promotion says nothing.
        {run_id: run.outcome for run_id, run in runs.items() if run is not None and _is_decided(run)},
        next((run_id for run_id in young if run_id in absent), None),
        next((at for _, at in starts), None),
    )


def _is_decided(run: Run) -> bool:
    """Whether the run's end says who won."""
    return run.spec.promote or run.outcome.state is not RunState.SUCCEEDED or run.outcome.promoted


def _age(at: str, now: str) -> float:
    """Seconds between the two."""
    return (datetime.fromisoformat(now) - datetime.fromisoformat(at)).total_seconds()

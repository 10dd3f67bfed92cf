"""Decisions about retraining, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import Lock

from millrace.domain.retraining import Retraining


class FakeRetrainings:
    def __init__(self) -> None:
        self._lock = Lock()
        self._held: list[Retraining] = []

    def add(self, decision: Retraining) -> None:
        with self._lock:
            same = next((each for each in self._held if decision.refusal and _kind(each) == _kind(decision)), None)
            if same is not None:
                self._held.remove(same)
                decision = replace(decision, count=same.count + 1, since=same.since or same.at)
            self._held.append(decision)

    def start(self, decision: Retraining, after: str | None) -> bool:
        with self._lock:
            last = max(
                (each.at for each in self._held if each.run_id and _model(each) == _model(decision)), default=None
            )
            if last != after:
                return False
            self._held.append(decision)
            return True

    def begun(self, tenant: str, model: str, limit: int) -> Sequence[Retraining]:
        return [each for each in self.of_model(tenant, model, len(self._held)) if each.refusal is None][:limit]

    def of_model(self, tenant: str, model: str, limit: int) -> Sequence[Retraining]:
        with self._lock:
            mine = [each for each in self._held if _model(each) == (tenant, model)]
        return sorted(mine, key=lambda each: each.at, reverse=True)[:limit]

    def forget(self, tenant: str, model: str | None = None) -> int:
        """Take a model's decisions away, or a tenant's; how many there were."""
        with self._lock:
            doomed = [each for each in self._held if each.tenant == tenant and model in (None, each.model)]
            self._held = [each for each in self._held if each not in doomed]
            return len(doomed)


def _model(decision: Retraining) -> tuple[str, str]:
    return decision.tenant, decision.model


def _kind(decision: Retraining) -> tuple[object, ...]:
    """What equal refusals of one day have in common."""
    return *_model(decision), decision.refusal, decision.cause, decision.at[:10]

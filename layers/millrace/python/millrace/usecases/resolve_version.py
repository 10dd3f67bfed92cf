"""Which version an address means now: whatever was read is believed for a few seconds, for it may be removed."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from millrace.domain import naming
from millrace.domain.errors import NotFound
from millrace.domain.model import CHAMPION, ModelAddress, ModelVersion
from millrace.domain.suggestion import shown
from millrace.inference.sessions import Recent
from millrace.ports import Clock, Models

_REMEMBERED = 4096  # versions and aliases; a few hundred bytes each


@dataclass(frozen=True, slots=True)
class _Belief:
    """Where an alias pointed at `since` (monotonic seconds, taken before it was read)."""

    number: int
    since: float


@dataclass(frozen=True, slots=True)
class _Seen:
    """A version that was there at `since`, as above."""

    version: ModelVersion
    since: float


class Versions:
    """Resolves addresses.

    What an alias points at, and that a version is still there, is believed for `alias_seconds`, then read again with a
    strongly consistent read.
    """

    def __init__(self, models: Models, clock: Clock, alias_seconds: float) -> None:
        self._models = models
        self._clock = clock
        self._alias_seconds = alias_seconds
        self._aliases: Recent[_Belief] = Recent(_REMEMBERED)
        self._versions: Recent[_Seen] = Recent(_REMEMBERED)
        self._newest = threading.Lock()

    def find(self, address: ModelAddress) -> ModelVersion:
        """The version meant now. Raises NotFound; another tenant's model looks the same as one that isn't there."""
        if not (naming.is_name(address.model) and naming.is_name(address.version)):
            raise _not_found(address)  # nothing has such a name, and it must not reach a registry's key
        number = address.number or self._follow(address)
        key = f"{address.tenant}/{address.model}/{number}"
        now = self._clock.monotonic()
        seen = self._versions.find(key)
        if seen is None or now - seen.since >= self._alias_seconds:
            self._versions.forget(key)
            seen = self._versions.get(key, 1, lambda: _Seen(self._read(address, number), now))
        return seen.version

    def _follow(self, address: ModelAddress) -> int:
        key = f"{address.tenant}/{address.model}/{address.version}"
        now = self._clock.monotonic()
        belief = self._aliases.find(key)
        if belief is not None and now - belief.since < self._alias_seconds:
            return belief.number
        alias = self._models.alias(address.tenant, address.model, address.version)
        if alias is None:
            self._aliases.forget(key)
            raise _not_found(address)
        with self._newest:  # a slow reader must not overwrite what a later one saw
            belief = self._aliases.find(key)
            if belief is None or belief.since <= now:
                self._aliases.keep(key, _Belief(alias.version, now))
        return alias.version

    def _read(self, address: ModelAddress, number: int) -> ModelVersion:
        version = self._models.version(address.tenant, address.model, number)
        if version is None:
            raise _not_found(address)
        return version


def _not_found(address: ModelAddress) -> NotFound:
    if address.version == CHAMPION:
        return NotFound(f"there is no model {shown(address.model)} that serves", code="model_not_found", field="model")
    message = f"there is no version {shown(address.version)} of a model {shown(address.model)}"
    return NotFound(message, code="model_not_found", field="model")

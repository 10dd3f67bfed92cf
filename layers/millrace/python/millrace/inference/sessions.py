"""Loaded models, kept while they fit: one process serves many models and must not grow without bound."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from millrace.domain.errors import TooLarge

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """The most recently used values whose weights together stay within `capacity`. Safe for threads.

    Evicting forgets a value; whoever still holds it goes on using it.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[str, tuple[Value, int]] = OrderedDict()
        self._weight = 0
        self._guard = threading.Lock()
        self._loading = threading.Lock()

    @property
    def weight(self) -> int:
        """What is kept weighs this much."""
        return self._weight

    def find(self, key: str) -> Value | None:
        """The value, now the most recently used; None if it isn't kept."""
        with self._guard:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def keep(self, key: str, value: Value, weight: int = 1) -> None:
        """Keep the value in place of what stood there, forgetting the least recently used ones to make room."""
        with self._guard:
            self._forget(key)
            self._make_room(weight)
            self._kept[key] = (value, weight)
            self._weight += weight

    def forget(self, key: str) -> None:
        """Let the value go, if it is kept."""
        with self._guard:
            self._forget(key)

    def get(self, key: str, weight: int, load: Callable[[], Value]) -> Value:
        """The value, loaded when it isn't kept. One load at a time, since two could exceed the capacity together.

        Room is made first. Raises TooLarge(code="model_too_large") beyond the whole capacity, and what `load` raises.
        """
        found = self.find(key)
        if found is not None:
            return found
        if weight > self._capacity:
            raise TooLarge(
                f"the model would take {weight} bytes of memory and this endpoint gives models {self._capacity}",
                code="model_too_large",
                hint="raise session_bytes in the stage's configuration",
            )
        with self._loading:
            found = self.find(key)
            if found is not None:
                return found
            with self._guard:
                self._make_room(weight)
            value = load()
            self.keep(key, value, weight)
            return value

    def _forget(self, key: str) -> None:
        if key in self._kept:
            self._weight -= self._kept.pop(key)[1]

    def _make_room(self, weight: int) -> None:
        while self._kept and self._weight + weight > self._capacity:
            _, (_, freed) = self._kept.popitem(last=False)
            self._weight -= freed

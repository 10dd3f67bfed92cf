"""Many callers at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

Answer = TypeVar("Answer")


def race(racers: int, call: Callable[[int], Answer]) -> list[Answer]:
    """Call `call(0)` ... `call(racers - 1)` from threads that start together; the answers in that order."""
    line = Barrier(racers)

    def run(number: int) -> Answer:
        line.wait(timeout=60)
        return call(number)

    with ThreadPoolExecutor(racers) as pool:
        return list(pool.map(run, range(racers)))

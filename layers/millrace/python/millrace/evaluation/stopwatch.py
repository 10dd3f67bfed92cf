"""Where a job's time goes: named phases by the clock on the wall, for its report."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from millrace.domain.report import Phase


class Stopwatch:
    """Call it with a phase's name around that phase."""

    def __init__(self) -> None:
        self._phases: list[Phase] = []

    @property
    def phases(self) -> tuple[Phase, ...]:
        """Those that are over, in order."""
        return tuple(self._phases)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Time what is inside; a phase that raises is not kept."""
        began = time.monotonic()
        yield
        self._phases.append(Phase(name, round(time.monotonic() - began, 3)))

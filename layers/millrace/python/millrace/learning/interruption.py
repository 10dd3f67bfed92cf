"""Ctrl-C as a wish: a search ends with what it has, and does not lose it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

NUMBER = signal.SIGINT


def _silent() -> None:
    """Nobody is told."""


class Interruption:
    """What a search asks whether it should end, as in `with Interruption() as it: learn(..., interrupted=it)`.

    The first Ctrl-C is a wish, and `told` is called of it. The second calls `gave_up`, and raises KeyboardInterrupt as
    ever; so does one before the search began to ask, when there is nothing to keep. Where Ctrl-C is ignored it stays
    so, and in a thread beside the main one, which gets no signals, nothing is changed.
    """

    def __init__(self, told: Callable[[], None] = _silent, gave_up: Callable[[], None] = _silent) -> None:
        self._told, self._gave_up = told, gave_up
        self._before: Any = None
        self._is_asked = self._is_wanted = self._is_ours = False

    def __call__(self) -> bool:
        """Whether there was a Ctrl-C."""
        self._is_asked = True
        return self._is_wanted

    def __enter__(self) -> Self:
        """Listen."""
        if threading.current_thread() is threading.main_thread() and signal.getsignal(NUMBER) is not signal.SIG_IGN:
            self._before = signal.signal(NUMBER, self._on_signal)
            self._is_ours = True
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Leave Ctrl-C as it was."""
        if self._is_ours:
            signal.signal(NUMBER, self._before)
            self._is_ours = False

    def _on_signal(self, _: int, __: FrameType | None) -> None:
        if self._is_wanted:
            self._gave_up()
        if self._is_wanted or not self._is_asked:
            raise KeyboardInterrupt
        self._is_wanted = True
        self._told()

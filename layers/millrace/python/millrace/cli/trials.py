"""A search as it happens: how far it is, its last trials, and the best score so far."""

from __future__ import annotations

import math
import os
import time
from collections import deque
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from millrace.cli import render
from millrace.cli.exits import INTERRUPTED
from millrace.cli.screen import Screen
from millrace.domain.report import Candidate
from millrace.domain.spec import Spec

if TYPE_CHECKING:
    from millrace.usecases.train_here import Happened

SHOWN = 8  # trials
WIDTH = 40  # columns of the bar
READING, SEARCHING, CONCLUDING = "reading the file", "searching", "exporting and judging the best"
ENDING = "Ctrl-C: the best so far is kept. Another one gives it up."


class Trials:
    """What is shown while a search goes on: a live picture on a terminal, else a line for each trial."""

    def __init__(self, screen: Screen, spec: Spec) -> None:
        self._screen, self._spec, self._began = screen, spec, time.monotonic()
        self._last: deque[Happened] = deque(maxlen=SHOWN)
        self.is_interrupted = False

    def shown(self) -> AbstractContextManager[object]:
        """While this context is open, what there is to see is seen."""
        return self._screen.live(self.drawn) if self._screen.is_terminal else nullcontext()

    def tell(self, happened: Happened) -> None:
        """A trial is over."""
        self._last.append(happened)
        if not self._screen.is_terminal:
            self._screen.note(Text(said(happened)), soft_wrap=True)

    def interrupt(self) -> None:
        """There was a Ctrl-C, perhaps in the midst of a line."""
        self.is_interrupted = True
        if not self._screen.is_terminal:
            with suppress(RuntimeError):  # of a stream that was being written to
                self._screen.aside(ENDING)

    def give_up(self) -> None:
        """There was another Ctrl-C: end at once, where an orderly end would wait for fits in other threads."""
        self._screen.leave()
        os._exit(INTERRUPTED)

    def drawn(self) -> RenderableType:
        """All of it, now."""
        parts: list[RenderableType] = [self._bar(), Text(self._doing(), style="dim")]
        if self._last:
            parts += [Text(), self._table(), Text(best(self._last[-1]), style="bold")]
        return Group(*parts)

    def _bar(self) -> RenderableType:
        done, whole, unit = self._amount()
        bar = ProgressBar(total=whole, completed=min(done, whole), width=WIDTH)
        line = Table.grid(padding=(0, 1))
        line.add_row(bar, Text(f"{min(done, whole):.0f} of {whole:g} {unit}"))
        return line

    def _amount(self) -> tuple[float, float, str]:
        """How much is done, of what, in which unit."""
        if self._spec.trials is not None:
            return (self._last[-1].number if self._last else 0), self._spec.trials, "trials"
        return time.monotonic() - self._began, self._spec.budget_seconds, "s"

    def _doing(self) -> str:
        done, whole, _ = self._amount()
        if self.is_interrupted:
            return ENDING
        if not self._last:
            return READING
        return CONCLUDING if done >= whole else f"{SEARCHING}; Ctrl-C ends it and keeps the best so far"

    def _table(self) -> RenderableType:
        heads = ("trial", "candidate", self._last[-1].metric.value, "spread", "time", "")
        rows = ((each.number, *_cells(each.made), each.made.dropped) for each in self._last)
        return render.table("", heads, rows)


def said(happened: Happened) -> str:
    """One trial and the best so far, as a line."""
    score, made = _cells(happened.made), happened.made
    given_up = f", {made.dropped}" if made.dropped else ""
    return (
        f"trial {happened.number}: {score[0]}, {happened.metric.value} {score[1]} {score[2]}, {score[3]}{given_up}; "
        f"{best(happened)}"
    )


def best(happened: Happened) -> str:
    """Who is ahead."""
    if happened.best is None:
        return "none is whole yet"
    return f"best {happened.best.name}, {happened.metric.value} {render.figure(happened.best.score)}"


def _cells(made: Candidate) -> tuple[str, str, str, str]:
    score = "none" if math.isnan(made.score) else render.figure(made.score)
    return made.name, score, f"± {render.figure(made.spread)}", f"{made.seconds:.1f} s"

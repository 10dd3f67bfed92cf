"""Where the command line writes: results to stdout; as JSON, if asked for, with all else on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.text import Text

from millrace.adapters.documents import plain
from millrace.domain import digest
from millrace.domain.errors import MillraceError

PIPE_WIDTH = 160  # columns, where there is no terminal to ask


class Screen:
    """Results and notes. Colours and spinners only where a terminal shows them."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._out = _console(stderr=False)
        self._notes = _console(stderr=True) if as_json else self._out
        self._err = _console(stderr=True)

    def show(self, value: object, human: Callable[[], RenderableType]) -> None:
        """A command's result: `value` as one line of JSON, or what `human` makes of it."""
        if self.as_json:
            self._out.out(digest.canonical(plain(value)).decode(), highlight=False)
        else:
            self._out.print(human())

    def note(self, text: RenderableType, *, soft_wrap: bool = False) -> None:
        """Something on the way; `soft_wrap` leaves a line whole, to be copied."""
        self._notes.print(text, soft_wrap=soft_wrap)

    def aside(self, text: str) -> None:
        """A sentence on stderr, with JSON or without."""
        self._err.print(Text(text))

    def json_line(self, value: object) -> None:
        """One of many values, each on a line of its own."""
        self._out.out(digest.canonical(plain(value)).decode(), highlight=False)

    def line(self, text: str) -> None:
        """A line of somebody else's text, without markup or wrapping."""
        self._out.out(text, highlight=False)

    @contextmanager
    def busy(self, text: str) -> Iterator[Callable[[str], None]]:
        """A spinner with a text that can be changed; nothing where no terminal shows it."""
        with self._notes.status(text) as status:
            yield lambda changed: status.update(changed)

    @property
    def is_terminal(self) -> bool:
        """Whether notes are seen as they come, by a person."""
        return self._notes.is_terminal

    def live(self, draw: Callable[[], RenderableType]) -> Live:
        """A picture that is drawn anew four times a second, and is gone when its context ends."""
        return Live(get_renderable=draw, console=self._notes, transient=True, refresh_per_second=4)

    def leave(self) -> None:
        """Make the terminal as it was before a live picture, where its context will not end."""
        self._notes.show_cursor()

    def error(self, error: MillraceError) -> None:
        """What went wrong, for a person or, as JSON, for a program."""
        facts: dict[str, Any] = {"type": type(error).__name__, "code": error.code, "message": error.message}
        facts |= {"field": error.field, "hint": error.hint}
        if self.as_json:
            self._err.out(digest.canonical({"error": facts}).decode(), highlight=False)
            return
        body = Text(error.message)
        if error.field:
            body.append(f"\nfield: {error.field}", style="dim")
        if error.hint:
            body.append(f"\n\n→ {error.hint}", style="bold")
        self._err.print(Panel(body, title=error.code, title_align="left", border_style="red", expand=False))


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, PIPE_WIDTH)
    return console

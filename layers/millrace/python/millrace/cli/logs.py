"""`millrace logs`: every function's lines together, in the order of time."""

from __future__ import annotations

import contextlib
import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import typer

from millrace.cli.session import Session
from millrace.domain.errors import InvalidInput
from millrace.ports import LogLines

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
LOOK_SECONDS = 2.0
LATE_MILLISECONDS = 30_000  # that a line may arrive after a newer one
_SPAN = re.compile(r"([0-9]{1,6})([smhd])")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(epilog="Example: millrace logs --since 1h --follow")(logs)


def logs(
    context: typer.Context,
    since: Annotated[str, typer.Option(help="How far back: 90s, 15m, 2h, 1d.")] = "15m",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,  # noqa: FBT002  # the parser's own form
    run: Annotated[str | None, typer.Option(help="Only lines that hold this run's id.")] = None,
) -> None:
    """Show the stage's log lines, oldest first; with --json each is an object of time, function and line."""
    session: Session = context.obj
    tail = Tail(session.log_lines, int(time.time() * 1000) - span_seconds(since) * 1000)
    if not follow:
        _tell(session, tail, run)
        return
    with contextlib.suppress(KeyboardInterrupt):  # that is how it is meant to end
        while True:
            _tell(session, tail, run)
            time.sleep(LOOK_SECONDS)


class Tail:
    """The lines from a time on, each once: every look goes back a while, since a line may arrive after a newer one."""

    def __init__(self, lines: LogLines, since: int) -> None:
        """`since` is a Unix time in milliseconds."""
        self._lines, self._since = lines, since
        self._seen = Counter[str]()  # what the last look found, so that as much of it is left out of the next

    def look(self) -> Iterator[str]:
        """The lines that the look before did not find, in the order of time."""
        found, newest = Counter[str](), self._since
        for line in self._lines.since(self._since):
            found[line] += 1
            newest = max(newest, milliseconds(line))
            if found[line] > self._seen[line]:
                yield line
        self._seen, self._since = found, max(self._since, newest - LATE_MILLISECONDS)


def _tell(session: Session, tail: Tail, run: str | None) -> None:
    """Show the lines that came since the last time, of one run where one is meant."""
    for line in tail.look():
        if run is None or run in line:
            if session.screen.as_json:
                session.screen.json_line(parts(line))
            else:
                session.screen.line(line)


def parts(line: str) -> dict[str, str]:
    """A line taken apart: when, which function, and what it wrote."""
    return dict(zip(("time", "function", "line"), line.split(" ", 2), strict=True))


def span_seconds(text: str) -> int:
    """The seconds that a span like 15m means. Raises InvalidInput."""
    match = _SPAN.fullmatch(text)
    if match is None:
        raise InvalidInput(f"{text!r} is not a span of time", field="--since", hint="write 90s, 15m, 2h or 1d")
    return int(match[1]) * SECONDS[match[2]]


def milliseconds(line: str) -> int:
    """The Unix time that a line begins with."""
    return round(datetime.fromisoformat(line.split(" ", 1)[0].replace("Z", "+00:00")).timestamp() * 1000)

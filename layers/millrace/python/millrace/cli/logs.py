"""`millrace logs`: every function's lines together, in the order of time."""

from __future__ import annotations

import contextlib
import re
import time
from datetime import datetime
from typing import Annotated

import typer

from millrace.cli.session import Session
from millrace.domain.errors import InvalidInput

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
LOOK_SECONDS = 2.0
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
    newest = int(time.time() * 1000) - span_seconds(since) * 1000
    if not follow:
        _tell(session, newest, run)
        return
    with contextlib.suppress(KeyboardInterrupt):  # that is how it is meant to end
        while True:
            newest = _tell(session, newest, run)
            time.sleep(LOOK_SECONDS)


def _tell(session: Session, newest: int, run: str | None) -> int:
    """Show the lines after a time, of one run where one is meant; return the time of the last one, shown or not."""
    for line in session.log_lines.since(newest):
        if run is None or run in line:
            if session.screen.as_json:
                session.screen.json_line(parts(line))
            else:
                session.screen.line(line)
        newest = max(newest, milliseconds(line))
    return newest


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

"""Log lines in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime


class FakeLogLines:
    def __init__(self) -> None:
        self._held: list[tuple[int, str, str]] = []

    def put(self, function: str, lines: Iterable[tuple[int, str]]) -> None:
        """Lines of a function, each with its Unix time in milliseconds."""
        self._held += [(at, function, line) for at, line in lines]

    def since(self, milliseconds: int) -> Iterator[str]:
        for at, function, line in sorted(self._held):
            if at > milliseconds:
                when = datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
                yield f"{when.replace('+00:00', 'Z')} {function} {line}"

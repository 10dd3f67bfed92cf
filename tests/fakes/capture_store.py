"""The capture bucket in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Lock

from millrace.domain.capture import CaptureLine, Partition
from millrace.domain.errors import Corrupt, NotFound


class FakeCaptureStore:
    def __init__(self) -> None:
        self._lock = Lock()
        self.held: dict[str, list[bytes]] = {}  # lines by key; a test may plant or damage some
        self.reads: list[str] = []  # keys in the order of their reading

    def write(self, partition: Partition, lines: Sequence[bytes]) -> str:
        key = partition.object_key(lines)
        with self._lock:
            self.held.setdefault(key, list(lines))
        return key

    def hours(self, tenant: str, model: str, since: str) -> Sequence[str]:
        prefix = f"{tenant}/{model}/captures/"
        found = {key[len(prefix) :].partition("/")[0] for key in self.held if key.startswith(prefix)}
        return sorted(hour for hour in found if hour >= since)

    def objects(self, partition: Partition) -> Sequence[str]:
        return sorted(key for key in self.held if key.startswith(partition.captures))

    def read(self, key: str) -> Iterator[CaptureLine]:
        if key not in self.held:
            raise NotFound(f"there is no capture object {key}")
        self.reads.append(key)
        for number, line in enumerate(self.held[key], 1):
            try:
                yield CaptureLine.parse(line)
            except ValueError as error:
                raise Corrupt(f"line {number} of {key} is no capture: {error}", field=key) from error

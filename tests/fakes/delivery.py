"""A way into a landing bucket in memory."""

from __future__ import annotations

from millrace.domain.run import DataLocation
from tests.fakes.landing import FakeLanding


class FakeDelivery:
    def __init__(self, landing: FakeLanding) -> None:
        self.landing = landing

    def send(self, key: str, content: bytes) -> DataLocation:
        return self.landing.stat(key, self.landing.put(key, content))

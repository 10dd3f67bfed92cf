"""Keys of one registry, with a clock and with random bytes that a test knows."""

from __future__ import annotations

from millrace.domain.access import Caller, Scope
from millrace.usecases.authorize import authorize
from millrace.usecases.issue_key import IssuedKey, KeyRequest, issue_key
from tests.fakes.clock import FakeClock
from tests.fakes.keys import FakeKeys

INFER = frozenset({Scope.INFER})


class Entropy:
    """Other bytes at each call."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, count: int) -> bytes:
        self.calls += 1
        return bytes([self.calls]) * count


class Keyring:
    def __init__(self) -> None:
        self.keys, self.clock, self.entropy = FakeKeys(), FakeClock(), Entropy()

    def issue(self, request: KeyRequest | None = None) -> IssuedKey:
        return issue_key(request or KeyRequest("acme", INFER), self.keys, self.clock, self.entropy)

    def authorize(self, text: str) -> Caller:
        return authorize(text, self.keys, self.clock)

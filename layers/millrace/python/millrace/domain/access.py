"""Tenants, and the keys by which their callers are known."""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from millrace.domain import digest
from millrace.domain.errors import Unauthenticated

KEY_DAYS = 90  # how long a key lives unless somebody says otherwise
_KEY = re.compile(r"mr_([a-z0-9-]{1,63})\.([0-9a-f]{16})\.([A-Za-z0-9_-]{43})")


class Scope(StrEnum):
    """What a key may do. Scopes don't imply one another."""

    INFER = "infer"
    TRAIN = "train"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Tenant:
    """Who owns data, models and keys. `created` is ISO 8601 in UTC."""

    name: str
    created: str


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is stored: never the secret, only its SHA-256 (of 256 random bits, so no slow hash is due)."""

    tenant: str
    id: str  # 16 hex digits
    secret_digest: str
    scopes: frozenset[Scope]
    created: str
    expires: str  # ISO 8601 in UTC, compared as text: fixed width
    revoked: str | None = None
    label: str = ""

    def admits(self, secret: str, now: str) -> bool:
        """Whether `secret` opens this key at `now`; compares in constant time."""
        matches = hmac.compare_digest(digest.of_bytes(secret.encode()), self.secret_digest)
        return matches and self.revoked is None and now < self.expires


@dataclass(frozen=True, slots=True)
class PresentedKey:
    """A key as a caller sends it: `mr_<tenant>.<key id>.<secret>`."""

    tenant: str
    id: str
    secret: str

    @classmethod
    def parse(cls, text: str) -> PresentedKey:
        """Split a key's text. Raises Unauthenticated, never repeating the text."""
        match = _KEY.fullmatch(text)
        if match is None:
            raise Unauthenticated("the key is not one of ours", hint="send 'Authorization: Bearer mr_...'")
        return cls(*match.groups())

    def __str__(self) -> str:
        return f"mr_{self.tenant}.{self.id}.{self.secret}"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, once the key was accepted."""

    tenant: str
    key_id: str
    scopes: frozenset[Scope]


def written_secret(random: bytes) -> str:
    """32 random bytes as the 43 characters of a key's secret."""
    return base64.urlsafe_b64encode(random).rstrip(b"=").decode()


def expiry(now: str, days: int) -> str:
    """The moment `days` days after `now`, written as `now` is: ISO 8601 in UTC with milliseconds and 'Z'."""
    moment = datetime.fromisoformat(now) + timedelta(days=days)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

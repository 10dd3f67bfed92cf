"""A new API key, whose text exists only in this answer."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from millrace.domain import digest
from millrace.domain.access import KEY_DAYS, ApiKey, PresentedKey, Scope, expiry, written_secret
from millrace.domain.errors import InvalidInput
from millrace.domain.suggestion import shown
from millrace.ports import Clock, Keys

MAX_DAYS = 3650
MAX_LABEL = 80
ID_BYTES = 8
SECRET_BYTES = 32

SCOPES = ", ".join(scope.value for scope in Scope)

Entropy = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """What is asked for. The key serves `tenant` only, and for `days` days from now."""

    tenant: str
    scopes: frozenset[Scope]
    days: int = KEY_DAYS
    label: str = ""


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """The stored key and its text, which can't be had again."""

    key: ApiKey
    text: str

    def __repr__(self) -> str:
        return f"IssuedKey({self.key.id})"  # never the text: a repr ends up in logs


def issue_key(request: KeyRequest, keys: Keys, clock: Clock, entropy: Entropy) -> IssuedKey:
    """Store a key for an existing tenant. `entropy(n)` gives n random bytes. Raises InvalidInput naming the field."""
    if not request.scopes:
        raise InvalidInput("a key needs a scope", field="scopes", hint=f"give one or more of {SCOPES}")
    if not 1 <= request.days <= MAX_DAYS:
        raise InvalidInput(f"a key lives 1 to {MAX_DAYS} days, not {request.days}", field="days")
    if len(request.label) > MAX_LABEL or not request.label.isprintable():
        raise InvalidInput(f"a label has at most {MAX_LABEL} printable characters", field="label")
    now = clock.now()
    presented = PresentedKey(request.tenant, entropy(ID_BYTES).hex(), written_secret(entropy(SECRET_BYTES)))
    key = ApiKey(
        tenant=request.tenant,
        id=presented.id,
        secret_digest=digest.of_bytes(presented.secret.encode()),
        scopes=request.scopes,
        created=now,
        expires=expiry(now, request.days),
        label=request.label,
    )
    keys.add(key)
    return IssuedKey(key, str(presented))


def parse_scopes(words: Collection[str]) -> frozenset[Scope]:
    """Scopes by name. Raises InvalidInput(field="scopes") for a word that is none."""
    unknown = sorted(set(words) - set(Scope))
    if unknown:
        raise InvalidInput(f"there is no scope {shown(unknown[0])}", field="scopes", hint=f"use {SCOPES}")
    return frozenset(Scope(word) for word in words)

"""A transaction that is sent again after its answer was lost is the same transaction, as on AWS.

The emulator compares a repeated token's request with the first, in which it has spelled numbers anew since: one that
holds 1.0 is then refused as another. The AWS client makes a new token for every call and keeps it for its tries, so the
token alone tells.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

from __future__ import annotations

from typing import Any

from ministack.services import dynamodb


class Same:
    """Equal to every request."""

    __hash__ = None  # type: ignore[assignment]  # nothing looks it up

    def __eq__(self, other: object) -> bool:
        return True


def enforce() -> None:
    """Let every token in this process stand for its request from now on."""
    store = dynamodb._txn_token_store  # no setting of the emulator does it

    def kept(token: str, entry: dict[str, Any]) -> None:
        store(token, entry | {"signature": Same()})

    dynamodb._txn_token_store = kept

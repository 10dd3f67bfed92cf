"""Whose credentials we act under, for a ledger that says who."""

from __future__ import annotations

from typing import TYPE_CHECKING

from millrace.adapters.errors import translated

if TYPE_CHECKING:
    from types_boto3_sts import STSClient


def caller_arn(client: STSClient) -> str:
    """The ARN of the user or the assumed role that calls. Raises Denied, Unavailable."""
    with translated("caller's identity"):
        return client.get_caller_identity()["Arn"]

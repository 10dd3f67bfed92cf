"""The header in, the policy out."""

from __future__ import annotations

from typing import Any

import pytest

from millrace.domain.access import Caller, Scope
from millrace.domain.errors import Unauthenticated
from millrace.protocol.authorizer import bearer, policy

ARN = "arn:aws:execute-api:us-east-1:000000000000:abc123/api/POST/v2/models/credit/infer"


@pytest.mark.parametrize("name", ["authorization", "Authorization", "AUTHORIZATION"])
@pytest.mark.parametrize("value", ["Bearer mr_a", "bearer mr_a", "BEARER   mr_a", " Bearer mr_a "])
def test_the_key_is_found(name: str, value: str) -> None:
    assert bearer({"headers": {"host": "h", name: value}}) == "mr_a"


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"headers": None},
        {"headers": {}},
        {"headers": {"x-authorization": "Bearer mr_a"}},
        {"headers": {"authorization": "mr_a"}},
        {"headers": {"authorization": "Basic mr_a"}},
        {"headers": {"authorization": "Bearer"}},
        {"headers": {"authorization": "Bearer mr_a mr_b"}},
        {"headers": {"authorization": "Bearermr_a"}},
    ],
)
def test_no_key_is_no_caller(event: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        bearer(event)


def test_the_policy_is_for_the_whole_stage_and_no_other() -> None:
    answer = policy(Caller("acme", "k1", frozenset({Scope.TRAIN, Scope.INFER})), ARN)
    (statement,) = answer["policyDocument"]["Statement"]
    assert statement["Effect"] == "Allow"
    assert statement["Resource"] == "arn:aws:execute-api:us-east-1:000000000000:abc123/api/*"
    assert answer["context"] == {"tenant": "acme", "key_id": "k1", "scopes": "infer train"}


def test_a_context_has_only_what_api_gateway_takes() -> None:
    context = policy(Caller("acme", "k1", frozenset()), ARN)["context"]
    assert all(isinstance(value, str | int | bool) for value in context.values())

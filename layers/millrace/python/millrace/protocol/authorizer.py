"""API Gateway's request authorizer: the key in, a policy with who calls out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from millrace.domain.access import Caller
from millrace.domain.errors import Unauthenticated

REFUSAL = "Unauthorized"  # API Gateway answers 401 to an authorizer that fails with exactly this message, else 500
_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)


def bearer(event: Mapping[str, Any]) -> str:
    """The key's text in the Authorization header, however the header's name is spelled. Raises Unauthenticated."""
    for name, value in (event.get("headers") or {}).items():
        if name.lower() == "authorization" and (match := _BEARER.fullmatch(value.strip())):
            return match[1]
    raise Unauthenticated("no key came with the call", hint="send 'Authorization: Bearer mr_...'")


def policy(caller: Caller, method_arn: str) -> dict[str, Any]:
    """Let the caller into the whole stage: API Gateway keeps the answer for every path, scopes are checked behind."""
    stage = "/".join(method_arn.split("/")[:2])
    allow = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": f"{stage}/*"}
    return {
        "principalId": f"{caller.tenant}.{caller.key_id}",
        "policyDocument": {"Version": "2012-10-17", "Statement": [allow]},
        "context": {
            "tenant": caller.tenant,
            "key_id": caller.key_id,
            "scopes": " ".join(sorted(caller.scopes)),
        },
    }

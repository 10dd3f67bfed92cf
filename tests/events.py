"""API Gateway's REST proxy events, as it would send them to a function."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).parents[1] / "events"
AUTHORIZED = {"tenant": "acme", "key_id": "0123456789abcdef", "scopes": "infer", "principalId": "acme"}


def load(name: str) -> dict[str, Any]:
    """A sample event by its file's name without suffix."""
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


def proxy(
    method: str,
    path: str,
    body: object = None,
    *,
    authorizer: dict[str, str] | None = AUTHORIZED,
    headers: dict[str, str] | None = None,
) -> dict[str, Any]:
    """An event with a JSON body, or the text given as the body."""
    text = body if body is None or isinstance(body, str) else json.dumps(body)
    named = {"content-type": "application/json", **(headers or {})}
    context: dict[str, Any] = {"stage": "api", "path": f"/api{path}", "httpMethod": method, "requestId": "r"}
    if authorizer is not None:
        context["authorizer"] = copy.deepcopy(authorizer)
    return {
        "version": "1.0",
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": named,
        "multiValueHeaders": {name: [value] for name, value in named.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": context,
        "body": text,
        "isBase64Encoded": False,
    }

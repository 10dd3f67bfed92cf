"""A call of one of the stage's functions by somebody who waits for what it answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from millrace.adapters.errors import translated
from millrace.domain.errors import Unavailable

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient


class LambdaFunction:
    """One function, by its ARN."""

    def __init__(self, client: LambdaClient, arn: str) -> None:
        self._client, self._arn = client, arn

    def call(self, event: Mapping[str, object]) -> dict[str, object]:
        """What it answers. Raises Unavailable(code="function_failed") when it broke, Denied, NotFound."""
        with translated("function"):
            answer = self._client.invoke(FunctionName=self._arn, Payload=json.dumps(dict(event)).encode())
            content = answer["Payload"].read()
        if answer.get("FunctionError"):
            raise Unavailable(
                "the function broke", code="function_failed", hint="see what it says: millrace logs --since 10m"
            )
        said: dict[str, object] = json.loads(content)
        return said

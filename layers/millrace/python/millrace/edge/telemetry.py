"""Log lines that say whose call and which run they belong to, and never what is in the data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aws_lambda_powertools import Logger


def logger() -> Logger:
    """The function's logger: JSON lines, named by POWERTOOLS_SERVICE_NAME."""
    return Logger()


@contextmanager
def about(log: Logger, context: Any, **keys: object) -> Iterator[None]:
    """Put `keys` and the Lambda request's id on each line until the block ends, so that no later call inherits them."""
    request = getattr(context, "aws_request_id", None)
    with log.append_context_keys(request_id=request, **keys):
        yield

"""API Gateway takes a body that names no Content-Type for JSON, so that `*/*` has it as bytes; the emulator doesn't.

A client that compresses its body and names no type, as tritonclient does, would here have its bytes turned into text,
each invalid one replaced, and be answered only on AWS.
https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html
"""

from __future__ import annotations

from collections.abc import Sequence

from ministack.services import apigateway_v1

UNNAMED = "application/json"  # what API Gateway assumes


def enforce() -> None:
    """Let every call of a REST API in this process be taken so from now on."""
    known = apigateway_v1._media_type_matches  # no setting of the emulator does it

    def matches(media_type: str | None, binary_media_types: Sequence[str] | None) -> bool:
        return bool(known(media_type or UNNAMED, binary_media_types))

    apigateway_v1._media_type_matches = matches

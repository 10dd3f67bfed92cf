"""Error bodies in both forms."""

from __future__ import annotations

from millrace.protocol import problem


def test_all_four_fields_are_always_there() -> None:
    body = problem.structured(message="no", kind="not_found_error", param=None, code="model_not_found")
    assert body == {"error": {"message": "no", "type": "not_found_error", "param": None, "code": "model_not_found"}}


def test_the_inference_protocols_error_is_a_text() -> None:
    assert problem.inference("no") == {"error": "no"}

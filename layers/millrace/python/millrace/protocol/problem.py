"""The bodies of errors, in the two forms that clients of our wires expect. No HTTP status here: that is the edge's."""

from __future__ import annotations


def structured(*, message: str, kind: str, param: str | None, code: str) -> dict[str, object]:
    """The error of every path of our own: all four fields are always there."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def inference(message: str) -> dict[str, object]:
    """The error of the Open Inference Protocol."""
    return {"error": message}

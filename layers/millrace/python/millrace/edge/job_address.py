"""Whether the training image is started to fetch its job first, and which one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from millrace.edge.training import Layout


def job_address(arguments: Sequence[str], env: Mapping[str, str]) -> str | None:
    """The job's s3:// address: Batch's argument after `job`, or SageMaker's hyperparameter `job_uri`; else None."""
    if len(arguments) == 2 and arguments[0] == "job":
        return arguments[1]
    if list(arguments) != ["train"]:
        return None
    try:
        told = json.loads((Layout.of(env).config / "hyperparameters.json").read_bytes())
    except (OSError, ValueError):  # the job itself says what is wrong with its layout
        return None
    given = told.get("job_uri") if isinstance(told, Mapping) else None
    return given if isinstance(given, str) else None

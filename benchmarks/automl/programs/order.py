"""Whether rows stand in the order of time: told by a variable to the systems that have a way to say so."""

from __future__ import annotations

import os

VARIABLE = "MILLRACE_BENCH_IN_ORDER"


def is_told() -> bool:
    """Whether the rows to learn from are older the further up they stand, and those to be judged on newer still."""
    return os.environ.get(VARIABLE) == "1"

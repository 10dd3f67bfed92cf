"""What the learners' libraries read of their environment when they are loaded, and never again."""

from __future__ import annotations

import os
from collections.abc import Mapping


def variables(env: Mapping[str, str]) -> dict[str, str]:
    """One thread for linear algebra, whose last bits depend on their number, and none that spin while they wait.

    What `env` says already stays; machines are shared, by a worker and by a person's other programs.
    """
    usual = {
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_WAIT_POLICY": "passive",
        "OMP_NUM_THREADS": env.get("SM_NUM_CPUS", str(os.cpu_count() or 1)),
    }
    return {name: env.get(name, value) for name, value in usual.items()}

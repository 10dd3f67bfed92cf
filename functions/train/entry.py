"""The training image's program, and that of every other job backend.

`python entry.py train` does the job that lies in SageMaker's layout; `python entry.py job s3://...` fetches the job of
that address first and stores what comes out, and so does `train` where a hyperparameter holds such an address.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

# Before any library starts its threads: one for linear algebra, whose last bits depend on their number, and none that
# spin while they wait, since a worker shares its machine.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("OMP_NUM_THREADS", os.environ.get("SM_NUM_CPUS", str(os.cpu_count() or 1)))

from millrace.edge import training  # after the variables that the libraries read at import
from millrace.edge.job_address import job_address


def main() -> int:
    """Either program's exit code."""
    address = job_address(sys.argv[1:], os.environ)
    if address is None:
        return training.main(sys.argv[1:], os.environ)
    from millrace.edge import container  # with the cloud's clients, which the job itself does without

    return container.main(address, Path(__file__).resolve(), os.environ)


if __name__ == "__main__":
    sys.exit(main())

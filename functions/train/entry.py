"""The training image's program, and that of every other job backend: `python entry.py train` in SageMaker's layout."""

from __future__ import annotations

import os
import sys

# Before any library starts its threads: one for linear algebra, whose last bits depend on their number, and none that
# spin while they wait, since a worker shares its machine.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("OMP_NUM_THREADS", os.environ.get("SM_NUM_CPUS", str(os.cpu_count() or 1)))

from millrace.edge import training  # after the variables that the libraries read at import

if __name__ == "__main__":
    sys.exit(training.main(sys.argv[1:], os.environ))

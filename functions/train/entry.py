"""The training image's program, and that of every other job backend.

`python entry.py train` does the job that lies in SageMaker's layout; `python entry.py job s3://...` fetches the job of
that address first and stores what comes out, and so does `train` where a hyperparameter holds such an address.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from millrace.edge import threads


def main() -> int:
    """Either program's exit code."""
    os.environ.update(threads.variables(os.environ))  # before a library is loaded that reads them
    from millrace.edge import training
    from millrace.edge.job_address import job_address

    address = job_address(sys.argv[1:], os.environ)
    if address is None:
        return training.main(sys.argv[1:], os.environ)
    from millrace.edge import container  # with the cloud's clients, which the job itself does without

    return container.main(address, Path(__file__).resolve(), os.environ)


if __name__ == "__main__":
    sys.exit(main())

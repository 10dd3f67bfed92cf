"""`python -m benchmarks.automl`: the whole comparison, or the part that is named; it goes on where it was stopped."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence

from benchmarks.automl.comparison import compare
from benchmarks.automl.datasets import DATASETS
from benchmarks.automl.plan import Wanted
from benchmarks.automl.systems import SYSTEMS
from benchmarks.figures import table


def main(arguments: Sequence[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.automl", description="Compare AutoML systems.")
    for name, known in (("datasets", DATASETS), ("systems", SYSTEMS)):
        parser.add_argument(f"--{name}", nargs="+", choices=[*known], default=(), metavar="NAME", help=", ".join(known))
    for name, what in (("seeds", "of the split and the system"), ("seconds", "budgets: 15, 60, 240; of large 600")):
        parser.add_argument(f"--{name}", nargs="+", type=int, default=(), metavar="N", help=what)
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin nothing after; 0 shows what is known")
    given = vars(parser.parse_args(arguments))
    minutes = given.pop("minutes")
    print(table(compare(Wanted(**given), minutes)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

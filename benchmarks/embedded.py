"""The local stage on an embedded cloud of its own, with a worker and a tenant, for the benchmarks of the whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from millrace.cli.demo import as_tenant
from millrace.cli.local import bring_up
from millrace.cli.session import STATE, Options, Session
from millrace.edge.training import TRIALS
from millrace.local import emulator, worker

SEARCH = "3"  # trials of a job whose spec says nothing: what is measured here is everything else
CREDIT = Path(__file__).parents[1] / "examples/credit-g/credit-g.csv"


@contextmanager
def stage() -> Iterator[Session]:
    """A session of a tenant with a saved key, on a stage that was just deployed. Everything is gone afterwards."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="millrace-bench-", ignore_cleanup_errors=True) as folder:
        os.environ[STATE] = folder
        os.environ.setdefault(TRIALS, SEARCH)
        try:
            session = Session(Options(as_json=True))  # notes go to stderr
            bring_up(session)
            yield as_tenant(session)
        finally:
            worker.stop(Path(folder))
            emulator.stop(Path(folder))
            os.environ.clear()
            os.environ.update(before)

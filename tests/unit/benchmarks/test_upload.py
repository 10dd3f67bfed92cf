"""The benchmark of an upload reads what a worker writes."""

from __future__ import annotations

from pathlib import Path

from benchmarks.upload_to_champion import seconds_of
from tests.unit.usecases.jobs import succeeds
from tests.unit.usecases.workshop import Workshop


def test_how_long_a_job_was_is_read_from_the_workers_own_words(tmp_path: Path) -> None:
    shop = Workshop(tmp_path)
    shop.send()
    shop.work(succeeds)
    assert 0.0 <= seconds_of("\n".join(shop.said), shop.job.run_id) < 60.0

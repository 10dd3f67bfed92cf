"""Jobs that search at once: each leaves its checkpoints, and who gathers begins with all of them."""

from __future__ import annotations

import json
import signal
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from millrace.domain.job import Part, PartResult
from millrace.usecases.work_alone import Container, Ending, work_alone
from tests.fakes.task_reporter import FakeTaskReporter
from tests.unit.usecases.jobs import IsOver, never, succeeds
from tests.unit.usecases.workshop import TOKEN, Workshop


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


def searches(base: Path, told: Mapping[str, str], _: IsOver) -> int:
    """A part's entry point: it leaves one checkpoint, named after it."""
    (base / "checkpoints" / f"{json.loads(told['SM_HPS'])['part']}.npz").write_text("a trial")
    return 0


def test_a_part_leaves_its_checkpoints_and_no_model(shop: Workshop) -> None:
    part = replace(shop.job, part=Part(2, 3))
    shop.send(part)
    assert shop.work(searches) is True
    assert shop.reporter.succeeded == {TOKEN: {"result": f"s3://artifact/{shop.job.prefix}/parts/2/result.json"}}
    assert shop.documents.read(PartResult, part.result_key) == PartResult(1)
    assert shop.job.result_key not in shop.documents.held


def test_a_part_that_is_done_is_not_searched_again(shop: Workshop) -> None:
    part = replace(shop.job, part=Part(2, 3))
    shop.documents.write(PartResult(4), part.result_key)
    shop.send(part)
    assert shop.work(never) is True
    assert TOKEN in shop.reporter.succeeded


def test_what_a_part_had_found_when_it_failed_is_gathered(shop: Workshop) -> None:
    def crashes(base: Path, told: Mapping[str, str], is_over: IsOver) -> int:
        searches(base, told, is_over)
        return -signal.SIGKILL

    shop.send(replace(shop.job, part=Part(1, 2)))
    assert shop.work(crashes) is True
    assert shop.failure["code"] == "job_killed"
    shop.reporter = FakeTaskReporter(TOKEN)
    shop.send(replace(shop.job, part=Part(2, 2)))
    assert shop.work(searches) is True
    shop.reporter = FakeTaskReporter(TOKEN)
    shop.send(replace(shop.job, parts=2))

    def gathers(base: Path, told: Mapping[str, str], is_over: IsOver) -> int:
        assert sorted(path.name for path in (base / "checkpoints").iterdir()) == ["1.npz", "2.npz"]
        assert json.loads(told["SM_HPS"])["parts"] == "2"
        return succeeds(base, told, is_over)

    assert shop.work(gathers) is True
    assert TOKEN in shop.reporter.succeeded


def test_a_part_that_a_stopped_worker_left_goes_on_elsewhere(shop: Workshop) -> None:
    shop.send(replace(shop.job, part=Part(1, 2)))

    def stopped(base: Path, told: Mapping[str, str], is_over: IsOver) -> int:
        searches(base, told, is_over)
        shop.stop.set()
        return -signal.SIGTERM

    assert shop.work(stopped) is True
    assert shop.queue.extended == [0]
    shop.stop.clear()

    def goes_on(base: Path, _: Mapping[str, str], __: IsOver) -> int:
        assert [path.name for path in (base / "checkpoints").iterdir()] == ["1.npz"]
        return 0

    assert shop.work(goes_on) is True
    assert TOKEN in shop.reporter.succeeded


def test_a_container_writes_why_a_part_failed_beside_that_part(shop: Workshop) -> None:
    """The attempt's own failure is for the job that gathers, which is told."""
    part = replace(shop.job, part=Part(2, 3))
    uri = shop.documents.write(part, part.key)
    container = Container(
        landing=shop.landing,
        blobs=shop.blobs,
        documents=shop.documents,
        run_job=lambda *_: 3,
        scratch=shop.scratch,
        say=shop.said.append,
        stop=shop.stop,
    )
    assert work_alone(uri, container) is Ending.FAILED
    assert f"{part.prefix}/failure.json" in shop.documents.held
    assert shop.job.ticket.failure_key not in shop.documents.held

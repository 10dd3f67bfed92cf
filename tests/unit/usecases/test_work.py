from __future__ import annotations

import errno
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from millrace.domain.errors import InvalidInput, Unavailable
from millrace.domain.job import ChampionArtifact, JobResult
from millrace.domain.run import DataLocation
from tests.fakes.job_queue import FakeJobQueue
from tests.unit.usecases.jobs import IsOver, never, succeeds
from tests.unit.usecases.workshop import TOKEN, Workshop


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_no_message_is_no_work(shop: Workshop) -> None:
    assert shop.work(never) is False


def test_a_job_that_succeeds_is_answered_with_its_result(shop: Workshop) -> None:
    shop.send()
    assert shop.work(succeeds) is True
    assert shop.reporter.succeeded == {TOKEN: {"result": f"s3://artifact/{shop.job.result_key}"}}
    result = shop.documents.read(JobResult, shop.job.result_key)
    assert shop.blobs.get("acme", result.model_digest) == b"the model.onnx"
    assert shop.blobs.get("acme", result.manifest_digest) == b"the manifest.json"
    assert shop.blobs.get("acme", result.report_digest) == b"the report.json"
    assert result.profile_digest is not None
    assert shop.blobs.get("acme", result.profile_digest) == b"the profile.json"
    assert result.baseline_digest is not None
    assert shop.blobs.get("acme", result.baseline_digest) == b"the baseline.json"
    assert len(shop.queue) == 0
    assert list(shop.scratch.iterdir()) == []


def test_the_message_is_deleted_only_after_the_answer(shop: Workshop) -> None:
    shop.send()
    still_there: list[int] = []
    succeed = shop.reporter.succeed

    def watched(token: str, output: Mapping[str, object]) -> None:
        still_there.append(len(shop.queue))
        succeed(token, output)

    shop.reporter.succeed = watched  # type: ignore[method-assign]  # looks at the moment of the answer
    shop.work(succeeds)
    assert still_there == [1]
    assert len(shop.queue) == 0


def test_a_job_that_rejects_its_input_says_so(shop: Workshop) -> None:
    shop.send()

    def rejects(base: Path, _: Mapping[str, str], __: IsOver) -> int:
        said = {"error": "Rejected", "code": "one_class", "message": "one class", "hint": "add rows", "field": "b"}
        (base / "output/failure").write_text(json.dumps(said))
        return 1

    assert shop.work(rejects) is True
    assert shop.failure == {
        "error": "Rejected",
        "code": "one_class",
        "message": "one class",
        "hint": "add rows",
        "field": "b",
    }
    assert len(shop.queue) == 0
    assert list(shop.scratch.iterdir()) == []


def test_each_line_about_a_job_says_whose_it_is(shop: Workshop) -> None:
    shop.send()
    assert shop.work(lambda *_: 3) is True
    attempt = f"{shop.job.tenant}/runs/{shop.job.run_id}/{shop.job.attempt}: "
    assert len(shop.said) == 3
    assert all(line.startswith(attempt) for line in shop.said)


@pytest.mark.parametrize(
    ("exit_code", "code"), [(-signal.SIGKILL, "job_killed"), (3, "job_crashed"), (0, "job_incomplete")]
)
def test_a_job_that_ends_without_words_has_failed(shop: Workshop, exit_code: int, code: str) -> None:
    shop.send()
    assert shop.work(lambda *_: exit_code) is True
    assert (shop.failure["error"], shop.failure["code"]) == ("JobFailed", code)
    assert shop.failure["message"]
    assert len(shop.queue) == 0


def test_a_full_disk_is_told_in_words(shop: Workshop) -> None:
    shop.send()

    def fills(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    shop.work(fills)
    assert shop.failure["code"] == "worker_disk"
    assert "No space left" in shop.failure["message"]
    assert list(shop.scratch.iterdir()) == []


def test_data_that_changed_fails_the_job(shop: Workshop) -> None:
    changed = DataLocation("landing", "acme/loans/loans.csv", "1", "0" * 64, 8)
    shop.send(replace(shop.job, data=changed))
    shop.work(never)
    assert (shop.failure["error"], shop.failure["code"]) == ("JobFailed", "digest_mismatch")


@pytest.mark.parametrize("uri", ["s3://artifact/acme/runs/gone/1/job.json", "https://elsewhere/x", "s3://"])
def test_an_address_that_leads_nowhere_fails_the_job(shop: Workshop, uri: str) -> None:
    shop.queue.send(uri, TOKEN)
    shop.work(never)
    assert shop.failure["error"] == "JobFailed"
    assert len(shop.queue) == 0


def test_a_result_that_an_earlier_worker_stored_is_not_made_again(shop: Workshop) -> None:
    shop.send()
    shop.documents.write(JobResult("1" * 64, "2" * 64, "3" * 64), shop.job.result_key)
    assert shop.work(never) is True
    assert shop.reporter.succeeded == {TOKEN: {"result": f"s3://artifact/{shop.job.result_key}"}}
    assert shop.documents.read(JobResult, shop.job.result_key).model_digest == "1" * 64


def test_a_service_that_is_away_leaves_the_message_for_later(shop: Workshop) -> None:
    shop.send()

    def away(tenant: str, content: bytes) -> str:
        raise Unavailable("S3 is away")

    put, shop.blobs.put = shop.blobs.put, away  # type: ignore[method-assign]  # a service that is away
    with pytest.raises(Unavailable):
        shop.work(succeeds)
    assert len(shop.queue) == 1
    assert shop.reporter.waiting == {TOKEN}
    assert list(shop.scratch.iterdir()) == []
    shop.blobs.put = put  # type: ignore[method-assign]  # and back
    shop.queue = FakeJobQueue()
    shop.send()
    assert shop.work(succeeds) is True
    assert shop.reporter.succeeded


def test_a_long_job_shows_signs_of_life(shop: Workshop) -> None:
    shop.visibility_seconds = 0.9
    shop.send()

    def long(base: Path, told: Mapping[str, str], is_over: IsOver) -> int:
        wait_for(lambda: len(shop.reporter.beats) >= 3 and len(shop.queue.extended) >= 3)
        return succeeds(base, told, is_over)

    assert shop.work(long) is True
    assert set(shop.queue.extended) == {1}
    assert TOKEN in shop.reporter.succeeded
    beats = len(shop.reporter.beats)
    time.sleep(0.5)
    assert len(shop.reporter.beats) == beats  # the signs end with the job


def test_a_state_machine_that_is_slow_to_answer_does_not_give_the_job_to_another(shop: Workshop) -> None:
    shop.visibility_seconds = 0.9
    shop.send()
    free = threading.Event()
    shop.reporter.heartbeat = lambda _: free.wait(60)  # type: ignore[method-assign,assignment]  # it hangs

    def long(base: Path, told: Mapping[str, str], is_over: IsOver) -> int:
        wait_for(lambda: len(shop.queue.extended) >= 1)
        free.set()
        return succeeds(base, told, is_over)

    assert shop.work(long) is True
    assert TOKEN in shop.reporter.succeeded


def test_what_a_faster_worker_stored_meanwhile_stays(shop: Workshop) -> None:
    """The gate may have read it already."""
    shop.send()
    first = JobResult("a" * 64, "b" * 64, "c" * 64)

    def slower(base: Path, told: Mapping[str, str], is_over: IsOver) -> int:
        shop.documents.write(first, shop.job.result_key)
        return succeeds(base, told, is_over)

    assert shop.work(slower) is True
    assert shop.documents.read(JobResult, shop.job.result_key) == first


def test_a_token_that_is_unknown_ends_the_job_and_drops_the_message(shop: Workshop) -> None:
    shop.visibility_seconds = 0.09
    shop.send()
    ended: list[bool] = []

    def endless(_: Path, __: Mapping[str, str], is_over: IsOver) -> int:
        shop.reporter.forget(TOKEN)
        wait_for(is_over)
        ended.append(True)
        return -signal.SIGTERM

    assert shop.work(endless) is True
    assert ended == [True]
    assert len(shop.queue) == 0
    assert shop.reporter.failed == {}


def test_a_token_that_is_unknown_at_the_answer_drops_the_message(shop: Workshop) -> None:
    shop.send()
    shop.reporter.forget(TOKEN)
    assert shop.work(succeeds) is True
    assert len(shop.queue) == 0


def test_a_worker_told_to_stop_hands_its_job_back(shop: Workshop) -> None:
    shop.send()

    def stopped(base: Path, _: Mapping[str, str], is_over: IsOver) -> int:
        (base / "checkpoints" / "fold-1.json").write_text("half way")
        shop.stop.set()
        assert is_over()
        return -signal.SIGTERM

    assert shop.work(stopped) is True
    assert shop.queue.extended == [0]
    assert shop.reporter.waiting == {TOKEN}
    shop.stop.clear()

    def goes_on(base: Path, told: Mapping[str, str], is_over: IsOver) -> int:
        assert (base / "checkpoints" / "fold-1.json").read_text() == "half way"
        return succeeds(base, told, is_over)

    assert shop.work(goes_on) is True
    assert TOKEN in shop.reporter.succeeded
    assert len(shop.queue) == 0


def test_a_job_is_handed_back_though_its_checkpoints_can_t_be_stored(shop: Workshop) -> None:
    shop.send()

    def broken(tenant: str, content: bytes) -> str:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    def stopped_with_news(base: Path, told: Mapping[str, str], is_over: IsOver) -> int:
        (base / "checkpoints" / "fold-1.json").write_text("half way")
        shop.blobs.put = broken  # type: ignore[method-assign]  # a disk that fails while they are read
        shop.stop.set()
        return -signal.SIGTERM

    assert shop.work(stopped_with_news) is True
    assert shop.queue.extended == [0]
    assert shop.reporter.failed == {}
    assert shop.reporter.waiting == {TOKEN}


def test_an_answer_that_is_not_taken_leaves_the_message(shop: Workshop) -> None:
    shop.send()

    def refuse(token: str, error: str, cause: str) -> None:
        raise InvalidInput("the cause is too long")

    shop.reporter.fail = refuse  # type: ignore[method-assign]  # the state machine refuses it
    assert shop.work(lambda *_: 3) is True
    assert len(shop.queue) == 1
    assert shop.said[-1] == "could not see the job through: InvalidInput: the cause is too long"


def test_a_job_that_ended_well_is_answered_though_its_worker_is_to_stop(shop: Workshop) -> None:
    shop.send()

    def last(base: Path, told: Mapping[str, str], is_over: IsOver) -> int:
        shop.stop.set()
        return succeeds(base, told, is_over)

    shop.work(last)
    assert TOKEN in shop.reporter.succeeded
    assert len(shop.queue) == 0


def test_a_killed_worker_s_job_is_done_by_the_next(shop: Workshop) -> None:
    """The first worker dies without a word: nothing is answered, nothing deleted."""
    shop.send()

    class Died(BaseException):
        pass

    def dies(base: Path, told: Mapping[str, str], is_over: IsOver) -> int:
        succeeds(base, told, is_over)
        raise Died

    with pytest.raises(Died):
        shop.work(dies)
    assert len(shop.queue) == 1
    message = shop.queue.receive(0)
    assert message is None  # hidden until its time is over
    shop.queue.send(f"s3://artifact/{shop.job.key}", TOKEN)
    assert shop.work(succeeds) is True
    assert TOKEN in shop.reporter.succeeded


def test_the_champion_comes_with_the_job(shop: Workshop) -> None:
    model, manifest = shop.blobs.put("acme", b"onnx"), shop.blobs.put("acme", b"{}")
    shop.send(replace(shop.job, champion=ChampionArtifact(7, model, manifest)))

    def looks(base: Path, told: Mapping[str, str], is_over: IsOver) -> int:
        assert Path(told["SM_CHANNEL_CHAMPION"], "model.onnx").read_bytes() == b"onnx"
        assert Path(told["SM_CHANNEL_CHAMPION"], "manifest.json").read_bytes() == b"{}"
        return succeeds(base, told, is_over)

    shop.work(looks)
    assert TOKEN in shop.reporter.succeeded

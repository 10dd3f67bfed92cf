from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from millrace.local import process

SLEEP = "import time; print('ready', flush=True); time.sleep(60)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
)


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "state" / "it.json"
    process.stop(tmp_path / "state" / "it.json", patience=0)


def _spawn(record: Path, program: str = SLEEP) -> process.Process:
    log = record.with_suffix(".log")
    record.parent.mkdir(exist_ok=True)
    started = process.spawn(record, [sys.executable, "-c", program], os.environ, log, {"port": "1"})
    deadline = time.monotonic() + 30
    while "ready" not in process.tail(log) and time.monotonic() < deadline:
        time.sleep(0.01)
    return started


def test_it_is_found_by_its_record_and_stopped_once(record: Path) -> None:
    started = _spawn(record)
    assert process.find(record) == started
    assert started.note == {"port": "1"}
    assert os.getsid(started.pid) == started.pid  # Ctrl-C in our terminal goes to another session
    assert process.stop(record)
    assert not started.alive
    assert not record.exists()
    assert not process.stop(record)


def test_one_that_ignores_the_polite_signal_is_killed(record: Path) -> None:
    started = _spawn(record, STUBBORN)
    assert process.stop(record, patience=0.2)
    assert not started.alive


def test_a_stale_record_is_removed(record: Path) -> None:
    started = _spawn(record)
    os.kill(started.pid, signal.SIGKILL)
    while started.alive:
        time.sleep(0.01)
    assert process.find(record) is None
    assert not record.exists()


def test_another_process_that_got_the_same_id_is_left_alone(record: Path) -> None:
    started = _spawn(record)
    kept = record.read_text()
    noted = json.loads(kept)
    record.write_text(json.dumps(noted | {"began": "another time"}))
    assert process.find(record) is None
    assert not process.stop(record)
    assert started.alive
    record.write_text(kept)  # so that the fixture stops it


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}'])
def test_a_damaged_record_counts_as_none(record: Path, content: str) -> None:
    record.parent.mkdir(exist_ok=True)
    record.write_text(content)
    assert process.find(record) is None


def test_a_program_that_is_not_there_leaves_no_record(record: Path) -> None:
    record.parent.mkdir()
    with pytest.raises(FileNotFoundError):
        process.spawn(record, ["/nowhere/at/all"], {}, record.with_suffix(".log"), {})
    assert process.find(record) is None


def test_tail_gives_the_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert process.tail(log) == ""
    log.write_text("\n".join(str(number) for number in range(100)))
    assert process.tail(log, lines=2) == "98\n99"

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from millrace.domain.errors import Corrupt, Denied, NotFound, Unavailable
from millrace.local import process, worker
from millrace.local.scratch import own_folder
from millrace.usecases.work import Bench
from tests.conftest import SEARCH
from tests.fakes.blobs import FakeBlobs
from tests.fakes.document_store import FakeDocuments
from tests.fakes.job_queue import FakeJobQueue, FakeMessage
from tests.fakes.landing import FakeLanding
from tests.fakes.task_reporter import FakeTaskReporter


def program(folder: Path, text: str) -> Path:
    path = folder / "entry.py"
    path.write_text(text)
    return path


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def never() -> bool:
    return False


def test_a_job_runs_in_its_folder_with_what_it_is_told_and_no_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")
    monkeypatch.setenv("MILLRACE_KEY", "secret")
    entry = program(
        tmp_path,
        "import json, os, sys\n"
        "json.dump({'argv': sys.argv[1:], 'cwd': os.getcwd(), 'env': dict(os.environ)}, open('said.json', 'w'))\n",
    )
    assert worker.job_runner(entry)(tmp_path, {"SM_MODEL_DIR": "there"}, never) == 0
    said = json.loads((tmp_path / "said.json").read_text())
    assert said["argv"] == ["train"]
    assert said["cwd"] == str(tmp_path)
    assert said["env"]["SM_MODEL_DIR"] == "there"
    assert [name for name in said["env"] if name.startswith(("AWS_", "MILLRACE_"))] == [*SEARCH]
    assert said["env"]["HOME"] == str(tmp_path / "tmp")


@pytest.mark.parametrize("ending", ["sys.exit(3)", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_its_exit_code_is_told(tmp_path: Path, ending: str) -> None:
    code = worker.job_runner(program(tmp_path, f"import os, signal, sys\n{ending}\n"))(tmp_path, {}, never)
    assert code == (3 if "exit" in ending else -signal.SIGKILL)


def test_a_job_that_is_over_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    entry = program(
        tmp_path,
        "import pathlib, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "pathlib.Path('child.partial').write_text(str(child.pid))\n"
        "pathlib.Path('child.partial').rename('child')\n"
        "time.sleep(600)\n",
    )
    code = worker.job_runner(entry)(tmp_path, {}, lambda: (tmp_path / "child").exists())
    assert code == -signal.SIGTERM
    child = int((tmp_path / "child").read_text())
    wait_for(lambda: not lives(child))


def test_a_job_that_won_t_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "PATIENCE", 0.2)
    entry = program(
        tmp_path,
        "import pathlib, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "pathlib.Path('deaf').touch()\n"
        "time.sleep(600)\n",
    )
    assert worker.job_runner(entry)(tmp_path, {}, lambda: (tmp_path / "deaf").exists()) == -signal.SIGKILL


RUNS = """
import sys
from pathlib import Path
from millrace.local.scratch import own_folder
from millrace.local.worker import job_runner

with own_folder(Path(sys.argv[2])) as scratch:
    base = scratch / "job"
    base.mkdir()
    job_runner(Path(sys.argv[1]))(base, {}, lambda: False)
"""


def test_a_killed_worker_s_job_ends_and_its_data_is_swept(tmp_path: Path) -> None:
    entry = program(
        tmp_path,
        "import os, pathlib, signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "pathlib.Path('partial').write_text(f'{os.getpid()} {child.pid}')\n"
        "pathlib.Path('partial').rename('pids')\n"
        "time.sleep(600)\n",
    )
    jobs, root = tmp_path / "jobs", Path(__file__).parents[3]
    env = {**os.environ, "PYTHONPATH": str(root / "layers/millrace/python")}
    died = subprocess.Popen([sys.executable, "-c", RUNS, str(entry), str(jobs)], env=env)
    try:
        wait_for(lambda: bool(list(jobs.glob("worker-*/job/pids"))))
        (written,) = jobs.glob("worker-*/job/pids")
        pids = [int(pid) for pid in written.read_text().split()]
        with own_folder(jobs):
            assert written.exists()  # of a worker that lives
    finally:
        died.kill()
        died.wait()
    wait_for(lambda: not any(map(lives, pids)))
    with own_folder(jobs) as mine:
        assert list(jobs.glob("worker-*")) == [mine]
    assert list(jobs.glob("worker-*")) == []


class Troubled(FakeJobQueue):
    """Raises these errors in turn, then asks the worker to stop."""

    def __init__(self, stop: threading.Event, *errors: Exception) -> None:
        super().__init__()
        self.errors, self.stop = list(errors), stop

    def receive(self, wait_seconds: int) -> FakeMessage | None:
        if self.errors:
            raise self.errors.pop(0)
        self.stop.set()
        return None


def bench(queue: FakeJobQueue, stop: threading.Event, said: list[str]) -> Bench:
    return Bench(
        queue=queue,
        reporter=FakeTaskReporter(),
        landing=FakeLanding(),
        blobs=FakeBlobs(),
        documents=FakeDocuments(),
        run_job=lambda *_: 0,
        visibility_seconds=30,
        say=said.append,
        stop=stop,
    )


def test_it_waits_ever_longer_while_a_service_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()
    pauses: list[float | None] = []
    monkeypatch.setattr(stop, "wait", pauses.append)
    said: list[str] = []
    away = [Unavailable("the queue is away") for _ in range(8)]
    worker.poll(bench(Troubled(stop, *away), stop, said), worker.Stopper(stop))
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    assert said[0] == "the queue is away; trying again in 1 s"


def test_a_message_that_is_no_job_does_not_stop_it() -> None:
    stop, said = threading.Event(), list[str]()
    worker.poll(bench(Troubled(stop, Corrupt("not a job")), stop, said), worker.Stopper(stop))
    assert said == ["not a job"]


def test_what_waiting_can_t_mend_stops_it() -> None:
    stop = threading.Event()
    with pytest.raises(Denied):
        worker.poll(bench(Troubled(stop, Denied("no grant")), stop, []), worker.Stopper(stop))


IDLE = """
import sys, threading, time
from millrace.local import worker
from tests.unit.local.test_worker import bench
from tests.fakes.job_queue import FakeJobQueue

class Slow(FakeJobQueue):
    def receive(self, wait_seconds):
        print("waits", flush=True)
        time.sleep(600)

stop = threading.Event()
stopper = worker.Stopper(stop)
stopper.install()
worker.poll(bench(Slow(), stop, []), stopper)
print("stopped", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_worker_stops_at_once_when_told(tmp_path: Path, number: signal.Signals) -> None:
    root = Path(__file__).parents[3]
    env = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{root / 'layers/millrace/python'}"}
    log = tmp_path / "log"
    started = process.spawn(tmp_path / "it.json", [sys.executable, "-c", IDLE], env, log, {})
    wait_for(lambda: "waits" in log.read_text())
    os.kill(started.pid, number)
    wait_for(lambda: not started.alive)
    assert log.read_text().splitlines() == ["waits", "stopped"]
    process.stop(tmp_path / "it.json")


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    worker.stop(tmp_path)


def asleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the background worker be a process that only sleeps: what is tested is how it is kept."""
    spawn = process.spawn
    sleeper = f"import time; print({worker.POLLS!r}, flush=True); time.sleep(600)"

    def spawned(
        record: Path, _: object, env: dict[str, str], log: Path, note: dict[str, str], cwd: Path
    ) -> process.Process:
        return spawn(record, [sys.executable, "-c", sleeper], env, log, note, cwd=cwd)

    monkeypatch.setattr(process, "spawn", spawned)


def test_a_background_worker_is_reused_and_stopped(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asleep(monkeypatch)
    env = {"AWS_ENDPOINT_URL": "https://127.0.0.1:1", "PATH": os.environ["PATH"]}
    first = worker.start(state, env, "local", state / "entry.py", "1")
    assert worker.start(state, env, "local", state / "entry.py", "1").pid == first.pid
    assert worker.find(state) == first
    assert worker.stop(state) is True
    assert worker.find(state) is None
    assert worker.stop(state) is False
    assert not lives(first.pid)


def test_a_worker_of_another_cloud_or_deployment_is_replaced(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asleep(monkeypatch)
    first = worker.start(state, {"AWS_ENDPOINT_URL": "https://127.0.0.1:1"}, "local", state / "entry.py", "1")
    second = worker.start(state, {"AWS_ENDPOINT_URL": "https://127.0.0.1:2"}, "local", state / "entry.py", "1")
    assert second.pid != first.pid
    assert not lives(first.pid)
    redeployed = worker.start(state, {"AWS_ENDPOINT_URL": "https://127.0.0.1:2"}, "local", state / "entry.py", "2")
    assert redeployed.pid != second.pid
    assert not lives(second.pid)


def test_a_worker_without_a_cloud_says_why_it_did_not_start(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "START_SECONDS", 60.0)
    env = {**os.environ, "AWS_ENDPOINT_URL": "https://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}
    with pytest.raises(Unavailable, match="did not start"):
        worker.start(state, env, "local", Path(__file__), "1")
    assert worker.find(state) is None


def test_an_entry_point_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="entry point"):
        worker.serve(None, "local", tmp_path / "none.py", print, tmp_path)  # type: ignore[arg-type]  # no client is reached

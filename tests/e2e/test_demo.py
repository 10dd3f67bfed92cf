"""The demo as a new user sees it, without a terminal: first, second, and after Ctrl-C."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from millrace.local.process import Process
from tests.conftest import ROOT
from tests.e2e.command import SECONDS, Command
from tests.stage import Stage


@pytest.fixture
def millrace(stage: Stage, worker: Process) -> Iterator[Command]:
    """On the session's cloud, where the stacks stand already: what a second demo finds."""
    yield Command(stage.cloud.state)
    (stage.cloud.state / "saved.json").unlink(missing_ok=True)


def test_the_demo_shows_the_thread_and_the_next_reuses_what_is_there(millrace: Command, stage: Stage) -> None:
    words = millrace.run("demo").stdout
    places = [
        words.find(word)
        for word in (
            "✓ Admit",
            "✓ Train on a worker",
            "✓ Gate",
            "✓ Register",
            "✓ Deploy",
            "Leaderboard",
            "Held-out metrics",
            "Gate: it may serve",
            "Decision",
            f"{stage.api_url}/models/credit-g-",
            "answers over HTTPS",
            "Try next",
        )
    ]
    assert -1 not in places
    assert places == sorted(places)
    following = [line.strip() for line in words.partition("Try next")[2].splitlines() if line.startswith("  ")]
    assert len(following) == 5
    for line in following:
        program, *arguments = shlex.split(line)
        assert program == "millrace"
        millrace.run(*arguments)
    [call] = [line.removeprefix("With curl ") for line in words.splitlines() if line.startswith("With curl ")]
    assert len(json.loads(as_a_shell(millrace, call))["predictions"]) == 1
    saved = (millrace.state / "saved.json").read_text()
    keys = millrace.json("keys", "list")
    second = millrace.json("demo")
    assert (millrace.state / "saved.json").read_text() == saved
    assert second["run"]["outcome"]["promoted"] is True
    assert len(second["answer"]["predictions"]) == 3
    assert len(second["next"]) == 5
    assert millrace.json("keys", "list") == keys


def as_a_shell(millrace: Command, line: str) -> str:
    """What a person who pastes the line gets."""
    asked = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "MILLRACE_STATE": str(millrace.state)}
    done = subprocess.run(["sh", "-c", line], cwd=ROOT, env=asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_after_ctrl_c_the_next_demo_runs_through(millrace: Command) -> None:
    with millrace.start("demo") as first:
        assert first.stdout is not None
        for line in first.stdout:
            if "✓ Admit" in line:
                break
        os.killpg(first.pid, signal.SIGINT)
        _, err = first.communicate(timeout=SECONDS)
    assert first.returncode == 130
    assert "Traceback" not in err
    assert "The run goes on: millrace runs show " in err
    assert "answers over HTTPS" in millrace.run("demo").stdout


def test_the_demo_is_for_this_machine(millrace: Command) -> None:
    assert millrace.error("--stage", "dev", "demo", code=2)["field"] == "--stage"

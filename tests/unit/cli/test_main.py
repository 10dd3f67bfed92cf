from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from millrace.cli.demo import as_called, curl
from millrace.cli.main import run
from millrace.cli.models import check_free
from millrace.domain import digest
from millrace.domain.errors import Conflict
from millrace.local import emulator


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MILLRACE_STATE", str(tmp_path / "state"))


def exit_code(*arguments: str) -> object:
    with pytest.raises(SystemExit) as ended:
        run(arguments)
    return ended.value.code


def test_help_and_version_are_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("--help") == 0
    assert "millrace demo" in capsys.readouterr().out
    assert exit_code("--version") == 0
    assert exit_code("runs", "show", "--help") == 0
    assert "Example: millrace runs show" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [["nothing"], ["train"], ["train", "no-such-file.csv"], ["--stage", "Prod!", "up"]]
)
def test_a_command_that_is_not_valid(arguments: list[str]) -> None:
    assert exit_code(*arguments) == 2


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["nothing"], "'nothing'"),
        (["train"], "file"),
        (["train", "no-such-file.csv"], "no-such-file.csv"),
        (["runs", "list", "--bogus"], "--bogus"),
        (["keys"], "command"),
        ([], "command"),
    ],
)
def test_a_program_is_told_of_its_mistake_in_json(
    arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(*arguments, "--json") == 2
    told = capsys.readouterr()
    assert told.out == ""
    error = json.loads(told.err)["error"]
    assert error["code"] == "invalid_usage"
    assert word.casefold() in error["message"].casefold()
    assert error["hint"].startswith("see `millrace")


@pytest.mark.parametrize("arguments", [["tenants", "list"], ["runs", "list", "--tenant", "acme"], ["logs"], ["worker"]])
def test_a_cloud_that_does_not_run(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(*arguments) == 5
    told = capsys.readouterr()
    assert told.out == ""
    assert "start it with `millrace up`" in told.err


def test_which_tenant(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("runs", "list", "--json") == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert json.loads(told.err)["error"]["code"] == "no_tenant"


def test_what_nobody_thought_of_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaks(_: Path) -> None:
        raise ZeroDivisionError("boom")

    monkeypatch.setattr(emulator, "find", breaks)
    assert exit_code("tenants", "list") == 70
    assert "ZeroDivisionError: boom" in capsys.readouterr().err
    monkeypatch.setenv("MILLRACE_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run(["tenants", "list"])


def test_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(emulator, "find", interrupted)
    assert exit_code("tenants", "list") == 130


@pytest.mark.parametrize(("verb", "word"), [("up", "cdk deploy"), ("down", "cdk destroy")])
def test_a_stage_on_aws_is_pointed_to_the_cdk(verb: str, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("--stage", "dev", "--profile", "mine", "--region", "eu-west-1", verb, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["command"] == f"AWS_PROFILE=mine AWS_REGION=eu-west-1 make {word.removeprefix('cdk ')} STAGE=dev"
    assert told["runs"] == f"{word} --all -c stage=dev"


@pytest.mark.parametrize("verb", ["up", "down"])
def test_no_command_is_shown_for_a_stage_that_is_not_there(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("--stage", "prdo", verb, "--json") == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert json.loads(told.err)["error"]["hint"] == "did you mean 'prod'?"


@pytest.mark.parametrize(
    ("called", "shown"), [(".venv/bin/millrace", ".venv/bin/millrace"), ("/opt/bin/millrace", "millrace")]
)
def test_what_to_try_next_is_called_as_the_demo_was(called: str, shown: str) -> None:
    assert as_called(called) == shown


def test_nothing_to_stop(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("down", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"cloud_stopped": False, "wiped": False, "worker_stopped": False}


def test_the_status_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("status", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["cloud"], told["worker"], told["tenant"]) == (None, None, None)


def test_a_prediction_without_a_key_says_how_to_get_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("a\n1\n")
    assert exit_code("predict", "m", str(rows), "--tenant", "acme") == 4
    assert "millrace keys create --save" in capsys.readouterr().err


def test_a_stage_that_the_project_lacks_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("--stage", "prdo", "models", "list", "--tenant", "acme", "--json") == 2
    told = json.loads(capsys.readouterr().err)["error"]
    assert (told["code"], told["hint"]) == ("unknown_stage", "did you mean 'prod'?")


def test_a_reader_who_has_enough_is_no_error() -> None:
    command = [sys.executable, "-m", "millrace.cli.main", "--help"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        told = process.stderr.read()
    assert (process.returncode, told) == (0, b"")


def test_an_export_keeps_what_is_not_its_own(tmp_path: Path) -> None:
    files = {"model.onnx": digest.of_bytes(b"mine")}
    check_free(tmp_path, files)
    (tmp_path / "model.onnx").write_bytes(b"mine")
    check_free(tmp_path, files)
    (tmp_path / "model.onnx").write_bytes(b"other")
    with pytest.raises(Conflict, match="differs"):
        check_free(tmp_path, files)


def test_the_demo_s_curl_is_one_shell_word_for_the_row() -> None:
    words = shlex.split(curl("millrace", "m", {"purpose": "it's", "n": "1"}))
    assert words[:2] == ["eval", "$(millrace status --export)"]
    assert words[words.index("--cacert") + 1] == "$MILLRACE_CA"
    assert json.loads(words[words.index("-d") + 1]) == {"rows": [{"purpose": "it's", "n": "1"}]}

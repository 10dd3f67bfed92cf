"""Whatever ends a job, output/failure says so, in SageMaker's 1,024 bytes and without repeating the data."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from millrace.domain.errors import Corrupt, JobFailed, MillraceError, Rejected
from millrace.edge import training
from millrace.edge.training import FAILURE_LIMIT, Layout


def layout(base: Path) -> Layout:
    return Layout.of({"SAGEMAKER_BASE_DIR": str(base)})


def said(base: Path) -> dict[str, str | None]:
    content = (base / "output/failure").read_bytes()
    assert len(content) <= FAILURE_LIMIT
    told: dict[str, str | None] = json.loads(content)
    return told


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Rejected("no", code="rare_class", hint="add", field="y"), "Rejected"),
        (JobFailed("no", code="rare_class", hint="add", field="y"), "JobFailed"),
        (Corrupt("no", code="rare_class", hint="add", field="y"), "JobFailed"),
    ],
)
def test_it_says_what_and_why(tmp_path: Path, error: MillraceError, kind: str) -> None:
    training.fail(layout(tmp_path), error)
    assert said(tmp_path) == {"error": kind, "code": "rare_class", "message": "no", "hint": "add", "field": "y"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=3000), st.text(max_size=3000) | st.none(), st.text(max_size=3000) | st.none())
def test_it_always_fits(tmp_path: Path, message: str, hint: str | None, field: str | None) -> None:
    training.fail(layout(tmp_path), Rejected(message, code="some_code", hint=hint, field=field))
    told = said(tmp_path)
    assert told["code"] == "some_code"
    assert message.startswith(told["message"] or "")


def _raises(error: BaseException) -> Callable[[Layout], None]:
    def run(_: Layout) -> None:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MemoryError(), "out_of_memory"),
        (ValueError("could not convert string to float: 'Jane Doe'"), "job_broke"),
        (OSError("libgomp.so.1: cannot open shared object file"), "job_broke"),
    ],
)
def test_whatever_breaks_is_told_without_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception, code: str
) -> None:
    monkeypatch.setattr(training, "run", _raises(error))
    with caplog.at_level(logging.INFO):
        assert training.main(["train"], {"SAGEMAKER_BASE_DIR": str(tmp_path)}) == training.FAILED
    assert (said(tmp_path)["error"], said(tmp_path)["code"]) == ("JobFailed", code)
    assert "Jane" not in caplog.text + json.dumps(said(tmp_path))


def test_the_training_channel_holds_one_file(tmp_path: Path) -> None:
    folder = tmp_path / "input/data/training"
    for files, code in ((0, "no_data"), (2, "many_files")):
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(files):
            (folder / f"{number}.csv").write_text("a\n1\n")
        config = tmp_path / "input/config"
        config.mkdir(parents=True, exist_ok=True)
        told = {"tenant": "t", "dataset": "d", "content_digest": "0", "run_id": "0", "spec": "{}"}
        (config / "hyperparameters.json").write_text(json.dumps(told))
        with pytest.raises(Rejected) as refused:
            training.read(layout(tmp_path))
        assert refused.value.code == code


def test_parts_are_read_as_a_folder(tmp_path: Path) -> None:
    folder, config = tmp_path / "input/data/training", tmp_path / "input/config"
    for each in (folder, config):
        each.mkdir(parents=True)
    for number in range(2):
        (folder / f"part-0000{number}.csv").write_text("a\n1\n")
    told = {"tenant": "t", "dataset": "d", "content_digest": "0", "run_id": "0", "spec": "{}"}
    (config / "hyperparameters.json").write_text(json.dumps(told))
    assert training.read(layout(tmp_path)).data == folder


@pytest.mark.parametrize("content", ["", "[]", "{", '{"tenant": 1}'])
def test_hyperparameters_that_no_backend_writes(tmp_path: Path, content: str) -> None:
    config = tmp_path / "input/config"
    config.mkdir(parents=True)
    (config / "hyperparameters.json").write_text(content)
    with pytest.raises(Corrupt):
        training.read(layout(tmp_path))


def test_threads_follow_the_machine_unless_told(tmp_path: Path) -> None:
    assert Layout.of({"SM_NUM_CPUS": "3"}).threads == 3
    assert Layout.of({"SM_NUM_CPUS": "all"}).threads >= 1
    assert Layout.of({}).model == Path("/opt/ml/model")

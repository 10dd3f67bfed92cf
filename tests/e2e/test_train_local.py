"""`millrace train FILE --local` as a process of its own, with no cloud to be found."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import html5lib
import onnxruntime
import pytest

from millrace.adapters import documents
from millrace.domain import digest
from millrace.domain.job import BASELINE_FILE, MANIFEST_FILE, MODEL_FILE, PROFILE_FILE, REPORT_FILE
from millrace.domain.manifest import Manifest
from millrace.domain.report import Report
from tests.e2e.command import SECONDS, Command
from tests.rows import csv_file, mixed

FILES = {MODEL_FILE, MANIFEST_FILE, REPORT_FILE, PROFILE_FILE, BASELINE_FILE, "report.html"}
KEPT = "the best so far is kept"


@pytest.fixture
def millrace(tmp_path: Path) -> Command:
    """One that would find no cloud."""
    return Command(tmp_path / "state")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "spec.yaml").write_text("target: answer\nfolds: 3\n")
    return csv_file(tmp_path / "visits.csv", mixed(400))


def asked(data: Path, *more: str) -> list[str]:
    spec, out = data.with_name("spec.yaml"), data.with_name("out")
    return ["train", str(data), "--local", "--spec", str(spec), "--out", str(out), *more]


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def interrupted(millrace: Command, data: Path, *, after: str, twice: bool = False) -> subprocess.CompletedProcess[str]:
    """A search without an end, interrupted once it has said a line that begins so; again once it says that it heard.

    Two signals sent at once may reach a process as one.
    """
    process = millrace.start(*asked(data, "--trials", "10000"))
    assert process.stdout is not None
    assert process.stderr is not None
    before = line = heard = ""
    while not line.startswith(after):
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        before += line
    process.send_signal(signal.SIGINT)
    while twice and KEPT not in heard:
        line = process.stderr.readline()
        assert line, heard
        heard += line
    if twice:
        process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=SECONDS)
    return subprocess.CompletedProcess([], process.returncode, before + out, heard + err)


def model_of(data: Path) -> tuple[bytes, Manifest, Report]:
    folder = data.with_name("out")
    return (
        (folder / MODEL_FILE).read_bytes(),
        documents.load(Manifest, (folder / MANIFEST_FILE).read_bytes()),
        documents.load(Report, (folder / REPORT_FILE).read_bytes()),
    )


def test_a_file_becomes_a_folder_with_all_that_a_stage_makes(millrace: Command, data: Path) -> None:
    header = data.with_name("excel.csv")
    header.write_text("sep=;\n" + data.read_text())
    refused = millrace.error(*asked(header, "--trials", "2"), code=2)
    assert (refused["code"], refused["field"]) == ("too_few_columns", "excel.csv:1")
    done = millrace.run(*asked(data, "--trials", "2"))
    lines = [line for line in done.stdout.splitlines() if line.startswith("trial ")]
    assert [line.split(":")[0] for line in lines] == ["trial 1", "trial 2"]
    assert all("; best " in line for line in lines)
    assert "Gate: it may serve" in done.stdout
    assert names(data.with_name("out")) == FILES
    model, manifest, report = model_of(data)
    assert manifest.model_digest == digest.of_bytes(model)
    assert (manifest.lineage.tenant, manifest.lineage.dataset) == ("local", "visits")
    assert manifest.lineage.content_digest == digest.of_bytes(data.read_bytes())
    assert len(report.candidates) == 2
    assert {each.name for each in onnxruntime.InferenceSession(model).get_inputs()} == set(mixed()) - {"answer"}
    page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(
        data.with_name("out").joinpath("report.html").read_text()
    )
    assert "This model may serve." in "".join(page.find("body").itertext())
    # The same command may write there again and gives the same bytes; another may not.
    told = millrace.json(*asked(data, "--trials", "2"))
    assert (told["folder"], told["interrupted"]) == (str(data.with_name("out")), False)
    assert model_of(data)[0] == model
    error = millrace.error(*asked(data, "--trials", "3"), code=6)
    assert (error["code"], error["field"]) == ("folder_taken", "--out")


def test_ctrl_c_keeps_the_best_so_far_and_two_give_it_up_to_go_on_later(millrace: Command, data: Path) -> None:
    done = interrupted(millrace, data, after="trial 3", twice=True)
    assert done.returncode == 130, done.stderr
    out = data.with_name("out")
    assert names(out) == {"checkpoints"}
    assert len(list((out / "checkpoints").glob("*.npz"))) >= 3
    again = interrupted(millrace, data, after="trial 3")
    assert again.returncode == 0, again.stderr
    assert seconds(again.stdout)[:3] == seconds(done.stdout)[:3]
    assert KEPT in again.stderr
    assert "interrupted_search" in again.stdout
    assert names(out) == FILES
    report = model_of(data)[2]
    assert report.search is not None
    assert report.search.trials >= 3
    assert report.search.asked_trials == 10_000
    assert report.parity.holds


def seconds(said: str) -> list[str]:
    """Each trial's line but for what came after it."""
    return [line.partition(";")[0] for line in said.splitlines() if line.startswith("trial ")]


@pytest.mark.parametrize(
    ("table", "spec", "error"),
    [
        ({"a": [1, 2], "answer": ["x", "y"]}, "target: anwser", {"code": "unknown_column", "field": "target"}),
        ({"a": [1, 2], "answer": ["x", "y"]}, "tarket: answer", {"code": "invalid_spec", "field": "tarket"}),
        (
            {"a": list(range(60)), "answer": ["x"] * 60},
            "target: answer",
            {"code": "constant_target", "field": "answer"},
        ),
    ],
    ids=["target", "spec", "data"],
)
def test_what_can_not_become_a_model_is_told_as_by_a_stage(
    millrace: Command, tmp_path: Path, table: Mapping[str, list[object]], spec: str, error: Mapping[str, str]
) -> None:
    data = csv_file(tmp_path / "x.csv", table)
    data.with_name("spec.yaml").write_text(spec)
    told = millrace.error(*asked(data), code=2)
    assert error.items() <= told.items()
    assert told["hint"]
    assert not data.with_name("out").exists()

"""The training image's program as a process, in SageMaker's layout, without credentials."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import pytest

from millrace.adapters import documents
from millrace.domain import digest
from millrace.domain.baseline import Baseline
from millrace.domain.job import DISK_FULL
from millrace.domain.manifest import Manifest
from millrace.domain.report import Report
from millrace.domain.spec import Metric, Spec
from millrace.edge import training
from millrace.local import openmp
from millrace.usecases.job_folder import read_failure
from tests.conftest import ROOT, SEARCH
from tests.rows import csv_file, mixed

ENTRY = ROOT / "functions/train/entry.py"
LIMITED = """
import os, resource, sys
room = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
os.execv(sys.executable, [sys.executable, sys.argv[2], "train"])
"""
DEMO = ROOT / "examples/credit-g/credit-g.csv"


def lay_out(base: Path, data: Path | None, spec: Spec | None = None, **more: str) -> Path:
    """What a backend puts under the base directory, but for the champion."""
    (base / "input/config").mkdir(parents=True)
    (base / "input/data/training").mkdir(parents=True)
    told = {
        "tenant": "acme",
        "dataset": "demo",
        "run_id": "0" * 32,
        "content_digest": "0" * 64,
        "spec": digest.canonical(asdict(spec or Spec())).decode(),
    }
    (base / "input/config/hyperparameters.json").write_text(json.dumps(told | more))
    if data is not None:
        (base / "input/data/training" / data.name).write_bytes(data.read_bytes())
    return base


def start(
    base: Path, arguments: Sequence[str] = ("train",), more: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    env = {"PATH": "/usr/bin:/bin", "SAGEMAKER_BASE_DIR": str(base), "SM_NUM_CPUS": "1", "PYTHONWARNINGS": "error"}
    env["PYTHONPATH"] = str(ROOT / "layers/millrace/python")  # as in the image
    env |= openmp.variables(env, openmp.link()) | SEARCH | dict(more or {})
    command = [sys.executable, str(ENTRY), *arguments]
    return subprocess.run(command, env=env, cwd=base, capture_output=True, text=True, check=False, timeout=120)


def test_the_demo_becomes_a_model(tmp_path: Path) -> None:
    done = start(lay_out(tmp_path, DEMO))
    assert done.returncode == 0, done.stderr
    manifest = documents.load(Manifest, (tmp_path / "model/manifest.json").read_bytes())
    report = documents.load(Report, (tmp_path / "model/report.json").read_bytes())
    assert manifest.model_digest == digest.of_bytes((tmp_path / "model/model.onnx").read_bytes())
    assert manifest.schema.classes == ("bad", "good")
    assert report.rows_train + report.rows_held_out == 1000
    baseline = documents.load(Baseline, (tmp_path / "model/baseline.json").read_bytes())
    assert (baseline.rows, baseline.held_out) == (report.rows_train, report.rows_held_out)
    assert report.held_out[Metric.LOG_LOSS] < report.constant[Metric.LOG_LOSS]
    assert not (tmp_path / "output/failure").exists()
    assert len(list((tmp_path / "checkpoints").iterdir())) == int(SEARCH[training.TRIALS])


def test_variables_win_over_folders_and_the_champion_is_judged(tmp_path: Path) -> None:
    data = csv_file(tmp_path / "data.csv", mixed())
    first = lay_out(tmp_path / "one", data)
    assert start(first).returncode == 0
    second = lay_out(tmp_path / "two", None, champion_version="7")
    places = {
        "SM_CHANNEL_TRAINING": str(first / "input/data/training"),
        "SM_CHANNEL_CHAMPION": str(first / "model"),
        "SM_MODEL_DIR": str(tmp_path / "elsewhere"),
    }
    done = start(second, more=places)
    assert done.returncode == 0, done.stderr
    report = documents.load(Report, (tmp_path / "elsewhere/report.json").read_bytes())
    assert report.champion is not None
    assert report.champion.version == 7
    assert report.champion.metrics == report.held_out


def test_a_file_that_can_not_become_a_model_is_rejected(tmp_path: Path) -> None:
    rows = mixed()
    done = start(lay_out(tmp_path, csv_file(tmp_path / "data.csv", rows), Spec(target="anwser")))
    assert done.returncode == 1
    assert not (tmp_path / "model").exists()
    kind, failure = read_failure(tmp_path, 1)
    assert (kind, failure.code, failure.field) == ("Rejected", "unknown_column", "target")
    assert failure.hint is not None
    assert failure.hint.startswith("did you mean 'answer'? the spec.yaml kept with the dataset says so")
    assert "Paris" not in done.stdout + done.stderr


def test_a_job_that_is_not_ours_fails(tmp_path: Path) -> None:
    (lay_out(tmp_path, DEMO) / "input/config/hyperparameters.json").write_text("{}")
    assert start(tmp_path).returncode == 1
    kind, failure = read_failure(tmp_path, 1)
    assert (kind, failure.code, failure.field) == ("JobFailed", "corrupt", "tenant")


@pytest.mark.parametrize("arguments", [[], ["serve"], ["train", "more"]])
def test_another_command_is_a_misuse(tmp_path: Path, arguments: list[str]) -> None:
    done = start(tmp_path, arguments)
    assert done.returncode == training.MISUSED
    assert "'train'" in done.stderr


def test_the_entry_point_is_small() -> None:
    assert len(ENTRY.read_text().splitlines()) <= 40


def test_the_image_is_linted_and_starts_the_entry_point_unprivileged() -> None:
    dockerfile = ENTRY.with_name("Dockerfile")
    lint = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), str(dockerfile)], capture_output=True, text=True, check=False
    )
    assert (lint.returncode, lint.stdout) == (0, "")
    lines = dockerfile.read_text().splitlines()
    assert [line for line in lines if line.startswith("USER")] == ["USER 10001"]
    assert 'ENTRYPOINT ["python", "/opt/millrace/entry.py"]' in lines
    sources = [line.split()[1] for line in lines if line.startswith("COPY")]
    assert sources
    assert all((ROOT / source).exists() for source in sources)


@pytest.mark.parametrize(("room", "has_file"), [(4096, True), (16, False)], ids=["room to say so", "no room"])
def test_a_full_disk_is_told_even_where_nothing_can_be_written(tmp_path: Path, room: int, *, has_file: bool) -> None:
    """No file may grow beyond `room` bytes, as on a disk that is full."""
    base = lay_out(tmp_path, DEMO)
    env = {"PATH": "/usr/bin:/bin", "SAGEMAKER_BASE_DIR": str(base), "SM_NUM_CPUS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    env |= openmp.variables(env, openmp.link()) | SEARCH
    command = [sys.executable, "-c", LIMITED, str(room), str(ENTRY)]
    done = subprocess.run(command, env=env, cwd=base, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == (training.FAILED if has_file else DISK_FULL), done.stderr
    kind, failure = read_failure(base, done.returncode)
    assert (kind, failure.code) == ("JobFailed", "worker_disk")
    assert "free some disk" in str(failure.hint)
    assert not (base / "model/report.json").exists()


def test_parts_are_trained_on_as_one_table(tmp_path: Path) -> None:
    header, *lines = DEMO.read_bytes().splitlines(keepends=True)
    base = lay_out(tmp_path, None)
    for number, part in enumerate((lines[:500], lines[500:])):
        (base / f"input/data/training/part-0000{number}.csv").write_bytes(header + b"".join(part))
    training.run(training.Layout.of({"SAGEMAKER_BASE_DIR": str(base), "SM_NUM_CPUS": "1"} | SEARCH))
    report = documents.load(Report, (base / "model/report.json").read_bytes())
    assert report.rows_train + report.rows_held_out == len(lines)
    assert report.target == "class"

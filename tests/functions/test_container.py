"""The training image's program as Batch and SageMaker start it: a process, its role's credentials, and one address."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from millrace.adapters.documents import load
from millrace.adapters.landing import S3Landing
from millrace.domain.job import Job, JobResult, Ticket
from millrace.domain.job_end import JobFailure
from millrace.domain.manifest import Manifest
from millrace.domain.spec import Spec
from millrace.edge import training
from millrace.edge.container import KEPT
from millrace.local import openmp
from millrace.local.emulator import Cloud
from millrace.settings import JobSettings
from millrace.usecases.checkpoints import CheckpointIndex
from millrace.usecases.work_alone import Ending
from tests import samples
from tests.conftest import SEARCH
from tests.functions.place import ROOT, Place
from tests.rows import csv_file, mixed

ENTRY = ROOT / "functions/train/entry.py"
KEY = "acme/credit/data.csv"
LIBRARY = str(ROOT / "layers/millrace/python")


class Image:
    """A job in the buckets, and a machine to run the image on."""

    def __init__(self, place: Place, cloud: Cloud, base: Path) -> None:
        self.place, self.cloud, self.base = place, cloud, base
        self.landing = S3Landing(place.clients.s3(), f"{place.name}-landing")

    def ask(self, content: bytes, spec: Spec) -> Job:
        """Upload a file and write its job."""
        data = self.landing.stat(KEY, self.place.upload(KEY, content))
        job = replace(samples.job(), tenant="acme", dataset="credit", data=data, spec=spec, champion=None)
        self.place.documents.write(job, job.key)
        return job

    def uri(self, job: Job) -> str:
        return f"s3://{self.place.name}-artifact/{job.key}"

    def start(self, *arguments: str, entry: Path = ENTRY) -> subprocess.Popen[str]:
        settings = JobSettings(
            stage="test", landing_bucket=f"{self.place.name}-landing", artifact_bucket=f"{self.place.name}-artifact"
        )
        env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": LIBRARY, "PYTHONWARNINGS": "error", "SM_NUM_CPUS": "1"}
        env |= settings.to_env() | self.cloud.env | {"SAGEMAKER_BASE_DIR": str(self.base)}
        env |= openmp.variables(env, openmp.link()) | SEARCH
        command = [sys.executable, str(entry), *arguments]
        return subprocess.Popen(
            command, env=env, cwd=self.base, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def run(self, *arguments: str, entry: Path = ENTRY) -> tuple[int, str]:
        """The exit code and what was printed."""
        started = self.start(*arguments, entry=entry)
        said, _ = started.communicate(timeout=120)
        return started.returncode, said


@pytest.fixture
def image(place: Place, cloud: Cloud, tmp_path: Path) -> Image:
    return Image(place, cloud, tmp_path)


def check_result(image: Image, job: Job) -> None:
    result = image.place.documents.read(JobResult, job.result_key)
    manifest = load(Manifest, image.place.blobs.get("acme", result.manifest_digest))
    assert manifest.model_digest == result.model_digest
    assert manifest.lineage.run_id == job.run_id
    assert image.place.blobs.get("acme", result.model_digest)


def test_batch_gives_the_address_as_an_argument(image: Image) -> None:
    job = image.ask(csv_file(image.base / "made.csv", mixed()).read_bytes(), Spec(target="answer", folds=2))
    code, said = image.run("job", image.uri(job))
    assert code == Ending.DONE, said
    check_result(image, job)
    assert "Paris" not in said
    assert [path for path in image.base.iterdir() if path.name.startswith("millrace-job-")] == []


def test_sagemaker_gives_it_as_a_hyperparameter(image: Image) -> None:
    job = image.ask(csv_file(image.base / "made.csv", mixed()).read_bytes(), Spec(target="answer", folds=2))
    config = image.base / "input/config"
    config.mkdir(parents=True)
    (config / "hyperparameters.json").write_text(json.dumps({"job_uri": image.uri(job)}))
    code, said = image.run("train")
    assert code == Ending.DONE, said
    check_result(image, job)


def test_why_a_file_is_rejected_is_written_for_the_state_machine(image: Image) -> None:
    job = image.ask(csv_file(image.base / "made.csv", mixed()).read_bytes(), Spec(target="anwser"))
    code, said = image.run("job", image.uri(job))
    assert code == Ending.FAILED, said
    left = image.place.documents.read(JobFailure, job.ticket.failure_key)
    assert (left.kind, left.failure.code, left.failure.field) == ("Rejected", "unknown_column", "target")
    assert "Paris" not in said


def test_an_address_of_nothing_fails_and_says_so(image: Image) -> None:
    ticket = Ticket("acme", "credit", "e" * 32, 1)
    code, said = image.run("job", f"s3://{image.place.name}-artifact/{ticket.job_key}")
    assert code == Ending.FAILED, said
    assert image.place.documents.read(JobFailure, ticket.failure_key).failure.code == "not_found"


WAITS = """
import os, pathlib, sys, time
if sys.argv[1] == "train":
    base = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
    (base / "checkpoints/fold-0").write_text("half")
    secrets = [name for name in os.environ if name.startswith(("AWS_", "MILLRACE_"))]
    pathlib.Path({told!r}).write_text(" ".join([*secrets, "waits"]))
    time.sleep(120)
sys.path.insert(0, {library!r})
from millrace.edge import container
sys.exit(container.main(sys.argv[2], pathlib.Path(__file__), os.environ))
"""


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_machine_that_is_taken_away_leaves_checkpoints_and_no_failure(image: Image, tmp_path: Path) -> None:
    job = image.ask(csv_file(image.base / "made.csv", mixed()).read_bytes(), Spec(target="answer"))
    told, entry = tmp_path / "told", tmp_path / "waits.py"
    entry.write_text(WAITS.format(told=str(told), library=LIBRARY))
    started = image.start("job", image.uri(job), entry=entry)
    until(lambda: told.exists() and bool(told.read_text()))
    started.send_signal(signal.SIGTERM)
    said, _ = started.communicate(timeout=60)
    assert started.returncode == Ending.HANDED_BACK, said
    kept = image.place.documents.read(CheckpointIndex, f"{job.prefix}/checkpoints/index.json")
    assert list(kept.files) == ["fold-0"]
    listed = image.place.clients.s3().list_objects_v2(Bucket=f"{image.place.name}-artifact", Prefix=job.prefix)
    assert job.ticket.failure_key not in {each["Key"] for each in listed["Contents"]}
    assert told.read_text() == f"{training.TRIALS} waits"  # nor did the job see credentials, or where the buckets are


@pytest.mark.parametrize("missing", ["MILLRACE_LANDING_BUCKET", "MILLRACE_ARTIFACT_BUCKET"])
def test_a_container_that_was_told_too_little_says_what_is_missing(tmp_path: Path, missing: str) -> None:
    settings = JobSettings(stage="test", landing_bucket="l", artifact_bucket="a").to_env()
    env: Mapping[str, str] = {"PATH": "/usr/bin:/bin", "PYTHONPATH": LIBRARY, "AWS_DEFAULT_REGION": "eu-west-1"}
    done = subprocess.run(
        [sys.executable, str(ENTRY), "job", "s3://a/b"],
        env={**env, **{name: value for name, value in settings.items() if name != missing}},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == Ending.FAILED
    assert f"{missing} is not set" in done.stderr


def test_the_job_is_given_no_credentials() -> None:
    assert not [name for name in KEPT if name.startswith(("AWS_", "MILLRACE_"))]

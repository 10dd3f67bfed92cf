"""SageMaker's folder layout around one job, so that the same entry point runs on a worker, Batch and SageMaker."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from millrace.domain import digest
from millrace.domain.job import DISK_FULL, MANIFEST_FILE, MODEL_FILE, Job
from millrace.domain.run import SAID, Failure
from millrace.ports import Blobs, Landing
from millrace.usecases.gather_parts import listed_parts

HOST = "algo-1"
FREE_DISK = "free some disk where the job runs, then: millrace runs retry"
FAILURE_BYTES = 64 * 1024  # of output/failure that are read
REJECTED, FAILED = "Rejected", "JobFailed"


def lay_out(base: Path, job: Job, landing: Landing, blobs: Blobs) -> None:
    """Fill `base` with what the entry point reads: configuration, data, and the champion's files where there is one.

    Raises NotFound, Corrupt, Unavailable, or OSError where the disk can't hold it.
    """
    for folder in ("input/config", "input/data/training", "model", "output/data", "checkpoints", "tmp"):
        (base / folder).mkdir(parents=True, exist_ok=True)
    for part in listed_parts(job.tenant, job.data, blobs):
        landing.fetch(part, base / "input/data/training" / part.key.rpartition("/")[2])  # of either bucket
    if job.champion is not None:
        champion = base / "input/data/champion"
        champion.mkdir()
        (champion / MODEL_FILE).write_bytes(blobs.get(job.tenant, job.champion.model_digest))
        (champion / MANIFEST_FILE).write_bytes(blobs.get(job.tenant, job.champion.manifest_digest))
    config = {
        "hyperparameters.json": hyperparameters(job),
        "inputdataconfig.json": {name: {"TrainingInputMode": "File"} for name in _channels(job)},
        "resourceconfig.json": {"current_host": HOST, "hosts": [HOST], "network_interface_name": "lo"},
    }
    for file, content in config.items():
        (base / "input/config" / file).write_bytes(digest.canonical(content))


def hyperparameters(job: Job) -> dict[str, str]:
    """What the job is told, all text, as SageMaker demands."""
    told = {
        "tenant": job.tenant,
        "dataset": job.dataset,
        "run_id": job.run_id,
        "content_digest": job.data.digest,
        "spec": digest.canonical(asdict(job.spec)).decode(),
    }
    numbers = {
        "champion_version": job.champion and job.champion.version,
        "part": job.part and job.part.number,
        "parts": job.part.of if job.part else job.parts or None,
    }
    return told | {name: str(number) for name, number in numbers.items() if number is not None}


def environment(base: Path, job: Job) -> dict[str, str]:
    """The SM_* variables that go with the folder. No credentials: a job needs none."""
    channels = {f"SM_CHANNEL_{name.upper()}": str(base / "input/data" / name) for name in _channels(job)}
    return channels | {
        "SAGEMAKER_BASE_DIR": str(base),
        "SM_MODEL_DIR": str(base / "model"),
        "SM_OUTPUT_DIR": str(base / "output"),
        "SM_OUTPUT_DATA_DIR": str(base / "output/data"),
        "SM_INPUT_DIR": str(base / "input"),
        "SM_INPUT_CONFIG_DIR": str(base / "input/config"),
        "SM_CHANNELS": json.dumps(_channels(job)),
        "SM_HPS": digest.canonical(hyperparameters(job)).decode(),
        "SM_CURRENT_HOST": HOST,
        "SM_HOSTS": json.dumps([HOST]),
        "SM_NUM_CPUS": str(os.cpu_count() or 1),
        "SM_NUM_GPUS": "0",
        "TMPDIR": str(base / "tmp"),
    }


def read_failure(base: Path, exit_code: int) -> tuple[str, Failure]:
    """Why the job ended: the kind (`Rejected` or `JobFailed`) and the failure, from its file or else the code."""
    path = base / "output/failure"
    if exit_code == DISK_FULL or not path.is_file():
        return FAILED, _without_words(exit_code)
    with path.open("rb") as file:
        text = file.read(FAILURE_BYTES).decode(errors="replace").strip()
    try:
        said = json.loads(text)
    except ValueError:
        said = None
    if not isinstance(said, Mapping) or not isinstance(said.get("message"), str):
        return FAILED, Failure(
            "job_failed", _cut(text) or _without_words(exit_code).message, hint="see the worker's log"
        )
    kind = REJECTED if said.get("error") == REJECTED else FAILED
    return kind, Failure(
        _cut(str(said.get("code") or "job_failed")),
        _cut(said["message"]),
        hint=_text(said.get("hint")),
        field=_text(said.get("field")),
    )


def _channels(job: Job) -> list[str]:
    return ["champion", "training"] if job.champion else ["training"]


def _text(value: object) -> str | None:
    return _cut(value) if isinstance(value, str) and value else None


def _cut(text: str) -> str:
    return text[:SAID].encode(errors="replace").decode()  # JSON can spell half a character, which nobody can send


def _without_words(exit_code: int) -> Failure:
    """The job left no failure file: it never got to write one."""
    if exit_code == DISK_FULL:
        return Failure("worker_disk", "the job's disk is full", hint=FREE_DISK)
    if exit_code < 0:
        return Failure(
            "job_killed",
            f"the job was ended by signal {-exit_code} before it could say why",
            hint="signal 9 mostly means that memory ran out: use a machine with more, or fewer rows",
        )
    return Failure(
        "job_crashed", f"the job ended with exit code {exit_code} and did not say why", hint="see the worker's log"
    )

"""The training image as a container of Batch or SageMaker: one job's address in, its result's document out."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from millrace.adapters.blobs import S3Blobs
from millrace.adapters.document_store import S3Documents
from millrace.adapters.landing import S3Landing
from millrace.adapters.session import Clients
from millrace.domain.errors import MillraceError
from millrace.edge import job_log
from millrace.edge.training import BASE, TRIALS
from millrace.settings import JobSettings, MissingSetting
from millrace.usecases.work import RunJob
from millrace.usecases.work_alone import Container, Ending, work_alone

LOOK_SECONDS = 0.5
PATIENCE = 20.0  # seconds the job has to end by itself; Batch kills after 30, SageMaker after 120
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONUNBUFFERED", "PYTHONWARNINGS")

# How large the container is, where it was told, since it may see all of its host's; and what bounds a search.
BOUNDS = ("SM_NUM_CPUS", "SM_NUM_GPUS", TRIALS)

log = logging.getLogger("millrace.container")


def main(job_uri: str, entry_point: Path, env: Mapping[str, str]) -> int:
    """Do the job; the exit code is an `Ending`. SIGTERM, which comes before a Spot machine goes, hands it back."""
    job_log.begin("container")
    job_log.about(**job_log.of_job(job_uri))
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        settings, clients = JobSettings.from_env(env), Clients()
        container = Container(
            landing=S3Landing(clients.s3(), settings.landing_bucket),
            blobs=S3Blobs(clients.s3(), settings.artifact_bucket),
            documents=S3Documents(clients.s3(), settings.artifact_bucket),
            run_job=job_runner(entry_point, env),
            scratch=_scratch(env),
            say=log.info,
            stop=stop,
        )
        return work_alone(job_uri, container)
    except (MissingSetting, MillraceError) as error:
        log.error("%s: %s", type(error).__name__, error)  # noqa: TRY400  # of our own configuration; no data in it
        return Ending.FAILED


def job_runner(entry_point: Path, env: Mapping[str, str]) -> RunJob:
    """How a container runs the job: as a process beside this one, which has no credentials and nothing to wait for."""

    def run_job(base: Path, told: Mapping[str, str], is_over: Callable[[], bool]) -> int:
        kept = {name: env[name] for name in KEPT if name in env} | dict(told)
        kept |= {name: env[name] for name in BOUNDS if name in env}
        job = subprocess.Popen([sys.executable, str(entry_point), "train"], cwd=base, env=kept)
        try:
            while not is_over():
                try:
                    return job.wait(timeout=LOOK_SECONDS)
                except subprocess.TimeoutExpired:
                    continue
            job.terminate()
            return job.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            return -signal.SIGKILL
        finally:
            job.kill()
            job.wait()

    return run_job


def _scratch(env: Mapping[str, str]) -> Path | None:
    """SageMaker's volume where this user may write to it, else the system's temporary folder."""
    base = Path(env.get("SAGEMAKER_BASE_DIR", BASE))
    return base if os.access(base, os.W_OK) else None

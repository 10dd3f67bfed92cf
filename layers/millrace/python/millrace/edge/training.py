"""The training job in SageMaker's layout: files and variables in, model files or a failure file out."""

from __future__ import annotations

import errno
import json
import logging
import os
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from millrace.adapters import documents
from millrace.domain.errors import Corrupt, JobFailed, MillraceError, Rejected
from millrace.domain.job import BASELINE_FILE, DISK_FULL, MANIFEST_FILE, MODEL_FILE, PROFILE_FILE, REPORT_FILE, Part
from millrace.domain.manifest import Lineage, Manifest
from millrace.domain.naming import PART
from millrace.domain.spec import Spec
from millrace.edge import job_log
from millrace.usecases.job_folder import FREE_DISK

if TYPE_CHECKING:
    from millrace.learning.champion import Champion
    from millrace.usecases.train import Trained, Training

BASE = "/opt/ml"
TRIALS = "MILLRACE_TRIALS"
FAILURE_LIMIT = 1024  # bytes that SageMaker shows of a failure file
DONE, FAILED, MISUSED = 0, 1, 2
NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

log = logging.getLogger("millrace.training")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things lie. SageMaker's SM_* variables win over the folders below its base directory."""

    config: Path
    training: Path
    champion: Path
    model: Path
    output: Path
    checkpoints: Path
    threads: int
    trials: int | None

    @classmethod
    def of(cls, env: Mapping[str, str]) -> Layout:
        """Read the variables."""
        base = Path(env.get("SAGEMAKER_BASE_DIR", BASE))
        return cls(
            config=Path(env.get("SM_INPUT_CONFIG_DIR", base / "input/config")),
            training=Path(env.get("SM_CHANNEL_TRAINING", base / "input/data/training")),
            champion=Path(env.get("SM_CHANNEL_CHAMPION", base / "input/data/champion")),
            model=Path(env.get("SM_MODEL_DIR", base / "model")),
            output=Path(env.get("SM_OUTPUT_DIR", base / "output")),
            checkpoints=base / "checkpoints",
            threads=_threads(env),
            trials=_trials(env),
        )


def main(arguments: Sequence[str], env: Mapping[str, str]) -> int:
    """Do the job; the exit code is 0, or 1 with a failure file that says why, or 2 for a wrong command line.

    Where the disk is so full that no failure file can be written, it is DISK_FULL.
    """
    job_log.begin("train")
    if list(arguments) != ["train"]:
        log.error("the one argument is 'train'")
        return MISUSED
    try:
        return _told_run(Layout.of(env))
    except OSError as error:  # of the failure file
        if error.errno not in NO_SPACE:
            raise
        return DISK_FULL


def _told_run(layout: Layout) -> int:
    """Do the job, and write the failure file if it fails."""
    try:
        run(layout)
    except MillraceError as error:
        fail(layout, error)
    except MemoryError:
        fail(layout, out_of_memory())
    except OSError as error:
        fail(layout, _disk_full() if error.errno in NO_SPACE else _broke(error))
    except Exception as error:  # noqa: BLE001  # whatever breaks, the failure file must say that the job did
        fail(layout, _broke(error))
    else:
        log.info("done")
        return DONE
    return FAILED


def _broke(error: Exception) -> JobFailed:
    # Only types and places: an exception's text may repeat the data.
    log.error("%s\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
    return JobFailed(f"the job broke with {type(error).__name__}", code="job_broke", hint="see the job's log")


def out_of_memory() -> JobFailed:
    """What a job says when there was not enough."""
    return JobFailed("memory ran out", code="out_of_memory", hint="use a machine with more, or fewer rows")


def _disk_full() -> JobFailed:
    return JobFailed("the job's disk is full", code="worker_disk", hint=FREE_DISK)


def run(layout: Layout) -> None:
    """Train, and write the model's files; a part of a search only leaves its checkpoints.

    Raises Rejected, JobFailed, or Corrupt for a layout that no backend of ours makes.
    """
    job = read(layout)
    job_log.about(tenant=job.lineage.tenant, model=job.lineage.dataset, run_id=job.lineage.run_id)
    # Imported this late so that an image without one of the learners' libraries can still say so in its failure file.
    from millrace.usecases.search_part import search_part
    from millrace.usecases.train import train

    if job.part is not None:
        log.info("part %d of %d: %d trials", job.part.number, job.part.of, search_part(job, job.part))
        return
    write(layout.model, train(job))


def write(folder: Path, trained: Trained) -> None:
    """Put the model's files into the folder, which is made if it isn't there. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL_FILE).write_bytes(trained.model)
    (folder / MANIFEST_FILE).write_bytes(documents.dump(trained.manifest))
    (folder / REPORT_FILE).write_bytes(documents.dump(trained.report))
    (folder / PROFILE_FILE).write_bytes(documents.dump(trained.profile))
    (folder / BASELINE_FILE).write_bytes(documents.dump(trained.baseline))


def read(layout: Layout) -> Training:
    """What the layout asks for. Raises Corrupt, or Rejected(code="no_data" or "many_files")."""
    from millrace.usecases.train import Training

    told = _hyperparameters(layout.config / "hyperparameters.json")
    lineage = Lineage(
        tenant=_told(told, "tenant"),
        dataset=_told(told, "dataset"),
        content_digest=_told(told, "content_digest"),
        run_id=_told(told, "run_id"),
        spec=documents.load(Spec, _told(told, "spec").encode()),
    )
    champion = None
    if (layout.champion / MODEL_FILE).is_file():
        champion = _champion(layout.champion, _number(told, "champion_version"))
    parts = _number(told, "parts") if "parts" in told else 0
    part = Part(_number(told, "part"), parts) if "part" in told else None
    return Training(
        _data(layout.training),
        lineage,
        champion,
        layout.checkpoints,
        layout.threads,
        layout.trials,
        part,
        0 if part else parts,
    )


def fail(layout: Layout, error: MillraceError) -> None:
    """Write output/failure: JSON of at most 1,024 bytes, its longest text shortened until it fits."""
    kind = "Rejected" if isinstance(error, Rejected) else "JobFailed"
    log.error("%s: %s", kind, error.code)
    said = {"error": kind, "code": error.code, "message": error.message, "hint": error.hint, "field": error.field}
    while len(content := json.dumps(said, ensure_ascii=False).encode(errors="replace")) > FAILURE_LIMIT:
        longest = max(("message", "hint", "field"), key=lambda name: len(said[name] or ""))
        said[longest] = (said[longest] or "")[: -(len(said[longest] or "") // 4 + 1)]
    layout.output.mkdir(parents=True, exist_ok=True)
    (layout.output / "failure").write_bytes(content)


def _threads(env: Mapping[str, str]) -> int:
    told = env.get("SM_NUM_CPUS", "")
    return max(1, int(told)) if told.isdecimal() else os.cpu_count() or 1


def _trials(env: Mapping[str, str]) -> int | None:
    """How many trials a search makes where its spec names no number; by default as many as its time allows."""
    told = env.get(TRIALS, "")
    return int(told) if told.isdecimal() and int(told) > 0 else None


def _hyperparameters(path: Path) -> Mapping[str, object]:
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise Corrupt(f"{path.name} can't be read", field=path.name) from error
    if not isinstance(told, dict):
        raise Corrupt(f"{path.name} is no JSON object", field=path.name)
    return told


def _told(told: Mapping[str, object], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str):
        raise Corrupt(f"the hyperparameter {name!r} is missing or no text", field=name)
    return value


def _number(told: Mapping[str, object], name: str) -> int:
    value = _told(told, name)
    if not value.isdecimal():
        raise Corrupt(f"the hyperparameter {name!r} is no number", field=name)
    return int(value)


def _data(folder: Path) -> Path:
    files = sorted(path for path in folder.glob("**/*") if path.is_file()) if folder.is_dir() else []
    if len(files) == 1:
        return files[0]
    if files and all(file.parent == folder and file.name.startswith(PART) for file in files):
        return folder
    raise Rejected(
        f"the training channel holds {len(files)} files and one is expected",
        code="many_files" if files else "no_data",
        field="training",
        hint="upload one file of CSV, JSON Lines or Parquet",
    )


def _champion(folder: Path, version: int) -> Champion:
    from millrace.learning.champion import Champion

    manifest = documents.load(Manifest, (folder / MANIFEST_FILE).read_bytes())
    return Champion(version, (folder / MODEL_FILE).read_bytes(), manifest)

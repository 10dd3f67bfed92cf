"""The training job as every backend runs it: the entry point's process in SageMaker's layout."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from millrace.adapters import documents
from millrace.domain import digest
from millrace.domain.spec import Spec

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Ran:
    """How long the process took, in seconds, and the most memory it held, in bytes."""

    seconds: float
    peak: int


def run(base: Path, data: Path) -> Ran:
    """Train on `data` in the new folder `base`; the files are in `base/model`. Raises RuntimeError when it fails."""
    _lay_out(base, data)
    environment = {**os.environ, "SAGEMAKER_BASE_DIR": str(base)}
    start = time.perf_counter()
    with (base / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, ROOT / "functions/train/entry.py", "train"], env=environment, stdout=log, stderr=log
        )
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"the job ended with {process.returncode}: {(base / 'log').read_text()[-2000:]}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Ran(time.perf_counter() - start, used.ru_maxrss * unit)


def _lay_out(base: Path, data: Path) -> None:
    for name in ("input/config", "input/data/training", "model", "output", "checkpoints"):
        (base / name).mkdir(parents=True)
    (base / "input/data/training" / data.name).symlink_to(data.resolve())
    told = {
        "tenant": "bench",
        "dataset": data.stem,
        "run_id": "0" * 32,
        "content_digest": digest.of_value([data.name, data.stat().st_size]),
        "spec": documents.dump(Spec()).decode(),
    }
    hosts = {"current_host": "algo-1", "hosts": ["algo-1"]}
    channels = {"training": {"TrainingInputMode": "File"}}
    for name, content in (("hyperparameters", told), ("inputdataconfig", channels), ("resourceconfig", hosts)):
        (base / f"input/config/{name}.json").write_bytes(digest.canonical(content))

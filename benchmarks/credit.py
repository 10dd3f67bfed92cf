"""The model that the benchmarks serve: the bundled credit data, trained by the job's own entry point."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from millrace.adapters import documents
from millrace.domain import digest
from millrace.domain.job import MANIFEST_FILE, MODEL_FILE
from millrace.domain.manifest import Manifest
from millrace.domain.spec import Spec

ROOT = Path(__file__).parents[1]
DATA = ROOT / "examples/credit-g/credit-g.csv"


@dataclass(frozen=True, slots=True)
class Artifact:
    """A model's two files, and rows as a client would write them."""

    model: bytes
    manifest: Manifest
    rows: list[dict[str, str]]


@cache
def trained() -> Artifact:
    """Run the training job on the bundled data. Raises CalledProcessError with the job's log when it fails."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        _lay_out(base)
        subprocess.run(
            [sys.executable, ROOT / "functions/train/entry.py", "train"],
            env={**os.environ, "SAGEMAKER_BASE_DIR": folder},
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        manifest = documents.load(Manifest, (base / "model" / MANIFEST_FILE).read_bytes())
        model = (base / "model" / MODEL_FILE).read_bytes()
    features = {column.name for column in manifest.schema.features}
    with DATA.open(newline="") as file:
        rows = [{name: value for name, value in row.items() if name in features} for row in csv.DictReader(file)]
    return Artifact(model, manifest, rows)


def _lay_out(base: Path) -> None:
    for name in ("input/config", "input/data/training", "model", "output", "checkpoints"):
        (base / name).mkdir(parents=True)
    shutil.copy(DATA, base / "input/data/training/data.csv")
    told = {
        "tenant": "bench",
        "dataset": "credit",
        "run_id": "0" * 32,
        "content_digest": digest.of_bytes(DATA.read_bytes()),
        "spec": documents.dump(Spec()).decode(),
    }
    hosts = {"current_host": "algo-1", "hosts": ["algo-1"]}
    channels = {"training": {"TrainingInputMode": "File"}}
    for name, content in (("hyperparameters", told), ("inputdataconfig", channels), ("resourceconfig", hosts)):
        (base / f"input/config/{name}.json").write_bytes(digest.canonical(content))

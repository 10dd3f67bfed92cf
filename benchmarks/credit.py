"""The model that the benchmarks serve: the bundled credit data, trained by the job's own entry point."""

from __future__ import annotations

import csv
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks import job
from benchmarks.job import ROOT
from millrace.adapters import documents
from millrace.domain.job import MANIFEST_FILE, MODEL_FILE
from millrace.domain.manifest import Manifest

DATA = ROOT / "examples/credit-g/credit-g.csv"


@dataclass(frozen=True, slots=True)
class Artifact:
    """A model's two files, and rows as a client would write them."""

    model: bytes
    manifest: Manifest
    rows: list[dict[str, str]]


@cache
def trained() -> Artifact:
    """Run the training job on the bundled data. Raises RuntimeError with the job's log when it fails."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        job.run(base, DATA)
        manifest = documents.load(Manifest, (base / "model" / MANIFEST_FILE).read_bytes())
        model = (base / "model" / MODEL_FILE).read_bytes()
    features = {column.name for column in manifest.schema.features}
    with DATA.open(newline="") as file:
        rows = [{name: value for name, value in row.items() if name in features} for row in csv.DictReader(file)]
    return Artifact(model, manifest, rows)

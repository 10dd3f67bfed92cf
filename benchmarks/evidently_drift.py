"""Evidently's drift preset over windows in Parquet files, with its defaults; a program for the peers' environment.

`python evidently_drift.py FOLDER COLUMN...`: a window is `<name>.reference.parquet` and `<name>.current.parquet`; the
columns named are categories. Prints one JSON object: seconds of reading and of the report, and by window the columns
that drifted.
"""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset


def main(folder: Path, categories: list[str]) -> dict[str, object]:
    """All windows of the folder."""
    drifted, reading, judging = {}, 0.0, 0.0
    for path in sorted(folder.glob("*.current.parquet")):
        name = path.name.removesuffix(".current.parquet")
        start = time.perf_counter()
        current = pd.read_parquet(path)
        reference = pd.read_parquet(folder / f"{name}.reference.parquet")
        reading += time.perf_counter() - start
        start = time.perf_counter()
        numbers = [column for column in current.columns if column not in categories]
        definition = DataDefinition(numerical_columns=numbers, categorical_columns=categories)
        datasets = [Dataset.from_pandas(each, definition) for each in (current, reference)]
        metrics = Report([DataDriftPreset()]).run(*datasets).dict()["metrics"]
        judging += time.perf_counter() - start
        drifted[name] = [each["config"]["column"] for each in metrics if _is_drift(each)]
    return {"reading": reading, "judging": judging, "peak": _peak(), "drifted": drifted}


def _is_drift(metric: dict[str, dict[str, object]]) -> bool:
    """Of a test with a p-value, drift is below the threshold; of a distance, from it on."""
    config, value = metric["config"], metric["value"]
    if not str(config["type"]).endswith("ValueDrift"):
        return False
    threshold, score = float(str(config["threshold"])), float(str(value))
    return score < threshold if "p_value" in str(config["method"]) else score >= threshold


def _peak() -> int:
    """The most memory that this process held, in bytes; a parent's is not in it, as it is in what wait4 tells."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"))
    return int(found[1]) * 1024 if found else 0


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2:])))

"""What training takes: seconds and peak memory of the whole job's process, on adult and on millions of rows."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks import generated, job
from benchmarks.figures import Row
from millrace.adapters import documents
from millrace.domain.job import REPORT_FILE
from millrace.domain.report import Report

ADULT = job.ROOT.parent / "shared/data/adult/data.csv"


def run() -> list[Row]:
    """Adult (where this machine has it), then generated rows as CSV and as Parquet, `--rows` of them."""
    count = generated.rows(5_000_000)
    rows = [_adult()]
    for suffix in (".csv", ".parquet"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"data{suffix}"
            generated.write(path, count)
            rows.append(_trained(f"{count:,} x 30 as {suffix[1:]}", path))
    return rows


def _adult() -> Row:
    if not ADULT.is_file():
        return Row("adult", "skipped", f"there is no {ADULT.relative_to(job.ROOT.parent)} beside this folder")
    return _trained("adult, 48,842 x 14", ADULT)


def _trained(what: str, data: Path) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        ran = job.run(Path(folder), data)
        report = documents.load(Report, (Path(folder) / "model" / REPORT_FILE).read_bytes())
    members = sorted((each for each in report.candidates if each.serves), key=lambda each: -each.weight)
    said = [f"{d.what} {d.choice}" for d in report.decisions if d.what.startswith("rows of")]
    note = ", ".join(
        [
            f"{data.stat().st_size / 1e6:.0f} MB",
            " + ".join(each.name for each in members),
            f"{report.metric} {_score(report)}",
            *said,
        ]
    )
    return Row(what, f"{ran.seconds:.0f} s, {ran.peak / 2**30:.2f} GiB", note)


def _score(report: Report) -> str:
    return f"{report.held_out[report.metric]:.4f} of {report.constant[report.metric]:.4f}"

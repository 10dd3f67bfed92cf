"""What is learned: real tables that lie beside this folder, and a large one that is generated."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

from benchmarks import generated
from benchmarks.job import ROOT
from millrace.domain import digest
from millrace.domain.spec import Metric, Task

DATA = "MILLRACE_BENCH_DATA"  # the variable that names another folder of data
USUAL = ROOT.parent / "shared/data"
BUDGETS = (60, 15, 240)  # seconds, the most telling first
LARGE_TRAIN, LARGE_TEST = 1_000_000, 200_000


class Field(StrEnum):
    """Which systems a dataset is for, and which datasets are ranked together."""

    TABULAR = "tabular"
    TEXT = "text"
    LARGE = "large"


class Division(StrEnum):
    """How rows are set aside."""

    RANDOM = "random"  # stratified for classes
    TIME = "time"  # the last rows; who can be told so is told
    GROUP = "group"  # no group on both sides; its column is not told
    OWN = "own"  # as the data's makers did


@dataclass(frozen=True, slots=True)
class Dataset:
    """A table, what is predicted, how that is judged, and for how long systems learn it."""

    name: str
    target: str
    task: Task
    metric: Metric
    file: str = "data.csv"
    seeds: int = 3
    field: Field = Field.TABULAR
    division: Division = Division.RANDOM
    group: str | None = None
    budgets: tuple[int, ...] = BUDGETS

    @property
    def path(self) -> Path:
        """Where the file is expected."""
        return Path(os.environ.get(DATA, USUAL)) / self.name / self.file

    @property
    def is_there(self) -> bool:
        """Whether this machine has it; what is generated always is."""
        return self.field is Field.LARGE or self.path.is_file()

    @property
    def content(self) -> str:
        """A digest of what the splits are made of."""
        if self.field is Field.LARGE:
            return digest.of_value([LARGE_TRAIN, LARGE_TEST])
        return _content(self._files)

    @property
    def _files(self) -> tuple[Path, ...]:
        return (self.path, self.path.with_name("test.csv")) if self.division is Division.OWN else (self.path,)


@cache
def _content(files: tuple[Path, ...]) -> str:
    return digest.of_value([digest.of_bytes(path.read_bytes()) for path in files])


def _binary(name: str, target: str, *, seeds: int = 3, division: Division = Division.RANDOM) -> Dataset:
    return Dataset(name, target, Task.BINARY, Metric.AUC, seeds=seeds, division=division)


def _text(name: str, target: str, task: Task, file: str, division: Division, group: str | None = None) -> Dataset:
    return Dataset(name, target, task, Metric.ACCURACY, file, 3, Field.TEXT, division, group, BUDGETS[:1])


# The quick ones first: what is measured before the time is up says most.
_ALL = (
    _binary("credit-g", "class", seeds=10),
    _binary("adult", "class"),
    Dataset("california-housing", "medianHouseValue", Task.REGRESSION, Metric.RMSE),
    _binary("phoneme", "class"),
    Dataset("car", "class", Task.MULTICLASS, Metric.LOG_LOSS, seeds=10),
    _binary("telco-churn", "Churn", seeds=10),
    _binary("bank-marketing", "y"),
    _binary("elec2", "class", division=Division.TIME),
    _text("sms-spam", "label", Task.BINARY, "sms.tsv", Division.RANDOM),
    _text("banking77", "category", Task.MULTICLASS, "train.csv", Division.OWN),
    _text("cuad-clauses", "clause_type", Task.MULTICLASS, "clauses.csv", Division.GROUP, "contract"),
    Dataset("large", "answer", Task.BINARY, Metric.AUC, seeds=1, field=Field.LARGE, budgets=(600,)),
)
DATASETS: Mapping[str, Dataset] = {dataset.name: dataset for dataset in _ALL}


@dataclass(frozen=True, slots=True)
class Rows:
    """A table as text."""

    names: tuple[str, ...]
    cells: Sequence[Sequence[str]]

    def column(self, name: str) -> list[str]:
        """One column's cells."""
        place = self.names.index(name)
        return [row[place] for row in self.cells]

    def without(self, name: str) -> Rows:
        """The same rows less one column."""
        place = self.names.index(name)
        left = [[cell for i, cell in enumerate(row) if i != place] for row in self.cells]
        return Rows(tuple(each for each in self.names if each != name), left)

    def write(self, path: Path, rows: Sequence[int]) -> None:
        """Write some rows as CSV with a header."""
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(self.names)
            writer.writerows(self.cells[row] for row in rows)


def read(path: Path) -> Rows:
    """A CSV file with a header; or a file of a label, a tab and a text a line, as sms-spam has them."""
    with path.open(newline="", encoding="utf-8") as file:
        if path.suffix == ".tsv":
            return Rows(("label", "text"), [line.rstrip("\r\n").split("\t", 1) for line in file])
        names, *cells = (row for row in csv.reader(file) if row)
    return Rows(tuple(names), cells)


def write_large(train: Path, test: Path) -> None:
    """Generated rows of 30 columns, as two CSV files."""
    table = pa.Table.from_batches(
        batch for block in generated.blocks(LARGE_TRAIN + LARGE_TEST) for batch in block.to_batches()
    )
    pa_csv.write_csv(table.slice(0, LARGE_TRAIN), train)
    pa_csv.write_csv(table.slice(LARGE_TRAIN), test)

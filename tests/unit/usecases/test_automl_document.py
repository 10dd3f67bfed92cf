"""The example of docs/automl.md, run: its spec on such a file, and what the report then says."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from millrace.learning import folds
from millrace.learning.portfolio import TRAINERS
from millrace.protocol.spec import read_spec
from millrace.usecases.train import train
from tests.conftest import ROOT
from tests.markdown import blocks
from tests.rows import csv_file
from tests.trained import OneLine, job

DOCUMENT = ROOT / "docs/automl.md"
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def payments(rows: int = 400) -> dict[str, list[object]]:
    random = np.random.default_rng(0)
    amount = random.lognormal(3.0, 1.0, rows)
    fraud = random.random(rows) < 0.05 + 0.4 * (amount > 50.0)
    return {
        "paid_at": [(BEGIN + timedelta(minutes=int(m))).isoformat() for m in random.permutation(rows)],
        "card": random.integers(0, 120, rows).tolist(),
        "kept": np.where(fraud, 1, 10).tolist(),
        "amount": amount.round(2).tolist(),
        "fraud": ["yes" if each else "no" for each in fraud],
    }


def test_the_example_is_run_and_the_report_says_what_the_document_does(tmp_path: Path) -> None:
    [example] = [block.text for block in blocks(DOCUMENT) if block.language == "yaml"]
    path = csv_file(tmp_path / "payments.csv", payments())
    made = train(job(path, read_spec(example.encode())), trainers=(OneLine(),))
    [said] = [each for each in made.report.decisions if each.what == "held-out rows"]
    assert f"| {said.what} | {said.choice} | {said.why} |" in DOCUMENT.read_text()
    assert {column.name for column in made.manifest.schema.features} == {"paid_at", "amount"}


def test_the_folds_are_as_the_document_says() -> None:
    text = DOCUMENT.read_text()
    named = [(f"up to {most:,}", k, often, judged) for most, k, often, judged in folds.NUMBERS]
    for rows, k, often, judged in [*named, ("more", *folds.OTHERWISE)]:
        dealt = {1: "once", 2: "twice"}[often]
        assert f"| {rows} | {k} | {dealt} | {'all' if judged == k else judged} |" in text


def test_every_member_has_its_row() -> None:
    table = DOCUMENT.read_text().partition("**Members.**")[2].partition("**Folds.**")[0]
    rows = re.findall(r"^\| (`[^|]*`) \|", table, re.MULTILINE)
    told = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]
    assert sorted(told) == sorted(trainer.name for trainer in TRAINERS)

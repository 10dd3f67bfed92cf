"""The example of docs/automl.md, run: its spec on such a file, and what the report then says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from millrace.learning import folds
from millrace.learning.linear import LinearTrainer
from millrace.protocol.spec import read_spec
from millrace.usecases.train import Training, train
from tests.conftest import ROOT
from tests.markdown import blocks
from tests.rows import csv_file, lineage

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
    made = train(Training(path, lineage(path, read_spec(example.encode()))), trainers=(LinearTrainer(),))
    [said] = [each for each in made.report.decisions if each.what == "held-out rows"]
    assert f"| {said.what} | {said.choice} | {said.why} |" in DOCUMENT.read_text()
    assert {column.name for column in made.manifest.schema.features} == {"paid_at", "amount"}


def test_the_folds_are_as_the_document_says() -> None:
    text = DOCUMENT.read_text()
    (first, often), *_ = [(k, repeats) for _, k, repeats in folds.NUMBERS]
    assert f"by default {first} folds, dealt {['once', 'twice'][often - 1]}, up to 2,000 rows" in text
    for most, k, _ in folds.NUMBERS[1:]:
        assert f"; {k} up to {most:,}" in text
    assert f"; else {folds.OTHERWISE[0]}" in text

"""A table with a column of free text becomes one graph that takes raw strings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from millrace.domain.schema import Kind
from millrace.domain.spec import Task
from millrace.inference import columns
from millrace.inference.tabular import Classification, TabularModel
from millrace.usecases.train import train
from tests.rows import csv_file
from tests.texts import COLUMN, messages
from tests.trained import job


@pytest.fixture(scope="module")
def texts() -> list[str]:
    rows, _ = messages(160, Task.MULTICLASS)
    letters = np.random.default_rng(0).choice([*"abcdefghijklmnopqrstuvwxyz"], (160, 5))
    listed: list[str] = rows[COLUMN.name].tolist()
    return [f"{text} {''.join(word)}" for text, word in zip(listed[3:], letters, strict=False)]


@pytest.mark.parametrize("how", ["as it is", "resumed"])
def test_one_column_of_text_is_text_classification(tmp_path: Path, texts: list[str], how: str) -> None:
    _, answers = messages(160, Task.MULTICLASS)
    data: dict[str, list[object]] = {"message": [*texts], "answer": [f"class {each}" for each in answers[3:]]}
    path = csv_file(tmp_path / "data.csv", data)
    made = train(job(path, checkpoints=tmp_path / "kept"))
    if how == "resumed":
        assert train(job(path, checkpoints=tmp_path / "kept")).model == made.model
    assert [(column.name, column.kind) for column in made.manifest.schema.features] == [("message", Kind.TEXT)]
    assert made.report.candidates[0].name.startswith("text-linear")
    assert "text/1" in made.manifest.steps
    model = TabularModel.load(made.model, made.manifest.schema)
    given = columns.from_rows(made.manifest.schema, [{"message": text.upper()} for text in texts])
    whole = model.predict(given)
    assert isinstance(whole, Classification)
    assert (whole.labels == np.array([f"class {each}" for each in answers[3:]], dtype=object)).mean() > 0.9
    for place in (0, 31, 32, 33, 156):
        alone = model.predict({"message": given["message"][place : place + 1]})
        assert isinstance(alone, Classification)
        np.testing.assert_allclose(alone.probabilities[0], whole.probabilities[place], atol=1e-6)

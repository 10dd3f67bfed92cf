"""The examples of docs/notebook.md, run one after another as a reader would who keeps them as files."""

from __future__ import annotations

import re
from dataclasses import fields
from inspect import signature
from pathlib import Path

import numpy as np
import pytest

import millrace.learning
from millrace.domain.report import Candidate
from millrace.learning import Model, fit
from tests.conftest import ROOT
from tests.markdown import blocks

DOCUMENT = ROOT / "docs/notebook.md"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """What each file's names hold in the end."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / "examples").symlink_to(ROOT / "examples")
    found: dict[str, dict[str, object]] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for block in blocks(DOCUMENT):
            if block.language == "python":
                found[block.file] = {"__name__": "__main__"}
                exec(compile(block.text, block.file, "exec"), found[block.file])  # noqa: S102  # that is the test
    return found


def test_the_examples_agree_with_one_another(ran: dict[str, dict[str, object]]) -> None:
    model, rows = ran["credit.py"]["model"], ran["credit.py"]["rows"]
    assert isinstance(model, Model)
    assert isinstance(rows, dict)
    assert len(model.leaderboard) == 3
    assert sum(each.weight for each in model.leaderboard) == pytest.approx(1.0)
    scores = [each.score for each in model.leaderboard]
    assert scores == sorted(scores)
    assert ran["alone.py"]["label"] == model.predict(rows)[:1]
    np.testing.assert_array_equal(np.asarray(ran["alone.py"]["probabilities"]), model.predict_proba(rows)[:1])


def test_every_name_of_the_tables_is_there() -> None:
    text = DOCUMENT.read_text()
    tables = {
        heading: {
            name for row in re.findall(r"^\| (`.*?) \|", body, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
        }
        for heading, body in re.findall(r"^\| (argument|of the model) \| \|\n(.*?)\n\n", text, re.MULTILINE | re.DOTALL)
    }
    assert tables["argument"] == set(signature(fit).parameters) - {"data"}
    assert {name for name in tables["of the model"] if not hasattr(Model, name)} == set()
    told = {"name", "score", "spread", "seconds", "settings", "weight", "dropped"}
    assert told <= {each.name for each in fields(Candidate)}
    assert all(f"`{name}`" in text for name in told)
    assert {"fit", "Progress", "Trial", "Model"} <= set(millrace.learning.__all__)


def test_a_greater_score_comes_first_where_the_metric_says_so(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    numbers = random.normal(size=120)
    model = fit({"a": numbers, "y": np.where(numbers + random.normal(size=120) > 0, "p", "n")}, metric="auc", trials=3)
    scores = [each.score for each in model.leaderboard]
    assert scores == sorted(scores, reverse=True)

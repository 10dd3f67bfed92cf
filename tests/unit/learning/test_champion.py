from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from millrace.data.table import WrittenTable
from millrace.domain.notation import DecimalMark
from millrace.domain.schema import Column, Kind, Schema
from millrace.domain.spec import Metric, Task
from millrace.learning.champion import Champion, score
from tests import tiny
from tests.rows import written

ROWS: dict[str, list[object]] = {
    "age": [30, None, 50],
    "member": [True, False, None],
    "since": ["1970-01-02", None, "1970-01-01"],
    "city": ["Paris", "Lima", None],
    "more": [1, 2, 3],
}
TRUTH = np.array([1, 0, 1])


def champion(schema: Schema = tiny.CLASSIFIES) -> Champion:
    content = tiny.model(schema)
    return Champion(3, content, tiny.manifest(content, schema))


def expected() -> list[float]:
    """What the tiny model gives for the second class."""
    scores = [
        tiny.score(30, 1.0, 86400.0, "Paris"),
        tiny.score(np.nan, 0.0, np.nan, "Lima"),
        tiny.score(50, np.nan, 0.0, "\x00missing"),
    ]
    return [1 / (1 + np.exp(-value)) for value in scores]


def test_it_is_judged_with_its_own_spelling() -> None:
    found = score(champion(), written(ROWS), TRUTH, tiny.CLASSIFIES).score
    assert found.version == 3
    assert found.metrics is not None
    probabilities = np.array(expected())
    loss = -np.log(np.where(TRUTH == 1, probabilities, 1 - probabilities)).mean()
    assert found.metrics[Metric.LOG_LOSS] == pytest.approx(loss, rel=1e-5)


def test_text_is_read_as_the_new_file_writes_it() -> None:
    """The champion learnt from decimal commas; the file before us has points, and 1.234 is little more than one."""
    commas = replace(tiny.FEATURES[0], decimal=DecimalMark.COMMA)
    older = champion()
    theirs = replace(older.manifest.schema, features=(commas, *tiny.FEATURES[1:]))
    older = replace(older, manifest=replace(older.manifest, schema=theirs))
    rows = written({**ROWS, "age": ["1.234", "2.345", "50"]})
    same = score(champion(), rows, TRUTH, tiny.CLASSIFIES).score
    assert score(older, rows, TRUTH, tiny.CLASSIFIES).score == same
    assert score(older, rows, TRUTH, theirs).score != same


def test_classes_are_aligned_by_name() -> None:
    """Ours stand in another order, and there is one that it doesn't know."""
    ours = replace(tiny.CLASSIFIES, task=Task.MULTICLASS, classes=("good", "great", "bad"))
    same = score(champion(), written(ROWS), TRUTH, tiny.CLASSIFIES).score
    found = score(champion(), written(ROWS), np.array([0, 2, 0]), ours).score
    assert same.metrics is not None
    assert found.metrics is not None
    assert found.metrics[Metric.LOG_LOSS] == pytest.approx(same.metrics[Metric.LOG_LOSS])
    assert found.metrics[Metric.ACCURACY] == same.metrics[Metric.ACCURACY]


def boolean(classes: tuple[str, str]) -> Schema:
    return replace(tiny.CLASSIFIES, classes=classes)


@pytest.mark.parametrize("classes", [("No", "Yes"), ("0", "1"), ("false", "true"), ("Yes", "No")])
def test_the_same_answers_in_another_spelling_are_the_same_classes(classes: tuple[str, str]) -> None:
    """A worse model must not replace a better one because somebody's export writes true for Yes."""
    theirs = boolean(("no", "yes"))
    same = score(champion(theirs), written(ROWS), TRUTH, theirs).score
    turned = classes[0] == "Yes"
    found = score(champion(theirs), written(ROWS), 1 - TRUTH if turned else TRUTH, boolean(classes)).score
    assert same.metrics is not None
    assert found.metrics is not None
    assert found.metrics[Metric.LOG_LOSS] == same.metrics[Metric.LOG_LOSS]
    assert found.metrics[Metric.ACCURACY] == same.metrics[Metric.ACCURACY]


def test_a_class_that_is_gone_is_always_wrong() -> None:
    ours = replace(tiny.CLASSIFIES, classes=("bad", "great"))
    found = score(champion(), written(ROWS), np.array([1, 1, 1]), ours).score
    assert found.metrics is not None
    assert found.metrics[Metric.ACCURACY] == 0.0


def test_numbers() -> None:
    found = score(champion(tiny.REGRESSES), written(ROWS), np.array([1.0, 2.0, 3.0]), tiny.REGRESSES).score
    assert found.metrics is not None
    assert set(found.metrics) == {Metric.RMSE, Metric.MAE, Metric.R2}


@pytest.mark.parametrize(
    ("rows", "ours", "why"),
    [
        ({name: values for name, values in ROWS.items() if name != "city"}, tiny.CLASSIFIES, "no column 'city'"),
        (ROWS | {"age": ["old", "young", "old"]}, tiny.CLASSIFIES, "column 'age' is not a finite number"),
        (ROWS, tiny.REGRESSES, "is a binary model"),
        (ROWS, replace(tiny.CLASSIFIES, target="other"), "predicts 'risk'"),
        (ROWS, replace(tiny.CLASSIFIES, classes=("Bad", "Good")), "none of its classes, such as 'bad'"),
    ],
)
def test_where_it_does_not_fit_it_says_why(rows: dict[str, list[object]], ours: Schema, why: str) -> None:
    found = score(champion(), written(rows), TRUTH, ours).score
    assert found.metrics is None
    assert found.why is not None
    assert why in found.why


def test_a_model_that_can_not_run_says_so() -> None:
    table: WrittenTable = written(ROWS)
    other = replace(tiny.CLASSIFIES, features=(*tiny.FEATURES, Column("more", Kind.NUMBER)))
    broken = replace(champion(), manifest=tiny.manifest(b"", other))
    assert score(broken, table, TRUTH, tiny.CLASSIFIES).score.why == "ONNX Runtime can't run the model"

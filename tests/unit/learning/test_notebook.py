"""`fit` as somebody calls it in a notebook: from a file, from columns, from a data frame."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pandas as pd
import pytest

from millrace.domain.errors import MillraceError, Rejected
from millrace.domain.schema import Kind
from millrace.domain.spec import Metric, Spec, Task
from millrace.learning import Model, fit
from tests.rows import csv_file, mixed

ANSWERS = {"no", "yes"}
FEW = Spec(folds=2)


@pytest.fixture(scope="module")
def model() -> Model:
    return fit(mixed(), "answer", trials=2, spec=FEW)


def features(rows: int = 20, seed: int = 3) -> dict[str, list[object]]:
    columns = mixed(rows, seed)
    del columns["answer"]
    return columns


def kinds(found: Model) -> dict[str, Kind]:
    return {column.name: column.kind for column in found.schema.features}


KINDS = {"age": Kind.NUMBER, "member": Kind.BOOLEAN, "since": Kind.DATE, "city": Kind.CATEGORY}


def test_a_mapping_a_file_and_a_frame_are_the_same(tmp_path: Path, model: Model) -> None:
    path = csv_file(tmp_path / "data.csv", mixed())
    frame = pd.DataFrame(mixed())
    frame["since"] = pd.to_datetime(frame["since"])
    others = [fit(source, "answer", trials=2, spec=FEW) for source in (path, str(path), frame)]
    assert kinds(model) == KINDS
    for other in others:
        assert kinds(other) == KINDS
        assert other.model == model.model


def test_it_predicts_labels_and_probabilities(model: Model) -> None:
    labels, probabilities = model.predict(features()), model.predict_proba(features())
    assert labels.shape == (20,)
    assert set(labels) <= ANSWERS
    assert probabilities.shape == (20, 2)
    assert model.schema.classes == ("no", "yes")
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-6)
    np.testing.assert_array_equal(labels == "yes", probabilities[:, 1] > 0.5)


@pytest.mark.parametrize("rows", [0, 1])
def test_one_row_or_none_is_predicted(model: Model, rows: int) -> None:
    some = {name: values[:rows] for name, values in features().items()}
    assert model.predict(some).shape == (rows,)
    assert model.predict(pd.DataFrame(some)).shape == (rows,)


def test_numbers_are_predicted_in_their_unit() -> None:
    found = fit(mixed(), "age", task="regression", metric="mae", trials=2, spec=FEW)
    predicted = found.predict(mixed())
    assert found.schema.task is Task.REGRESSION
    assert found.learnt.wish.metric is Metric.MAE
    assert predicted.dtype == np.float64
    assert 18 < predicted.mean() < 80
    np.testing.assert_array_equal(predicted, found.predict_proba(mixed())[:, 0])
    assert found.metrics[Metric.MAE] == pytest.approx(found.learnt.school.loss(found.learnt.trials[0]), rel=0.3)


BLANK: Sequence[Any] = [None, float("nan"), np.nan, np.float64("nan"), pd.NaT, pd.NA, np.datetime64("NaT"), ""]


@pytest.mark.parametrize("blank", BLANK, ids=repr)
def test_nothing_is_written_in_many_ways(model: Model, blank: object) -> None:
    expected = model.predict_proba({name: [None] for name in KINDS})
    np.testing.assert_array_equal(model.predict_proba({name: [blank] for name in KINDS}), expected)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("age", [41, 41.0, np.int64(41), np.float32(41), "41"]),
        ("member", [True, np.bool_(True), "true", "yes"]),
        ("since", ["2024-03-05", dt.date(2024, 3, 5), np.datetime64("2024-03-05"), pd.Timestamp("2024-03-05")]),
        ("city", ["Paris", np.str_("Paris")]),
    ],
)
def test_a_value_is_the_same_whatever_wrote_it(model: Model, name: str, values: Sequence[object]) -> None:
    others = {each: values[0] for each, values in features().items() if each != name}
    found = [
        model.predict_proba({**{each: [kept] for each, kept in others.items()}, name: [value]}) for value in values
    ]
    for each in found[1:]:
        np.testing.assert_array_equal(each, found[0])


def test_frames_of_every_dtype_are_read() -> None:
    frame = pd.DataFrame(mixed())
    typed = frame.astype({"city": "category", "member": "boolean", "age": "Int64", "answer": "string"})
    assert kinds(fit(typed, "answer", trials=1, spec=FEW)) == KINDS


def test_what_is_saved_is_what_serves(tmp_path: Path, model: Model) -> None:
    model.save(tmp_path / "model.onnx")
    session = ort.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    assert [node.name for node in session.get_inputs()] == list(KINDS)
    assert (tmp_path / "model.onnx").read_bytes() == model.model


def test_what_was_tried_can_be_looked_at(model: Model) -> None:
    assert sum(model.members.values()) == pytest.approx(1.0)
    assert list(model.members.values()) == sorted(model.members.values(), reverse=True)
    assert len(model.leaderboard) == 2
    assert set(model.members) == {each.name for each in model.leaderboard if each.weight}
    scores = [each.score for each in model.leaderboard]
    assert scores == sorted(scores)
    assert model.score == pytest.approx(scores[0], rel=0.05)
    assert 0.5 < model.metrics[Metric.AUC] <= 1.0


def test_the_same_arguments_give_the_same_bytes(model: Model) -> None:
    assert fit(mixed(), "answer", trials=2, threads=2, spec=FEW).model == model.model
    assert fit(mixed(), "answer", trials=2, seed=1, spec=FEW).model != model.model


def test_a_spec_has_what_arguments_have_not() -> None:
    spec = Spec(target="answer", exclude=("city",), folds=2, trials=1, false_negative_cost=9.0)
    found = fit(mixed(), spec=spec)
    assert "city" not in kinds(found)
    assert len(found.learnt.trials[0].scores) == 2
    assert found.learnt.fitted.threshold is not None
    assert found.learnt.fitted.threshold < 0.4


def test_progress_is_told() -> None:
    told: list[int] = []
    fit(mixed(), "answer", trials=3, spec=Spec(folds=2), progress=lambda _, number: told.append(number))
    assert told == [1, 2, 3]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"target": "nobody"}, "unknown_column"),
        ({"target": "city", "task": "regression"}, "target_not_number"),
        ({"target": "city", "task": "binary"}, "wrong_class_count"),
    ],
)
def test_what_can_not_be_learned_is_refused(arguments: Mapping[str, Any], code: str) -> None:
    with pytest.raises(Rejected) as refused:
        fit(mixed(), trials=1, **arguments)
    assert refused.value.code == code


@pytest.mark.parametrize("arguments", [{"task": "clustering"}, {"metric": "beauty"}])
def test_unknown_words_are_refused(arguments: Mapping[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"clustering|beauty"):
        fit(mixed(), "answer", trials=1, **arguments)


def test_columns_that_lack_or_hold_what_is_no_number_are_refused(model: Model) -> None:
    lacking = features()
    del lacking["age"]
    with pytest.raises((KeyError, MillraceError), match="age"):
        model.predict(lacking)
    with pytest.raises(MillraceError, match="not a finite number"):
        model.predict({**features(), "age": ["old"] * 20})


def test_columns_of_different_lengths_are_refused() -> None:
    columns = mixed()
    columns["age"] = columns["age"][:-3]
    with pytest.raises(ValueError, match="'age' has 157 values"):
        fit(columns, "answer", trials=1)


@pytest.mark.parametrize("is_told", [False, True])
def test_wishes_of_another_task_are_refused(is_told: bool) -> None:
    """Whether the data says which task it is, or the caller."""
    with pytest.raises(Rejected) as refused:
        fit(mixed(), "answer", metric="rmse", task="binary" if is_told else None, trials=1)
    assert refused.value.code == "metric_mismatch"
    with pytest.raises(Rejected) as refused:
        fit(mixed(), "age", spec=Spec(balance=True), task="regression" if is_told else None, trials=1)
    assert refused.value.code == "wish_mismatch"

"""What a report says of a search, of its ensemble, and of whether more rows would help."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from millrace.data.table import Index
from millrace.domain.spec import Metric, Spec, Task
from millrace.evaluation import metrics
from millrace.evaluation.calibration import AsIs, Calibration, Isotonic, Platt, Temperature
from millrace.evaluation.threshold import Costs
from millrace.learning import leaderboard
from millrace.learning.automl import Calibrated, Learnt, Lessons, Wish, learn
from millrace.learning.trial import Trial
from millrace.usecases import describe_search
from tests.rows import schema, typed
from tests.trained import OneForest, OneLine

ROWS = 240
NONE = np.empty(0)


def learnt(task: Task = Task.BINARY, rows: int = ROWS, **wishes: object) -> Learnt:
    table, answers = typed(rows, task)
    metric = Metric.LOG_LOSS if task.is_classification else Metric.RMSE
    wish = replace(Wish(metric, trials=2, folds=3), **wishes)  # type: ignore[arg-type]  # fields by name
    return learn(Lessons(table, answers, schema(task)), wish, trainers=(OneLine(), OneForest()))


@pytest.fixture(scope="module")
def made() -> Learnt:
    return learnt()


def test_the_leaderboard_has_each_trial_with_its_part(made: Learnt) -> None:
    board = leaderboard.leaderboard(made)
    assert [each.name for each in board] == ["line 1", "trees 1"]
    assert [each.family for each in board] == ["line", "trees"]
    assert board[0].settings == {"strength": 0.3, "lasso": 0.0}
    assert [each.weight for each in board] == [made.weights.get(place, 0.0) for place in (0, 1)]
    assert all((each.dropped is None) == each.serves for each in board)
    assert [each.folds_done for each in board] == [3, 3]


def test_why_a_candidate_does_not_serve_is_told(made: Learnt) -> None:
    pruned = replace(made.trials[1], dropped="given up after 1 fold", core=None)
    unjudged = replace(made.trials[1], scores=())
    of = replace(made, trials=(made.trials[0], pruned, made.trials[1], made.trials[1], unjudged), weights={0: 1.0})
    board = leaderboard.leaderboard(of, refused={3})
    assert [(each.name, each.dropped) for each in board] == [
        ("line 1", None),
        ("trees 1", "given up after 1 fold"),
        ("trees 2", "adds nothing to the ensemble"),
        ("trees 3", leaderboard.REFUSED),
    ]


def test_what_the_search_was_given_is_told_as_it_was(made: Learnt) -> None:
    told = describe_search.describe_search(Spec(budget_seconds=30.0), made)
    assert (told.trials, told.asked_seconds, told.asked_trials) == (2, None, 2)
    timed = replace(made, wish=replace(made.wish, trials=None), seconds=12.3456)
    told = describe_search.describe_search(Spec(budget_seconds=30.0), timed)
    assert (told.seconds, told.asked_seconds, told.asked_trials) == (12.346, 30.0, None)


def test_the_ensemble_is_measured_on_rows_its_members_had_not_seen(made: Learnt) -> None:
    told = describe_search.describe_ensemble(made)
    truth = np.asarray(made.school.answers, dtype=np.int64)
    assert len(made.judged) == ROWS
    assert told.metrics[Metric.LOG_LOSS] == pytest.approx(metrics.classification(truth, made.answers)[Metric.LOG_LOSS])
    assert told.score == pytest.approx(told.metrics[Metric.LOG_LOSS], rel=0.05)  # the mean over folds
    assert told.spread > 0.0
    interval = told.intervals[Metric.LOG_LOSS]
    assert interval.low < told.metrics[Metric.LOG_LOSS] < interval.high
    assert told.threshold is None


@pytest.mark.parametrize(
    ("calibration", "name"),
    [
        (AsIs(), "none"),
        (Temperature(0.7), "temperature"),
        (Platt(1.0, 0.1), "platt"),
        (Isotonic(NONE, NONE, NONE, NONE), "isotonic"),
    ],
)
def test_the_map_of_probabilities_is_named(made: Learnt, calibration: Calibration, name: str) -> None:
    of = replace(made, calibrated=Calibrated(calibration, {"none": 0.5, name: 0.4 if name != "none" else 0.5}))
    told = describe_search.describe_ensemble(of).calibrated
    assert told is not None
    assert (told.method, told.before, told.after) == (name, 0.5, 0.5 if name == "none" else 0.4)


def test_a_threshold_says_whose_it_is_and_why() -> None:
    told = describe_search.describe_ensemble(learnt(aim=Costs(1.0, 20.0))).threshold
    assert told is not None
    assert told.label == "yes"
    assert told.value < 0.3
    assert told.why == "a false positive costs 1, a false negative 20"


def test_of_numbers_there_is_no_map_and_no_threshold() -> None:
    told = describe_search.describe_ensemble(learnt(Task.REGRESSION))
    assert (told.calibrated, told.threshold) == (None, None)
    assert told.score == pytest.approx(told.metrics[Metric.RMSE], rel=0.1)


def test_a_learning_curve_is_judged_on_a_fold_and_over_some_rows_of_many(
    made: Learnt, monkeypatch: pytest.MonkeyPatch
) -> None:
    curve = describe_search.learning_curve(made)
    assert curve is not None
    assert (curve.metric, curve.model) == (Metric.LOG_LOSS, describe_search.CURVE_NAME)
    assert curve.points[-1].rows == 160  # two folds of three
    assert describe_search.learning_curve(made) == curve
    monkeypatch.setattr(describe_search, "CURVE_ROWS", 120)
    fewer = describe_search.learning_curve(made)
    assert fewer is not None
    assert fewer.points[-1].rows == 120


def test_a_trial_judged_by_no_fold_has_no_line(made: Learnt) -> None:
    none: list[Trial] = [replace(each, scores=()) for each in made.trials]
    assert leaderboard.leaderboard(replace(made, trials=tuple(none))) == ()


def test_rows_that_no_fold_judged_count_in_no_figure(made: Learnt) -> None:
    """Of rows in order of time the oldest only teach."""
    table, answers = typed(ROWS, Task.BINARY)
    times = np.arange(ROWS, dtype=np.float64)
    lessons = Lessons(table, answers, schema(Task.BINARY), times=times)
    found = learn(lessons, Wish(Metric.LOG_LOSS, trials=1, folds=3), trainers=(OneLine(),))
    judged: Index = found.judged
    assert 0 < len(judged) < ROWS
    truth = np.asarray(found.school.answers, dtype=np.int64)[judged]
    told = describe_search.describe_ensemble(found)
    assert told.metrics[Metric.LOG_LOSS] == pytest.approx(metrics.classification(truth, found.answers)[Metric.LOG_LOSS])

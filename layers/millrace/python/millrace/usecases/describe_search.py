"""What a report says of a search: what it took, the ensemble it made, and whether more rows would help."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from millrace.data.table import Index
from millrace.domain.diagnostics import LearningCurve
from millrace.domain.report import Calibrated, Ensemble, Search, Threshold
from millrace.domain.spec import Spec
from millrace.domain.warning import Warned
from millrace.evaluation import bootstrap
from millrace.evaluation import learning_curve as curves
from millrace.evaluation.guess import Guess
from millrace.evaluation.threshold import Costs
from millrace.learning import objective
from millrace.learning.automl import Learnt
from millrace.learning.lightgbm import LightGbmTrainer
from millrace.learning.trainer import Budget, Lesson

CURVE_ROWS = 20_000  # that a learning curve is drawn over, at most, and on which it is judged
CURVE_TREES = 60
CURVE_NAME = "LightGBM with 60 trees"
CURVE_RATE = 0.1
CURVE_REPEATS = 3
CURVE_SIZES = 5
PARALLEL = 10_000  # rows from which threads save more than they cost


def describe_search(spec: Spec, learnt: Learnt) -> Search:
    """What it was given and took; of jobs that searched at once, as long as the longest and the gathering took."""
    wish = learnt.wish
    asked = None if wish.trials is not None else spec.budget_seconds
    spent: dict[int, float] = {}
    for made in learnt.trials:
        if made.turn.job:
            spent[made.turn.job] = spent.get(made.turn.job, 0.0) + made.seconds
    seconds = learnt.seconds + max(spent.values(), default=0.0)
    return Search(round(seconds, 3), len(learnt.trials), asked, wish.trials, max(1, len(spent)))


def lost_parts(parts: int, learnt: Learnt) -> tuple[Warned, ...]:
    """A warning where some of the jobs that were to search left no trial."""
    lost = parts - len({made.turn.job for made in learnt.trials} - {0})
    if not lost:
        return ()
    says = f"{lost} of the {parts} jobs that were to search left no trial"
    alone = says if lost < parts else f"{says}, so the last job searched alone"
    return (Warned("missing_jobs", alone, "see why: millrace logs; then: millrace runs retry"),)


def describe_ensemble(learnt: Learnt) -> Ensemble:
    """Figures of its answers to rows that its members had not seen."""
    school, task = learnt.school, learnt.school.schema.task
    truth = school.answers[learnt.judged]
    guess = Guess(learnt.answers, _labels(learnt))
    scores = _of_folds(learnt)
    return Ensemble(
        score=float(np.mean(scores)),
        spread=float(np.std(scores)),
        calibrated=_calibrated(learnt),
        threshold=_threshold(learnt),
        metrics=guess.measure(task, truth),
        intervals=bootstrap.intervals(task, truth, guess, seed=learnt.wish.seed),
    )


def learning_curve(learnt: Learnt) -> LearningCurve | None:
    """Of LightGBM with few trees, on the rows of the first fold, judged on that fold's others."""
    school, link = learnt.school, learnt.school.links[0]
    inside, outside = school.folds.pairs[-1 if school.folds.ordered else 0]
    if len(inside) > CURVE_ROWS or len(outside) > CURVE_ROWS:
        random = np.random.default_rng(learnt.wish.seed)
        inside, outside = (np.sort(random.permutation(side)[:CURVE_ROWS]) for side in (inside, outside))
    trainer = LightGbmTrainer()
    if not trainer.suits(school.schema.task, len(school.schema.classes), len(inside), school.width):
        return None
    rows = school.encoded(trainer.plan, link)
    settings = {**trainer.portfolio[0], "learning_rate": CURVE_RATE}

    def fit_and_score(places: Index) -> float:
        lesson = Lesson(
            school.schema.task,
            len(school.schema.classes),
            rows.take(inside[places]),
            rounds=CURVE_TREES,
            seed=learnt.wish.seed,
            budget=Budget(learnt.wish.threads if len(places) >= PARALLEL else 1),
        )
        values = link.apply(trainer.fit(lesson, settings).score(rows.matrix[outside]))
        found = objective.score(learnt.wish.metric, school.answers[outside], values)
        return float("nan") if found is None else found

    return curves.learning_curve(
        fit_and_score,
        len(inside),
        curves.sizes(len(inside), most=CURVE_SIZES),
        learnt.wish.metric,
        CURVE_NAME,
        seed=learnt.wish.seed,
        repeats=CURVE_REPEATS,
    )


def _of_folds(learnt: Learnt) -> Sequence[float]:
    """The metric on each fold that allows it."""
    position = np.full(learnt.school.table.rows, -1, dtype=np.int64)
    position[learnt.judged] = np.arange(len(learnt.judged))
    found = (
        objective.score(learnt.wish.metric, learnt.school.answers[outside], learnt.answers[position[outside]])
        for _, outside in learnt.school.folds.pairs
    )
    return [score for score in found if score is not None] or [float("nan")]


def _labels(learnt: Learnt) -> Index | None:
    limit = learnt.fitted.threshold
    return None if limit is None else (learnt.answers[:, 1] >= limit).astype(np.int64)


def _calibrated(learnt: Learnt) -> Calibrated | None:
    if learnt.calibrated is None:
        return None
    losses = learnt.calibrated.losses
    method = learnt.calibrated.calibration.step.partition("/")[0].replace("uncalibrated", "none")
    return Calibrated(method, losses["none"], losses[method])


def _threshold(learnt: Learnt) -> Threshold | None:
    limit, aim = learnt.fitted.threshold, learnt.wish.aim
    if limit is None or aim is None:
        return None
    why = (
        f"a false positive costs {aim.false_positive:g}, a false negative {aim.false_negative:g}"
        if isinstance(aim, Costs)
        else f"it is chosen for {aim}"
    )
    return Threshold(limit, learnt.school.schema.classes[1], why)

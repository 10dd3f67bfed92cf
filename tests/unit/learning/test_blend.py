from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from millrace.domain.spec import Task
from millrace.evaluation.calibration import Platt, Temperature
from millrace.learning import blend, parity
from millrace.learning.blend import Blend
from millrace.learning.export import export
from millrace.learning.lightgbm import LightGbmTrainer
from millrace.learning.linear import LinearTrainer
from millrace.learning.trainer import Plan
from tests import lessons
from tests.lessons import Asked

TASKS = pytest.mark.parametrize("task", list(Task))


def two(task: Task) -> tuple[Blend, Blend, Blend, Asked]:
    """A quarter of a linear member and three of trees, with either alone."""
    line, trees = LinearTrainer(plan=Plan.BENT), LightGbmTrainer()
    to = lessons.asked(trees, task)
    first, second = lessons.fit(line, to), lessons.fit(trees, to)
    members = (replace(first.members[0], weight=0.25), replace(second.members[0], weight=0.75))
    both = Blend({**first.encodings, **second.encodings}, members, first.deviation)
    return first, second, both, to


@TASKS
def test_it_answers_the_weighted_mean_and_so_does_the_graph(task: Task) -> None:
    first, second, both, to = two(task)
    expected = 0.25 * first.predict(to.table) + 0.75 * second.predict(to.table)
    np.testing.assert_allclose(both.predict(to.table), expected)
    found = parity.check(export(both, to.schema), both, to.table, to.schema)
    assert found.max_difference <= 1e-5
    assert found.flips_far == 0


@TASKS
def test_rows_go_by_parts_and_come_back_whole(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, both, to = two(task)
    whole = both.predict(to.table)
    monkeypatch.setattr(blend, "PART", 7)
    np.testing.assert_allclose(both.predict(to.table), whole, rtol=1e-12)
    assert both.predict(to.table.take(np.arange(0))).shape == (0, whole.shape[1])


def test_steps_are_named_once_in_order() -> None:
    first, _, both, _ = two(Task.BINARY)
    assert both.steps[0] == "spelling/2"
    assert len(set(both.steps)) == len(both.steps)
    assert set(first.steps) < set(both.steps)
    assert [step.partition("/")[0] for step in both.steps[1:]] == [
        "encode-bent",
        "encode-trees",
        "linear",
        "lightgbm",
        "link",
        "blend",
        both.calibration.step.partition("/")[0],
    ]


def test_members_of_a_plan_share_one_encoding() -> None:
    _, _, both, to = two(Task.BINARY)
    twice = replace(both, members=tuple(replace(both.members[1], weight=0.5) for _ in range(2)))
    assert len(export(twice, to.schema)) < 2 * len(export(replace(both, members=both.members[1:]), to.schema))
    np.testing.assert_allclose(twice.predict(to.table), 2 * 0.5 * two(Task.BINARY)[1].predict(to.table))


@pytest.mark.parametrize("calibration", [Platt(1.7, -0.3), Temperature(0.6)])
def test_probabilities_are_calibrated_in_the_graph_too(calibration: Platt | Temperature) -> None:
    _, _, both, to = two(Task.BINARY)
    learned = replace(both, calibration=calibration)
    np.testing.assert_allclose(learned.predict(to.table), calibration.apply(both.predict(to.table)))
    assert parity.check(export(learned, to.schema), learned, to.table, to.schema).max_difference <= 1e-5
    assert learned.steps[-1] == calibration.step


@pytest.mark.parametrize("threshold", [0.2, 0.9])
def test_a_threshold_decides_the_label_and_changes_no_probability(threshold: float) -> None:
    _, _, both, to = two(Task.BINARY)
    strict = replace(both, threshold=threshold)
    model = export(strict, to.schema)
    answered = parity.run(model, to.table, to.schema)
    np.testing.assert_array_equal(answered.labels == "yes", answered.values[:, 1] >= np.float32(threshold))
    np.testing.assert_array_equal(answered.values, parity.run(export(both, to.schema), to.table, to.schema).values)
    assert parity.check(model, strict, to.table, to.schema).flips_far == 0


def test_its_unit_is_one_or_the_targets_deviation() -> None:
    assert two(Task.BINARY)[2].unit == 1.0
    _, _, both, to = two(Task.REGRESSION)
    assert both.unit == pytest.approx(float(np.std(to.answers)))

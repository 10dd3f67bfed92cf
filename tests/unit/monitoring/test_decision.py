"""The decision sees drift that matters, at every size of a window, and cries wolf at none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from millrace.domain.baseline import Baseline
from millrace.domain.drift import ALARM_SEVERITY, Standing
from millrace.domain.schema import Column, Kind, Schema
from millrace.domain.spec import Spec, Task
from millrace.monitoring.baseline import HeldOut
from millrace.monitoring.baseline import describe as describe_columns
from millrace.monitoring.decision import judge, severity_of
from millrace.monitoring.sketching import sketch as sketch_columns
from tests.streams import Change, blanked, describe, draw, grown, shifted, sketch

WINDOWS = 25  # `make bench ARGS=false-alarms` looks at 100


def alarms(change: Change | None = None, *, windows: int = WINDOWS, rows: int = 2_000, trained: int = 10_000) -> int:
    raised = 0
    for seed in range(windows):
        random = np.random.default_rng(seed)
        known = describe(draw(random, trained))
        captured = draw(random, rows)
        if change is not None:
            change(captured, random)
        standing, severity, findings = judge(known, sketch(known, captured), None, Spec())
        assert severity == max(finding.severity for finding in findings)
        assert (standing is Standing.DRIFTED) == (severity >= ALARM_SEVERITY)
        raised += standing is Standing.DRIFTED
    return raised


@pytest.fixture(scope="module")
def known() -> Baseline:
    return describe(draw(np.random.default_rng(1), 10_000))


@pytest.mark.parametrize(("rows", "trained", "windows"), [(2_000, 10_000, 25), (200, 500, 25), (50_000, 10_000, 3)])
def test_without_drift_there_is_no_alarm(rows: int, trained: int, windows: int) -> None:
    assert alarms(rows=rows, trained=trained, windows=windows) <= 1


def test_columns_that_move_together_raise_no_more_alarms() -> None:
    """Benjamini and Hochberg's correction is proved for other dependence than this."""
    schema = Schema(tuple(Column(f"n{number}", Kind.NUMBER) for number in range(20)), "y", Task.REGRESSION)

    def together(random: np.random.Generator, count: int) -> dict[str, NDArray[np.float64]]:
        common = random.standard_normal(count)
        return {f"n{each}": (-1.0) ** each * common + 0.3 * random.standard_normal(count) for each in range(20)}

    raised = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        trained, captured = together(random, 5_000), together(random, 1_000)
        baseline = describe_columns(schema, trained, HeldOut(trained["n0"]))
        window = sketch_columns(baseline, captured, {}, captured["n0"])
        raised += judge(baseline, window, None, Spec())[0] is Standing.DRIFTED
    assert raised <= 1


def test_a_mean_moved_by_three_tenths_of_a_deviation_is_always_seen() -> None:
    assert alarms(shifted(0.3)) == WINDOWS


def test_values_that_begin_to_be_missing_are_always_seen() -> None:
    assert alarms(blanked) == WINDOWS


def test_a_category_that_grew_by_five_points_is_mostly_seen() -> None:
    assert alarms(grown) >= 0.8 * WINDOWS


def test_a_mean_moved_by_a_twentieth_of_a_deviation_is_no_drift_however_sure_it_is() -> None:
    assert alarms(shifted(0.05), rows=200_000, trained=100_000, windows=2) == 0


def test_fewer_rows_than_the_spec_asks_for_are_not_enough_data_which_is_not_stable(known: Baseline) -> None:
    few = sketch(known, draw(np.random.default_rng(2), 199))
    assert judge(known, few, None, Spec()) == (Standing.NOT_ENOUGH_DATA, None, ())
    standing, severity, findings = judge(known, few, None, Spec(drift_least_rows=199))
    assert standing is Standing.STABLE
    assert severity is not None
    assert findings
    nothing = sketch(known, draw(np.random.default_rng(2), 0))
    assert judge(known, nothing, None, replace(Spec(), drift_least_rows=0))[0] is Standing.NOT_ENOUGH_DATA


def test_the_worst_finding_comes_first(known: Baseline) -> None:
    captured = draw(np.random.default_rng(3), 2_000)
    shifted(1.0)(captured, np.random.default_rng(0))
    _, severity, findings = judge(known, sketch(known, captured), None, Spec())
    assert findings[0].column == "normal_0"
    assert findings[0].severity == severity
    assert [each.severity for each in findings] == sorted((each.severity for each in findings), reverse=True)
    assert {each.column for each in findings if each.drifted} == {"normal_0"}


def test_severity_reaches_one_where_the_effect_and_the_evidence_both_do() -> None:
    assert severity_of(1.0, 0.01) == 1.0
    assert severity_of(0.9, 0.0) == 0.9
    assert severity_of(5.0, 0.1) == 0.5
    assert severity_of(3.0, 1e-30) == 3.0
    assert severity_of(2.0, 1.0) == 0.0
    assert severity_of(1e9, 0.0) == 1000.0  # a number that JSON and a metric take

"""The decision made from all tests of a window: drift is what is both beyond chance and large enough to matter.

With millions of rows every tiny difference is beyond chance, and with a few hundred large ones are none. So a finding
has two ratios: how large the effect is against its limit, and how strong the evidence, as the logarithm of its
corrected p-value against that of the level. Its severity is the smaller of the two: it reaches 1 where both do, which
is where the test finds drift, and beyond that says how many times what matters the effect is, once rows are enough.
"""

from __future__ import annotations

import math

from millrace.domain.baseline import PREDICTION, Baseline
from millrace.domain.drift import ALARM_SEVERITY, Finding, Standing
from millrace.domain.sketch import Scored, Sketch
from millrace.domain.spec import Spec
from millrace.monitoring import column_tests, performance
from millrace.monitoring.discovery import adjusted
from millrace.monitoring.measured import Measured

LEVEL = 0.01  # of windows without drift, at most so many have any finding
MOST = 1000.0  # the greatest severity told

Judgement = tuple[Standing, float | None, tuple[Finding, ...]]


def judge(baseline: Baseline, window: Sketch, scored: Scored | None, spec: Spec) -> Judgement:
    """The standing of a window, its severity, and what each test found, the worst first.

    Fewer rows than the spec's `drift_least_rows` say nothing: the severity is None then, which is not 0. `scored` are
    the window's rows whose truth is known.
    """
    if window.rows < max(1, spec.drift_least_rows):
        return Standing.NOT_ENOUGH_DATA, None, ()
    told = list(column_tests.measure_all(baseline, window))
    if scored is not None:
        told += [(metric.value, PREDICTION, said) for metric, said in performance.measure_all(baseline, scored)]
    corrected = adjusted([said.p_value for _, _, said in told])
    findings = [_finding(*each, p_value) for each, p_value in zip(told, corrected, strict=True)]
    findings.sort(key=lambda finding: -finding.severity)
    severity = max((finding.severity for finding in findings), default=0.0)
    return Standing.DRIFTED if severity >= ALARM_SEVERITY else Standing.STABLE, severity, tuple(findings)


def _finding(test: str, column: str, said: Measured, p_value: float) -> Finding:
    severity = severity_of(said.statistic / said.limit, p_value)
    return Finding(test, column, said.statistic, said.limit, severity, said.says, p_value)


def severity_of(effect: float, p_value: float) -> float:
    """The smaller of an effect, in times its limit, and the evidence, in times what the level asks for."""
    evidence = math.log(p_value) / math.log(LEVEL) if p_value > 0.0 else MOST
    return max(0.0, min(effect, evidence, MOST))

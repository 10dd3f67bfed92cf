"""The rules by which a new model may serve, as rows of a table: each compares figures and says what it saw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from millrace.domain.amount import counted
from millrace.domain.report import Report
from millrace.domain.spec import Metric, Spec
from millrace.domain.uncertainty import Intervals, Uncertainty
from millrace.domain.verdict import RuleResult, Verdict

PARITY_LIMIT = 1e-4  # the report's own tolerance may be stricter, never looser
MOVE_IT = "move the alias yourself: millrace models promote MODEL VERSION --why TEXT"
ROUNDING = 1e-9  # two sums of the same figures may differ by this, relative to the figure


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the gate looks at. `champion` is the version that the job was told to score, None where none served.

    `superseded` says that the champion was trained by default on the same data, before the spec came.
    """

    report: Report
    spec: Spec
    champion: int | None
    superseded: bool = False


def parity_holds(evidence: Evidence) -> RuleResult:
    """The exported graph answers as the fitted pipeline did."""
    parity = evidence.report.parity
    limit = min(parity.tolerance, PARITY_LIMIT)
    holds = parity.holds and parity.max_difference <= limit
    figures = {"rows": parity.rows, "max_difference": parity.max_difference, "flips": parity.flips}
    flipped = (
        f"; {counted(parity.flips_far, 'label')} flipped by more than rounding explains" if parity.flips_far else ""
    )
    return RuleResult(
        "parity_holds",
        holds,
        figures | {"flips_far": parity.flips_far, "limit": limit},
        f"the graph differs from the pipeline by {parity.max_difference:.3g} over {counted(parity.rows, 'row')}; "
        f"{limit:g} is allowed{flipped}",
    )


def beats_constant(evidence: Evidence) -> RuleResult:
    """The model has learned something: it does better than always giving the same answer, and not by luck."""
    report = evidence.report
    ours, constant = report.held_out.get(report.metric), report.constant.get(report.metric)
    if ours is None or constant is None:
        return _refusal("beats_constant", f"the report has no {report.metric.value} to compare")
    sure = report.uncertainty
    return _compared(
        _Comparison("beats_constant", report.metric, ours, constant, sure, sure.over_constant if sure else {}),
        {"model": ours, "constant": constant},
        f"{report.metric.value} {ours:.4g}, where one constant answer has {constant:.4g}",
        lambda worst: worst > ROUNDING * abs(constant),
    )


def not_worse_than_champion(evidence: Evidence) -> RuleResult:
    """The held-out rows rule out that the model is worse than the one that serves, beyond the spec's margin."""
    rule, report = "not_worse_than_champion", evidence.report
    if evidence.champion is None:
        return RuleResult(rule, holds=True, figures={}, says="no model serves yet")
    if evidence.superseded:
        says = f"the spec came after version {evidence.champion} was trained on the same data by default"
        return RuleResult(rule, holds=True, figures={}, says=says)
    score = report.champion
    if score is None or score.version != evidence.champion:
        return _refusal(rule, f"the job did not score the champion, version {evidence.champion}")
    ours, theirs = report.held_out.get(report.metric), (score.metrics or {}).get(report.metric)
    if ours is None or theirs is None:
        why = score.why or f"it has no {report.metric.value}"
        return _refusal(rule, f"version {score.version} can't be compared, so it keeps serving: {why}; {MOVE_IT}")
    slack, sure = evidence.spec.margin + ROUNDING * abs(theirs), report.uncertainty
    return _compared(
        _Comparison(rule, report.metric, ours, theirs, sure, sure.over_champion if sure else {}),
        {"model": ours, "champion": theirs, "margin": evidence.spec.margin},
        f"{report.metric.value} {ours:.4g}, where version {score.version} has {theirs:.4g}; "
        f"{evidence.spec.margin:g} worse is allowed",
        lambda worst: worst >= -slack,
    )


def promotion_wanted(evidence: Evidence) -> RuleResult:
    """The spec lets a good model serve by itself."""
    wanted = evidence.spec.promote
    says = "the spec lets a good model serve" if wanted else f"the spec says promote: false; {MOVE_IT}"
    return RuleResult("promotion_wanted", wanted, {}, says)


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Two figures of one metric; `gains` are the bootstrap's intervals of how much better ours is than theirs."""

    rule: str
    metric: Metric
    ours: float
    theirs: float
    sure: Uncertainty | None
    gains: Intervals


def _compared(of: _Comparison, figures: dict[str, float], says: str, enough: Callable[[float], bool]) -> RuleResult:
    """Whether the gain's lower bound is `enough`; the gain itself, for a report of an older release."""
    found = gain(of.metric, of.ours, of.theirs)
    if of.sure is None:
        return RuleResult(of.rule, enough(found), figures, f"{says} (the report has no intervals: it is an older one)")
    interval = of.gains.get(of.metric)
    if interval is None:
        return RuleResult(
            of.rule, holds=False, figures=figures, says=f"{says}; the held-out rows are too few for an interval"
        )
    holds, level = enough(interval.low), of.sure.level
    unsure = "; too few held-out rows to be sure" if enough(found) and not holds else ""
    bounds = {"gain": found, "gain_low": interval.low, "gain_high": interval.high, "level": level}
    shown = f"better by {found:.4g}, {100 * level:g} % interval {interval.low:.4g} to {interval.high:.4g}"
    return RuleResult(of.rule, holds, figures | bounds, f"{says}; {shown}{unsure}")


def _refusal(rule: str, says: str) -> RuleResult:
    return RuleResult(rule, holds=False, figures={}, says=says)


Rule = Callable[[Evidence], RuleResult]
RULES: tuple[Rule, ...] = (parity_holds, beats_constant, not_worse_than_champion, promotion_wanted)


def gain(metric: Metric, ours: float, theirs: float) -> float:
    """How much better `ours` is, in the metric's unit; negative when worse, NaN when either is."""
    return ours - theirs if metric.greater_is_better else theirs - ours


def judge(evidence: Evidence) -> Verdict:
    """Every rule's result, in the table's order."""
    return Verdict(tuple(rule(evidence) for rule in RULES), evidence.champion)

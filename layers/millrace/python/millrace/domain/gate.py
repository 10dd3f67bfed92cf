"""The rules by which a new model may serve, as rows of a table: each compares figures and says what it saw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from millrace.domain.report import Report
from millrace.domain.spec import Metric, Spec
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
    holds = parity.rows > 0 and parity.max_difference <= limit
    return RuleResult(
        "parity_holds",
        holds,
        {"rows": parity.rows, "max_difference": parity.max_difference, "flips": parity.flips, "limit": limit},
        f"the graph differs from the pipeline by {parity.max_difference:.3g} over {parity.rows} rows; "
        f"{limit:g} is allowed",
    )


def beats_constant(evidence: Evidence) -> RuleResult:
    """The model has learned something: it does better than always giving the same answer."""
    report = evidence.report
    ours, constant = report.held_out.get(report.metric), report.constant.get(report.metric)
    if ours is None or constant is None:
        return _refusal("beats_constant", f"the report has no {report.metric.value} to compare")
    return RuleResult(
        "beats_constant",
        gain(report.metric, ours, constant) > ROUNDING * abs(constant),
        {"model": ours, "constant": constant},
        f"{report.metric.value} {ours:.4g}, where one constant answer has {constant:.4g}",
    )


def not_worse_than_champion(evidence: Evidence) -> RuleResult:
    """The model that serves now is not better on the same held-out rows, beyond the spec's margin."""
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
    slack = evidence.spec.margin + ROUNDING * abs(theirs)
    return RuleResult(
        rule,
        gain(report.metric, ours, theirs) >= -slack,
        {"model": ours, "champion": theirs, "margin": evidence.spec.margin},
        f"{report.metric.value} {ours:.4g}, where version {score.version} has {theirs:.4g}; "
        f"{evidence.spec.margin:g} worse is allowed",
    )


def promotion_wanted(evidence: Evidence) -> RuleResult:
    """The spec lets a good model serve by itself."""
    wanted = evidence.spec.promote
    says = "the spec lets a good model serve" if wanted else f"the spec says promote: false; {MOVE_IT}"
    return RuleResult("promotion_wanted", wanted, {}, says)


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

"""How good the model is: its held-out figures beside the constant's and the champion's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from millrace.domain.amount import count, counted
from millrace.domain.report import LabelCosts, Metrics, Report
from millrace.domain.spec import Metric
from millrace.domain.uncertainty import Interval, Intervals, Uncertainty
from millrace.page.bars import Bar, ranges
from millrace.page.ensemble import labelled
from millrace.page.markup import Markup, Part, element, joined
from millrace.page.picture import shown
from millrace.page.section import Section, section
from millrace.page.table import table
from millrace.page.wording import METRICS, better, cut, figure, percent, within


@dataclass(frozen=True, slots=True)
class _Answerer:
    """Who gave the answers that were measured, and what their wrong labels cost a row, where that is known."""

    name: str
    metrics: Metrics
    intervals: Intervals
    cost: Part = "none"


def figures(report: Report, *, in_order: bool = False) -> Section:
    """The held-out metrics with their intervals, as a table and, for the metric that decides, as a picture.

    `in_order`: the newest rows were held out.
    """
    sure, shown_by = report.uncertainty, _answerers(report)
    gains, order = _gains(sure), list(METRICS)
    heads = ["metric", *(each.name for each in shown_by), *(f"better than {name}" for name, _ in gains)]
    rows = [
        [
            _metric(metric, report),
            *(_cell(each, metric) for each in shown_by),
            *(_gain(each, metric) for _, each in gains),
        ]
        for metric in sorted(report.held_out, key=lambda each: (each is not report.metric, order.index(each)))
    ]
    if report.label_costs is not None:
        rows.append(_costs(report.label_costs, shown_by, [name for name, _ in gains]))
    whole = report.rows_train + report.rows_held_out
    held_out = f"{count(report.rows_held_out)} of {count(whole)} rows ({percent(report.rows_held_out, whole)})"
    about = f"Measured on {held_out} that were held out: the model never saw them. {_level(report)}"
    crossed = (
        "Cross-validated figures are of the rows trained on, each answered by members not fitted on it; since "
        "the ensemble was chosen by them, they flatter it a little."
    )
    if in_order:
        crossed += " Those rows are older than the held-out ones, so the two sets differ by what time has changed, too."
    threshold = report.ensemble.threshold if report.ensemble else None
    failed = report.champion.why if report.champion and report.champion.metrics is None else None
    return section(
        "figures",
        "How good it is",
        element("p", about),
        element("p", crossed) if report.ensemble is not None and report.ensemble.metrics else None,
        element("p", f"Accuracy and F1 are of its labels, {labelled(threshold)}.") if threshold else None,
        element("p", f"The champion could not be compared: {failed}.") if failed else None,
        element("div", _ranges(report, shown_by), class_="pictures"),
        table("Figures on the held-out rows", heads, rows, range(1, len(heads))),
    )


def _answerers(report: Report) -> list[_Answerer]:
    sure, champion, costs = report.uncertainty, report.champion, report.label_costs
    own, constant, theirs = _each_cost(costs)
    found = [_Answerer("this model", report.held_out, sure.held_out if sure else {}, own)]
    if report.ensemble is not None and report.ensemble.metrics:
        found.append(_Answerer("cross-validated", report.ensemble.metrics, report.ensemble.intervals))
    found.append(_Answerer("best constant", report.constant, sure.constant if sure else {}, constant))
    if champion is not None and champion.metrics is not None:
        found.append(
            _Answerer(f"champion, version {champion.version}", champion.metrics, sure.champion if sure else {}, theirs)
        )
    return found


def _gains(sure: Uncertainty | None) -> list[tuple[str, Intervals]]:
    if sure is None:
        return []
    champion = [("champion", sure.over_champion)] if sure.over_champion else []
    return [("constant", sure.over_constant), *champion]


def _each_cost(costs: LabelCosts | None) -> tuple[Part, Part, Part]:
    """Of this model, of the best constant and of the champion."""
    if costs is None:
        return "none", "none", "none"
    note = element("span", f"{cut(costs.constant_label, 40)} for every row", class_="note")
    champion = "none" if costs.champion is None else figure(costs.champion)
    return figure(costs.held_out), joined([figure(costs.constant), note]), champion


def _costs(costs: LabelCosts, shown_by: Sequence[_Answerer], over: Sequence[str]) -> list[Part]:
    """The row of what wrong labels cost."""
    each = f"a false positive {figure(costs.false_positive)}, a false negative {figure(costs.false_negative)}"
    name = joined(["cost of wrong labels, a row", element("span", f"{each}; less is better", class_="note")])
    saved: dict[str, Interval | None] = {"constant": costs.saved_over_constant, "champion": costs.saved_over_champion}
    gains = [f"by {within(found)}" if found else "none" for found in (saved[side] for side in over)]
    return [name, *(each.cost for each in shown_by), *gains]


def _metric(metric: Metric, report: Report) -> Markup:
    decides = " (decides)" if metric is report.metric else ""
    return joined([f"{METRICS[metric]}{decides}", element("span", better(metric), class_="note")])


def _cell(each: _Answerer, metric: Metric) -> Part:
    if metric not in each.metrics:
        return "none"
    interval = each.intervals.get(metric)
    return joined(
        [figure(each.metrics[metric]), element("span", within(interval), class_="note") if interval else None]
    )


def _gain(intervals: Intervals, metric: Metric) -> str:
    return f"by {within(intervals[metric])}" if metric in intervals else "none"


def _level(report: Report) -> str:
    sure = report.uncertainty
    if sure is None:
        return ""
    units = counted(sure.units, "row" if sure.units == report.rows_held_out else "group")
    return (
        f"Ranges are {100 * sure.level:g} % intervals of the bootstrap ({count(sure.resamples)} resamples of "
        f"{units}); a gain is over the same resamples, and negative where the model is worse."
    )


def _ranges(report: Report, found: Sequence[_Answerer]) -> Markup | None:
    metric = report.metric
    dots = []
    for index, each in enumerate(found):
        if metric in each.metrics:
            interval = each.intervals.get(metric)
            low, high = (interval.low, interval.high) if interval else (None, None)
            kind = "dot" if index == 0 else "dot other"
            dots.append(Bar(each.name, each.metrics[metric], figure(each.metrics[metric]), low, high, kind))
    if not dots:
        return None
    says = f"{METRICS[metric]}: " + ", ".join(f"{dot.name} {dot.written}" for dot in dots)
    return shown(
        ranges(says, dots, METRICS[metric]), f"{METRICS[metric]}, which decides", better(metric).capitalize() + "."
    )

"""What the search built: the ensemble and its weights, what it was given, and what one answer costs."""

from __future__ import annotations

from millrace.domain.amount import count, counted
from millrace.domain.report import Artifact, Calibrated, Ensemble, Memory, Report, Search, Threshold
from millrace.page.bars import Bar, bars
from millrace.page.markup import Markup, Part, element
from millrace.page.picture import shown
from millrace.page.section import Section, section
from millrace.page.table import facts
from millrace.page.wording import METRICS, cut, duration, figure, percent, size


def ensemble(report: Report) -> Section | None:
    """Facts, and the weights as bars; reports of older releases have neither."""
    told: list[tuple[str, Part]] = []
    if report.ensemble is not None:
        told += _ensemble(report, report.ensemble)
    if report.search is not None:
        told.append(("search", _search(report.search)))
    if report.artifact is not None:
        told += _artifact(report.artifact)
    if report.memory is not None:
        told.append(("memory of the job", _memory(report.memory)))
    if not told:
        return None
    return section("ensemble", "What was built", facts(told), _weights(report))


def _ensemble(report: Report, found: Ensemble) -> list[tuple[str, Part]]:
    members = sum(each.weight > 0 for each in report.candidates)
    tried = counted(len(report.candidates), "candidate")
    told: list[tuple[str, Part]] = [
        ("its answer", f"the weighted mean of {count(members)} of {tried}" if members > 1 else f"one of {tried}"),
        (f"{METRICS[report.metric]}, cross-validated", f"{figure(found.score)} ± {figure(found.spread)}"),
    ]
    if found.calibrated is not None:
        told.append(("probabilities", _calibrated(found.calibrated)))
    if found.threshold is not None:
        told.append(("threshold", labelled(found.threshold)))
    return told


def labelled(threshold: Threshold) -> str:
    """From which probability on a row is labelled so, and why."""
    return f"{cut(threshold.label, 40)} from a probability of {figure(threshold.value)} on: {threshold.why}"


def _calibrated(found: Calibrated) -> str:
    if found.method == "none":
        return f"as they are: no calibration did better; log loss {figure(found.before)}"
    return (
        f"calibrated by {found.method}: log loss {figure(found.after)}, before {figure(found.before)}, on rows that it "
        "was not fitted on"
    )


def _search(found: Search) -> str:
    asked = [
        *([duration(found.asked_seconds)] if found.asked_seconds is not None else []),
        *([counted(found.asked_trials, "trial")] if found.asked_trials is not None else []),
    ]
    given = f"; asked for: {' and '.join(asked)}" if asked else ""
    jobs = f" by {counted(found.jobs, 'job')}" if found.jobs > 1 else ""
    return f"{counted(found.trials, 'trial')}{jobs} in {duration(found.seconds)}{given}"


def _artifact(found: Artifact) -> list[tuple[str, Part]]:
    most = f", where {size(found.limit_bytes)} is allowed" if found.limit_bytes is not None else ""
    longest = f", where {figure(found.limit_ms)} ms is allowed" if found.limit_ms is not None else ""
    return [
        ("size of the graph", f"{size(found.size)}{most}"),
        ("one row", f"{found.row_ms:.2g} ms at the median, in ONNX Runtime with one thread{longest}"),
    ]


def _memory(found: Memory) -> str:
    return f"{size(found.peak)} at most, where {size(found.allowed)} is allowed"


def _weights(report: Report) -> Markup | None:
    members = sorted((each for each in report.candidates if each.weight > 0), key=lambda each: -each.weight)
    if len(members) < 2:
        return None
    drawn = [Bar(each.name, each.weight, percent(each.weight, 1.0)) for each in members]
    says = "Weight in the ensemble: " + ", ".join(f"{bar.name} {bar.written}" for bar in drawn)
    return element("div", shown(bars(says, drawn), "Weights in the ensemble"), class_="pictures")

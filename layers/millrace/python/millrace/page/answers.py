"""What the model's answers to the held-out rows look like: curves, confusion, calibration; or residuals."""

from __future__ import annotations

from collections.abc import Sequence

from millrace.domain.amount import count, counted
from millrace.domain.diagnostics import Calibration, Confusion, Curve, Diagnostics, Scatter
from millrace.domain.profile import Histogram
from millrace.page.heat_map import Cell, HeatMap
from millrace.page.histogram import Bins, histogram
from millrace.page.line_chart import KINDS, Line, LineChart
from millrace.page.markup import Markup, element
from millrace.page.picture import shown
from millrace.page.scatter import scatter
from millrace.page.section import Section, section
from millrace.page.table import table
from millrace.page.wording import cut, figure, percent

_LISTED = 30  # classes in the table


def answers(drawn: Diagnostics | None) -> Section | None:
    """The pictures of the task, and the classes' rows."""
    if drawn is None:
        return None
    pictures = [
        *([_roc(drawn.roc)] if drawn.roc else []),
        *([_precision(drawn.precision_recall)] if drawn.precision_recall else []),
        *([_confusion(drawn.confusion)] if drawn.confusion else []),
        *([_calibration(drawn.calibration)] if drawn.calibration else []),
        *([_scatter(drawn.scatter)] if drawn.scatter and drawn.scatter.truth else []),
        *([_residuals(drawn.residuals)] if drawn.residuals else []),
    ]
    shown_ = element("div", *pictures, class_="pictures") if pictures else None
    return section("answers", "Its answers to the held-out rows", shown_, _classes(drawn))


def _roc(curves: Sequence[Curve]) -> Markup:
    chart = LineChart(
        "ROC curve. Area under it: " + _areas(curves),
        "false positive rate",
        "true positive rate",
        [Line(f"{cut(each.label, 26)}: area {figure(each.area)}", each.x, each.y) for each in curves],
        diagonal="a coin's throw: area 0.5",
    )
    return shown(chart.drawn(), "ROC", "The further above the diagonal, the better classes are told apart.")


def _precision(curves: Sequence[Curve]) -> Markup:
    chart = LineChart(
        "Precision over recall. Average precision: " + _areas(curves),
        "recall: share of the class that is found",
        "precision: share of the found that is right",
        [Line(f"{cut(each.label, 22)}: average {figure(each.area)}", each.x, each.y) for each in curves],
    )
    return shown(chart.drawn(), "Precision and recall", "What it costs in false alarms to find more of a class.")


def _calibration(found: Sequence[Calibration]) -> Markup:
    errors = ", ".join(f"{each.label} {figure(each.error)}" for each in found[:KINDS])
    chart = LineChart(
        "Calibration: observed frequency over predicted probability. Mean error: " + errors,
        "predicted probability",
        "observed frequency",
        [
            Line(f"{cut(each.label, 22)}: mean error {figure(each.error)}", each.predicted, each.observed)
            for each in found
        ],
        diagonal="a probability that is right",
        marked=True,
    )
    return shown(
        chart.drawn(), "Calibration", "Below the diagonal the model is too sure of itself, above it not enough."
    )


def _areas(curves: Sequence[Curve]) -> str:
    return ", ".join(f"{each.label} {figure(each.area)}" for each in curves[:KINDS])


def _confusion(found: Confusion) -> Markup:
    names = list(found.classes)
    if found.grouped and len(names) < len(found.counts):
        names.append(f"{found.grouped} others")
    cells = [[Cell(rows / max(sum(line), 1), count(rows)) for rows in line] for line in found.counts]
    right = sum(line[index] for index, line in enumerate(found.counts))
    whole = sum(map(sum, found.counts))
    says = f"Confusion matrix: {count(right)} of {counted(whole, 'row')} on the diagonal"
    note = (
        f"{percent(right, whole)} lie on the diagonal, where truth and answer agree; shaded by share of the true class."
    )
    drawn = HeatMap(says, names, cells, "true class", "predicted class").drawn()
    return shown(drawn, "Confusion", note)


def _residuals(found: Histogram) -> Markup:
    says = (
        f"Residuals of {counted(sum(found.counts), 'row')}, from {figure(found.edges[0])} to {figure(found.edges[-1])}"
    )
    note = (
        "True value less predicted one; a model without bias has its hill at zero. The outermost bars hold all beyond."
    )
    return shown(histogram(says, Bins(found.edges, found.counts), "residual"), "Residuals", note)


def _scatter(found: Scatter) -> Markup:
    says = (
        f"Predicted over true value of {counted(len(found.truth), 'held-out row')}; right answers lie on the diagonal"
    )
    note = f"{counted(len(found.truth), 'held-out row')}, drawn at random; right answers lie on the dashed line."
    return shown(scatter(says, found.truth, found.predicted), "Predicted and true", note)


def _classes(drawn: Diagnostics) -> Markup | None:
    if not drawn.classes:
        return None
    rows = [[each.label, count(each.train), count(each.held_out)] for each in drawn.classes[:_LISTED]]
    more = len(drawn.classes) - _LISTED
    rows += [[f"and {counted(more, 'class', 'classes')} more", "", ""]] if more > 0 else []
    return table("Rows of each class", ["class", "trained on", "held out"], rows, (1, 2))

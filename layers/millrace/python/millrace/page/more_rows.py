"""Whether more data would help: the learning curve, and what it says."""

from __future__ import annotations

from millrace.domain.amount import count, counted
from millrace.domain.diagnostics import LearningCurve
from millrace.page.field import Banded, by_doubling
from millrace.page.markup import element
from millrace.page.picture import shown
from millrace.page.section import Section, section
from millrace.page.wording import METRICS, better, figure, metrics_named, sentence


def more_rows(found: LearningCurve | None) -> Section | None:
    """The verdict, then the picture it is read from."""
    if found is None or len(found.points) < 2:
        return None
    metric = METRICS[found.metric]
    drawn = Banded(
        [point.rows for point in found.points],
        [point.mean for point in found.points],
        [point.mean - point.spread for point in found.points],
        [point.mean + point.spread for point in found.points],
    )
    says = f"Learning curve: {metric} of {found.model} " + ", ".join(
        f"{figure(point.mean)} on {counted(point.rows, 'row')}" for point in found.points
    )
    note = (
        f"{found.model} fitted on up to {count(found.points[-1].rows)} rows and measured on the same others; "
        f"{better(found.metric)}. The band is one standard deviation over drawings of the rows."
    )
    picture = shown(by_doubling(says, drawn, ("rows", metric)), "Learning curve", note)
    return section(
        "more-rows",
        "Would more data help?",
        element("p", element("strong", sentence(metrics_named(found.says)))),
        element("div", picture, class_="pictures"),
    )

"""Which columns the model's answers rest on."""

from __future__ import annotations

from millrace.domain.amount import counted
from millrace.domain.diagnostics import Importances
from millrace.page.bars import Bar, bars
from millrace.page.markup import element
from millrace.page.picture import shown
from millrace.page.section import Section, section
from millrace.page.wording import METRICS, figure

_DRAWN = 20


def importance(found: Importances | None) -> Section | None:
    """The greatest as bars; the rest is counted."""
    if found is None or not found.features:
        return None
    drawn = found.features[:_DRAWN]
    metric = METRICS[found.metric]
    says = f"Importance: how much worse {metric} gets when a column is shuffled. " + ", ".join(
        f"{each.feature} {figure(each.mean)}" for each in drawn[:5]
    )
    chart = bars(
        says,
        [
            Bar(each.feature, each.mean, figure(each.mean), each.mean - each.spread, each.mean + each.spread)
            for each in drawn
        ],
    )
    rows, shuffles = counted(found.rows, "held-out row"), counted(found.repeats, "shuffle")
    about = (
        f"How much worse {metric} gets when one column's values are shuffled among {rows}: mean of {shuffles}, "
        "whiskers are one standard deviation. Near zero, the model does as well without the column, or has the same "
        "from another."
    )
    rest = len(found.features) - len(drawn)
    note = f"{counted(rest, 'column')} of less importance left out here." if rest else None
    return section("importance", "What it looks at", element("p", about), shown(chart, "Importance", note))

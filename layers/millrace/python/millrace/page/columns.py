"""What the data looks like: a card with a small picture for each column, and how numbers go together."""

from __future__ import annotations

from collections.abc import Sequence

from millrace.domain.amount import count, counted
from millrace.domain.profile import ColumnProfile, Correlations, Measure, Profile, Role
from millrace.domain.schema import Kind
from millrace.page.bars import Bar, bars
from millrace.page.heat_map import Cell, HeatMap
from millrace.page.histogram import Bins, small
from millrace.page.markup import Markup, element
from millrace.page.picture import SMALL, shown
from millrace.page.section import Section, section
from millrace.page.table import facts
from millrace.page.wording import cut, day, figure, percent

_CARDS = 60
_TOP = 5  # of a category's values
_PAIRS = 3
_MEASURES = {Measure.CRAMERS_V: "Cramér's V", Measure.ETA: "the correlation ratio η"}


def columns(profile: Profile | None) -> Section | None:
    """Cards, the target's first and then by how strongly a column goes with it."""
    if profile is None:
        return None
    order = sorted(profile.columns, key=lambda each: (each.role is not Role.TARGET, -(each.association or 0.0)))
    unanswered = f"; {counted(profile.unanswered, 'row')} without an answer left out" if profile.unanswered else ""
    more = len(order) - _CARDS
    rest = f" The first {_CARDS} are shown, {count(more)} more are in the run's profile." if more > 0 else ""
    about = (
        f"{counted(profile.rows, 'row')}{unanswered}, {counted(len(order), 'column')}, those first that go with the "
        f"target most strongly, by {_MEASURES[profile.measure]}: 0 is not at all, 1 is entirely.{rest}"
    )
    cards = element("div", *(_card(each) for each in order[:_CARDS]), class_="cards")
    return section("data", "The data", element("p", about), cards, _correlations(profile.correlations))


def _card(column: ColumnProfile) -> Markup:
    rows = column.present + column.missing
    about = "about " if column.distinct_is_estimated else ""
    goes = None if column.association is None else figure(round(column.association, 3))
    return element(
        "article",
        element("h3", column.name),
        element("p", f"{column.kind.value}, {column.role.value}", class_="note"),
        _drawn(column),
        facts(
            [
                ("missing", f"{percent(column.missing, rows)}" if column.missing else "none"),
                ("distinct", f"{about}{count(column.distinct)}"),
                ("goes with the target", goes),
                *_middle(column),
            ]
        ),
    )


def _middle(column: ColumnProfile) -> list[tuple[str, str | None]]:
    numbers = column.numbers
    if numbers is None:
        return []
    written = day if column.kind is Kind.DATE else figure
    median = next((each.value for each in numbers.quantiles if each.share == 0.5), None)
    return [("mean", written(numbers.mean)), ("median", None if median is None else written(median))]


def _drawn(column: ColumnProfile) -> Markup:
    rows = max(column.present, 1)
    if column.withheld is not None:
        return element("p", f"Values are not shown: {column.withheld}.", class_="note")
    if column.numbers is not None:
        written = day if column.kind is Kind.DATE else figure
        ends = f"from {written(column.numbers.least)} to {written(column.numbers.greatest)}"
        bins = Bins(column.numbers.histogram.edges, column.numbers.histogram.counts)
        return small(f"Histogram of {column.name}, {ends}", bins, written)
    values: list[tuple[str, int]] = []
    if column.categories is not None:
        top, rest = column.categories.top, column.categories.rest
        values = [(each.value, each.rows) for each in top[:_TOP]]
        others = rest + sum(each.rows for each in top[_TOP:])
        values += [("all others", others)] if others else []
    if column.booleans is not None:
        values = [("true", column.booleans.true), ("false", column.booleans.false)]
    if not values:
        return element("p", "No value is there.", class_="note")
    says = f"Values of {column.name}: " + ", ".join(f"{name} {percent(found, rows)}" for name, found in values)
    return bars(says, [Bar(name, found / rows, percent(found, rows)) for name, found in values], SMALL)


def _correlations(found: Correlations) -> Markup | None:
    if len(found.columns) < 2:
        return None
    cells = [[Cell(value, "" if value is None else f"{value:.2f}") for value in line] for line in found.matrix]
    pairs = _pairs(found.columns, found.matrix)
    strongest = ", ".join(f"{cut(one, 30)} and {cut(other, 30)} {value:.2f}" for value, one, other in pairs)
    left_out = f" {counted(found.left_out, 'numeric column')} more not shown." if found.left_out else ""
    says = f"Correlation of {counted(len(found.columns), 'numeric column')}. Strongest: {strongest or 'none'}"
    note = f"Strongest: {strongest or 'none'}. Blue goes up together, orange in opposite directions.{left_out}"
    drawn = HeatMap(says, found.columns, cells).drawn()
    return element("div", shown(drawn, "How numbers go together", note), class_="pictures")


def _pairs(names: Sequence[str], matrix: Sequence[Sequence[float | None]]) -> list[tuple[float, str, str]]:
    found = [
        (value, names[row], names[column])
        for row, line in enumerate(matrix)
        for column, value in enumerate(line[:row])
        if value is not None
    ]
    return sorted(found, key=lambda each: -abs(each[0]))[:_PAIRS]

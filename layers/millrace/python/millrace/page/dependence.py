"""How the answers change with one column: a small picture for each of those that matter most, all on one scale."""

from __future__ import annotations

from millrace.domain.amount import counted
from millrace.domain.diagnostics import Dependence, Dependences
from millrace.domain.schema import Kind
from millrace.page.bars import Bar, ranges
from millrace.page.field import Banded, small_field
from millrace.page.markup import Markup, element
from millrace.page.picture import SMALL
from millrace.page.section import Section, section
from millrace.page.wording import cut, day, figure

_ANSWER = "prediction"


def dependence(found: Dependences | None) -> Section | None:
    """One card for each feature, in the order of importance."""
    if found is None or not found.features:
        return None
    ends = [value for each in found.features for value in (*each.mean, *each.low, *each.high)]
    within = (min(ends), max(ends))
    about = (
        f"The mean answer to {counted(found.rows, 'held-out row')} when one column is set to a value in all of them "
        "and the others stay as they are. Half of the rows' own answers lie within the band, each row's moved to the "
        "mean's level: where it is wide, the column moves one row otherwise than another. All pictures have the same "
        "scale. Values may meet here that never do in the data."
    )
    cards = element("div", *(_card(each, within) for each in found.features), class_="cards")
    return section("dependence", "How its answers change", element("p", about), cards)


def _card(each: Dependence, within: tuple[float, float]) -> Markup:
    answer = _ANSWER if each.label is None else f"probability of {cut(each.label, 40)}"
    drawn = _dots(each, answer, within) if each.categories or each.kind is Kind.BOOLEAN else _line(each, answer, within)
    return element("article", element("h3", each.feature), element("p", answer, class_="note"), drawn)


def _line(each: Dependence, answer: str, within: tuple[float, float]) -> Markup:
    written = day if each.kind is Kind.DATE else figure
    says = (
        f"{answer} over {each.feature}: {figure(each.mean[0])} at {written(each.numbers[0])}, "
        f"{figure(each.mean[-1])} at {written(each.numbers[-1])}, "
        f"between {figure(min(each.mean))} and {figure(max(each.mean))}"
    )
    return small_field(says, Banded(each.numbers, each.mean, each.low, each.high), within, SMALL, written)


def _dots(each: Dependence, answer: str, within: tuple[float, float]) -> Markup:
    names = [_name(value) for value in each.categories] or ["true" if value else "false" for value in each.numbers]
    found = [
        Bar(name, mean, figure(mean), low, high, "dot")
        for name, mean, low, high in zip(names, each.mean, each.low, each.high, strict=True)
    ]
    says = f"{answer} by {each.feature}: " + ", ".join(f"{cut(dot.name, 40)} {dot.written}" for dot in found)
    return ranges(says, found, "", width=SMALL, within=within)


def _name(value: str | None) -> str:
    return "missing" if value is None else value or "empty"

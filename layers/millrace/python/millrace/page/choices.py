"""What was decided where the spec was silent, which columns were dropped and why, and what deserves attention."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from millrace.domain.amount import counted
from millrace.domain.report import Decision, Report
from millrace.page.markup import Part, element
from millrace.page.section import Section, section
from millrace.page.table import table
from millrace.page.wording import sentence

COLUMN = "column "  # how a decision about a column begins
LEFT_OUT = "left out"  # what it says of one that is dropped
_NAMED = 12  # columns of which the same is said


def attention(report: Report) -> Section | None:
    """Warnings, each with what to do; older reports have sentences only."""
    warned = [
        element(
            "li",
            element("span", f"{sentence(each.says)} "),
            element("span", f"What to do: {each.do}.", class_="do"),
            " ",
            element("code", each.code),
        )
        for each in report.warned
    ]
    said = {each.says for each in report.warned}
    warned += [element("li", sentence(each)) for each in report.warnings if each not in said]
    if not warned:
        return None
    return section("attention", "What deserves attention", element("ul", *warned, class_="warnings"))


def dropped(report: Report) -> Section | None:
    """Columns that the model never saw, and why."""
    found = [each for each in report.decisions if _is_column(each) and each.choice == LEFT_OUT]
    if not found:
        return None
    rows = [[_names(group), why] for why, group in _alike(found)]
    about = element("p", f"{counted(len(found), 'column')} of the upload did not become part of the model.")
    return section("dropped", "What was dropped", about, table("Columns left out", ["column", "why"], rows))


def decided(report: Report) -> Section | None:
    """The rest of what was decided from the data."""
    kept = [each for each in report.decisions if not (_is_column(each) and each.choice == LEFT_OUT)]
    if not kept:
        return None
    rows: list[list[Part]] = [[each.what, each.choice, each.why] for each in kept if not _is_column(each)]
    columns = sorted((each for each in kept if _is_column(each)), key=lambda each: (each.choice, each.why))
    for (choice, why), group in groupby(columns, key=lambda each: (each.choice, each.why)):
        rows.append([_names(list(group)), f"read as {choice}", why])
    about = element("p", "Decided from the data, since the spec was silent. Say it in spec.yaml to have it otherwise.")
    return section("decided", "What was decided", about, table("Decisions", ["what", "choice", "why"], rows))


def _alike(found: Sequence[Decision]) -> list[tuple[str, list[Decision]]]:
    ordered = sorted(found, key=lambda each: each.why)
    return [(why, list(group)) for why, group in groupby(ordered, key=lambda each: each.why)]


def _is_column(decision: Decision) -> bool:
    return decision.what.startswith(COLUMN)


def _names(group: Sequence[Decision]) -> str:
    names = [each.what.removeprefix(COLUMN) for each in group]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more

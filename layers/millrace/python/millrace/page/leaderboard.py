"""What was tried: the ensemble, its members and the best others at once, and all the rest behind a line to open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from millrace.domain.amount import counted
from millrace.domain.report import Candidate, Report, Setting
from millrace.page.bars import Bar, ranges
from millrace.page.markup import Markup, Part, element, joined
from millrace.page.picture import shown
from millrace.page.section import Section, section
from millrace.page.table import table
from millrace.page.wording import METRICS, better, duration, figure, percent

_FIRST = 12  # candidates that are seen without opening the rest


@dataclass(frozen=True, slots=True)
class _Column:
    head: str
    cell: Callable[[Candidate], Part]
    is_known: Callable[[Candidate], bool]
    numeric: bool = True


_COLUMNS = (
    _Column("time", lambda each: duration(each.seconds) if each.seconds else "", lambda _: True),
    _Column("folds", lambda each: str(each.folds_done or ""), lambda each: each.folds_done > 0),
    _Column("job", lambda each: str(each.job or ""), lambda each: each.job > 0),
    _Column("weight", lambda each: percent(each.weight, 1.0) if each.weight else "", lambda each: each.weight > 0),
    _Column("left out because", lambda each: each.dropped or "", lambda each: bool(each.dropped), numeric=False),
)


def leaderboard(report: Report) -> Section:
    """Best first, with what each took, what it weighs, and why it was left out."""
    first, rest = report.leaderboard(_FIRST)
    first = [*_ensemble(report), *first]
    about = (
        f"By cross-validation on the {counted(report.rows_train, 'row')} trained on; {better(report.metric)}. "
        "A score is the mean over folds ± one standard deviation."
    )
    caption = "The ensemble, its members and the best others" if rest else "Candidates, best first"
    return section(
        "leaderboard",
        "Leaderboard",
        element("p", about),
        element("div", _scores(report, first), class_="pictures") if first else None,
        _table(caption, report, first),
        _folded(report, rest) if rest else None,
    )


def _ensemble(report: Report) -> list[Candidate]:
    """The ensemble as a line of its own leaderboard."""
    if report.ensemble is None:
        return []
    seconds = report.search.seconds if report.search else 0.0
    return [Candidate("the ensemble", report.ensemble.score, report.ensemble.spread, seconds, weight=1.0)]


def _folded(report: Report, rest: Sequence[Candidate]) -> Markup:
    named = f"{counted(len(rest), 'more candidate')}, best first"
    return element("details", element("summary", named), _table("The other candidates", report, rest))


def _scores(report: Report, first: Sequence[Candidate]) -> Markup:
    """Dots on a scale of their own, since what competes lies close together."""
    dots = [
        Bar(
            _name(each),
            each.score,
            figure(each.score),
            each.score - each.spread,
            each.score + each.spread,
            "dot" if each.serves else "dot other",
        )
        for each in first
    ]
    metric = METRICS[report.metric]
    says = f"{metric} of each candidate: " + ", ".join(f"{dot.name} {dot.written}" for dot in dots)
    note = "Blue ones serve, grey ones don't; whiskers are one standard deviation over the folds."
    return shown(ranges(says, dots, metric), "Candidates", note)


def _table(caption: str, report: Report, found: Sequence[Candidate]) -> Markup:
    """Columns of which nothing is known are left out: reports of older releases have few."""
    columns = [column for column in _COLUMNS if any(map(column.is_known, report.candidates))]
    heads = ["candidate", f"{METRICS[report.metric]} ± spread", *(column.head for column in columns)]
    rows: list[list[Part]] = [
        [_described(each), _score(each), *(column.cell(each) for column in columns)] for each in found
    ]
    return table(caption, heads, rows, [1, *(at for at, column in enumerate(columns, 2) if column.numeric)])


def _score(each: Candidate) -> str:
    """One fold has no spread."""
    return figure(each.score) if each.folds_done == 1 else f"{figure(each.score)} ± {figure(each.spread)}"


def _name(each: Candidate) -> str:
    return f"{each.name} (chosen)" if each.chosen else each.name


def _described(each: Candidate) -> Markup:
    """Its name, and under it what it is made of."""
    settings = ", ".join(f"{name} {_written(value)}" for name, value in sorted(each.settings.items()))
    family = each.family if each.family and each.family not in each.name else None
    about = ": ".join(part for part in (family, settings) if part)
    return joined([_name(each), element("span", about, class_="note") if about else None])


def _written(value: Setting) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else figure(value)

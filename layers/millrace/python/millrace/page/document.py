"""The page itself: one file that asks nobody for anything, runs no script, and says the decision first."""

from __future__ import annotations

from collections.abc import Sequence

from millrace.domain.findings import Findings
from millrace.page.answers import answers
from millrace.page.choices import attention, decided, dropped
from millrace.page.columns import columns
from millrace.page.decision import headline, rules
from millrace.page.dependence import dependence
from millrace.page.ensemble import ensemble
from millrace.page.importance import importance
from millrace.page.leaderboard import leaderboard
from millrace.page.markup import Markup, element, verbatim
from millrace.page.more_rows import more_rows
from millrace.page.origin import origin
from millrace.page.quality import figures
from millrace.page.section import Section
from millrace.page.style import STYLE
from millrace.page.wording import TASKS

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"  # were a text not inert


def render(findings: Findings) -> str:
    """The HTML document. What older releases did not store is left out; the same findings give the same page."""
    ticket, report = findings.ticket, findings.report
    drawn = report.diagnostics
    parts = (
        figures(report, in_order=findings.manifest is not None and findings.manifest.ordered_by is not None),
        rules(findings.verdict),
        attention(report),
        ensemble(report),
        leaderboard(report),
        answers(drawn),
        importance(drawn.importances if drawn else None),
        dependence(drawn.dependences if drawn else None),
        more_rows(drawn.learning_curve if drawn else None),
        dropped(report),
        decided(report),
        columns(findings.profile),
        origin(findings),
    )
    sections = [part for part in parts if part is not None]
    body = element(
        "main",
        element("h1", f"{ticket.dataset}: predicting {report.target}"),
        element(
            "p", f"The model predicts {TASKS[report.task]}. Run {ticket.run_id[:8]} of {ticket.tenant}.", class_="note"
        ),
        headline(findings.verdict),
        _contents(sections),
        *(each.drawn() for each in sections),
        element("footer", element("p", "Made by Millrace from what the run stored. This page loads nothing else.")),
    )
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="robots", content="noindex"),
        element("title", f"{ticket.dataset}: report of run {ticket.run_id[:8]}"),
        element("style", verbatim(STYLE)),
    )
    return f"<!doctype html>\n{element('html', head, element('body', body), lang='en')}\n"


def _contents(sections: Sequence[Section]) -> Markup:
    """Links to the sections, for a long page on a small screen."""
    links = (element("li", element("a", each.title, href=f"#{each.anchor}")) for each in sections)
    return element("nav", element("ul", *links), aria_label="Contents")

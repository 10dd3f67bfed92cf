"""Whether the model may serve, in one sentence and then rule by rule."""

from __future__ import annotations

from millrace.domain.verdict import RuleResult, Verdict
from millrace.page.markup import Markup, element, joined
from millrace.page.section import Section, section
from millrace.page.table import table
from millrace.page.wording import figure, metrics_named, sentence


def headline(verdict: Verdict | None) -> Markup:
    """The first thing on the page."""
    if verdict is None:
        return element(
            "p", element("strong", "Not judged yet."), " The gate has not seen this model.", class_="decision"
        )
    if verdict.accepted:
        instead = "No model served before" if verdict.champion is None else f"It replaces version {verdict.champion}"
        mark, kind = element("strong", "This model may serve."), "decision yes"
        return element("p", mark, f" {instead}.", element("span", _said(verdict), class_="note"), class_=kind)
    kept = "No model serves" if verdict.champion is None else f"Version {verdict.champion} keeps serving"
    mark = element("strong", "This model may not serve.")
    return element("p", mark, f" {kept}.", element("span", _said(verdict), class_="note"), class_="decision no")


def rules(verdict: Verdict | None) -> Section | None:
    """Each rule of the gate with its figures."""
    if verdict is None:
        return None
    rows = (
        [joined([_name(rule.rule), _holds(rule)]), metrics_named(rule.says), _figures(rule)] for rule in verdict.rules
    )
    return section("gate", "The gate's verdict", table("All rules must hold", ["rule", "says", "figures"], rows))


def _said(verdict: Verdict) -> str:
    """What the failed rules say; where all hold, what the one says that was hardest to pass."""
    hardest = verdict.rule("beats_constant" if verdict.champion is None else "not_worse_than_champion")
    return sentence(metrics_named(hardest.says if verdict.accepted and hardest else verdict.summary))


def _holds(rule: RuleResult) -> Markup:
    return element("span", "holds" if rule.holds else "fails", class_="good" if rule.holds else "bad")


def _figures(rule: RuleResult) -> str:
    return ", ".join(f"{_name(name)} {figure(value)}" for name, value in rule.figures.items())


def _name(written: str) -> str:
    return written.replace("_", " ")

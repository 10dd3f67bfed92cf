from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import html5lib
import pytest

from millrace.adapters import documents
from millrace.domain import digest
from millrace.domain.findings import Findings
from millrace.domain.gate import Evidence, judge
from millrace.domain.report import ChampionScore, Decision, Report
from millrace.domain.spec import Metric, Spec, Task
from millrace.page.document import render
from tests import samples
from tests.drawn import HOSTILE, LONG, TICKET, findings

SVG = "{http://www.w3.org/2000/svg}svg"
SECTIONS = {
    "figures",
    "gate",
    "attention",
    "ensemble",
    "leaderboard",
    "answers",
    "importance",
    "dependence",
    "more-rows",
    "dropped",
    "decided",
    "data",
    "origin",
}


@pytest.fixture(scope="module", params=list(Task))
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Findings:
    return findings(tmp_path_factory.mktemp("found"), request.param)


def parsed(page: str) -> Any:
    """The page's tree. Raises for HTML that is not valid in its structure."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)


def words(tree: Any) -> str:
    return " ".join("".join(tree.find("body").itertext()).split())


def sections(tree: Any) -> set[str]:
    return {each.attrib["aria-labelledby"] for each in tree.iter("section")}


def test_it_is_valid_html_with_every_section(found: Findings) -> None:
    tree = parsed(render(found))
    assert sections(tree) == SECTIONS
    assert tree.attrib["lang"] == "en"
    named = [each.attrib["id"] for each in tree.iter() if "id" in each.attrib]
    assert len(named) == len(set(named))
    assert {each.attrib["href"][1:] for each in tree.iter("a")} == set(named)


def test_it_can_be_read_without_seeing_the_pictures(found: Findings) -> None:
    tree = parsed(render(found))
    pictures = list(tree.iter(SVG))
    assert len(pictures) >= 10
    assert all(each.attrib["role"] == "img" and len(each.attrib["aria-label"]) > 10 for each in pictures)
    assert all(each.attrib.get("scope") in {"row", "col"} for each in tree.iter("th"))
    assert all(each.find("caption") is not None for each in tree.iter("table"))
    levels = [int(each.tag[1]) for each in tree.iter() if re.fullmatch("h[1-6]", str(each.tag))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_names_of_the_data_run_nothing(found: Findings) -> None:
    page = render(found)
    tree = parsed(page)
    assert not list(tree.iter("script"))
    assert HOSTILE in words(tree)
    assert LONG in words(tree)
    assert not re.search(r"\bon\w+=|javascript:|https?://", page)


def test_it_asks_nobody_for_anything(found: Findings) -> None:
    tree = parsed(render(found))
    assert not [each for each in tree.iter() if each.tag in {"link", "img", "iframe", "script", "object", "use"}]
    assert "url(" not in "".join(each.text for each in tree.iter("style"))
    (policy,) = (each.attrib["content"] for each in tree.iter("meta") if "http-equiv" in each.attrib)
    assert "default-src 'none'" in policy


def test_equal_findings_give_an_equal_page(found: Findings) -> None:
    stored = documents.load(Report, documents.dump(found.report))
    assert render(replace(found, report=stored)) == render(found)


def test_a_report_of_an_older_release_leaves_out_what_it_lacks() -> None:
    old = {name: value for name, value in documents.plain(samples.report()).items() if name in OLD_FIELDS}
    old["warnings"] = ["1 row(s) without an answer in 'class' were left out"]
    tree = parsed(render(Findings(TICKET, documents.load(Report, digest.canonical(old)))))
    assert sections(tree) == {"figures", "leaderboard", "attention", "origin"}
    assert "1 row(s) without an answer in 'class' were left out" in words(tree)
    assert "Not judged yet." in words(tree)


OLD_FIELDS = {
    *("task", "target", "metric", "rows_train", "rows_held_out", "columns", "candidates", "held_out", "constant"),
    *("parity", "decisions", "warnings", "champion", "schema_version"),
}


@pytest.mark.parametrize(
    ("report", "champion", "says"),
    [
        (samples.report(), None, "This model may serve. No model served before. Log loss 0.5, where one constant"),
        (
            samples.report(champion=ChampionScore(4, {Metric.LOG_LOSS: 0.6})),
            4,
            "This model may serve. It replaces version 4. Log loss 0.5, where version 4 has 0.6",
        ),
        (
            samples.report(champion=ChampionScore(4, {Metric.LOG_LOSS: 0.4})),
            4,
            "This model may not serve. Version 4 keeps serving. Log loss 0.5, where version 4 has 0.4",
        ),
        (
            samples.report(held_out={Metric.LOG_LOSS: 0.7}),
            None,
            "This model may not serve. No model serves. Log loss 0.7, where one constant answer has 0.61",
        ),
    ],
)
def test_the_decision_comes_first(report: Report, champion: int | None, says: str) -> None:
    verdict = judge(Evidence(report, Spec(), champion))
    tree = parsed(render(Findings(TICKET, report, verdict)))
    first = [each for each in tree.iter("p") if "decision" in each.attrib.get("class", "")]
    assert len(first) == 1
    shown = " ".join(" ".join(first[0].itertext()).split())
    assert shown.startswith(says)
    assert words(tree).index("This model may") < words(tree).index("How good it is")


def test_a_champion_that_can_not_be_compared_is_told() -> None:
    report = samples.report(champion=ChampionScore(2, None, "it has other columns"))
    assert "could not be compared: it has other columns." in words(parsed(render(Findings(TICKET, report))))


def test_what_was_dropped_stands_apart_from_what_was_decided() -> None:
    decisions = (
        Decision("target", "class", "the spec names none: the last"),
        Decision("column id", "left out", "every value is different"),
        *(Decision(f"column c{index}", "number", "each value is a number") for index in range(20)),
    )
    tree = parsed(render(Findings(TICKET, samples.report(decisions=decisions))))
    said = {each.attrib["aria-labelledby"]: "".join(each.itertext()) for each in tree.iter("section")}
    assert "every value is different" in said["dropped"]
    assert "every value is different" not in said["decided"]
    assert "c0, c1" in said["decided"]
    assert "and 8 more" in said["decided"]


def test_the_page_is_small(found: Findings, tmp_path: Path) -> None:
    assert len(render(found).encode()) < 200_000

"""The report in a real browser: nothing asked for, nothing too wide, nothing invisible, on a screen and on paper."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from millrace.domain.findings import Findings
from millrace.domain.spec import Task
from millrace.page.document import render
from tests.drawn import findings

PHONE, DESKTOP = 390, 1280
TOO_WIDE = """() => {
    const wide = document.documentElement.clientWidth
    return [...document.querySelectorAll('main *')]
        .filter(each => !each.closest('.scrolls') && each.getBoundingClientRect().right > wide + 0.5)
        .map(each => each.outerHTML.slice(0, 80))
}"""
SPILLED = """() => [...document.querySelectorAll('svg')].flatMap(picture => {
    const around = picture.getBoundingClientRect()
    return [...picture.querySelectorAll('text')].filter(each => {
        const box = each.getBoundingClientRect()
        return box.left < around.left - 2 || box.right > around.right + 2
            || box.top < around.top - 4 || box.bottom > around.bottom + 4
    }).map(each => each.textContent)
})"""
SMALLEST_LETTERS = """() => Math.min(...[...document.querySelectorAll('svg text')].map(each =>
    parseFloat(getComputedStyle(each).fontSize) * each.ownerSVGElement.getBoundingClientRect().width
        / each.ownerSVGElement.viewBox.baseVal.width))"""
UNDRAWN = """() => [...document.querySelectorAll('svg text')].filter(each =>
    each.textContent.trim() && each.getBoundingClientRect().width < 2 * each.textContent.length).length"""
HIDDEN = """() => {
    const wide = document.documentElement.clientWidth
    return [...document.querySelectorAll('.scrolls')].filter(each => each.checkVisibility())
        .filter(each => each.scrollWidth > each.clientWidth + 1
            || [...each.querySelectorAll('tbody *')].some(part => part.getBoundingClientRect().right > wide))
        .map(each => each.getAttribute('aria-label'))
}"""
UNNAMED = """() => [...document.querySelectorAll('td')].filter(each => each.checkVisibility())
    .filter(each => getComputedStyle(each, '::before').content.split(' / ')[0] !== `"${each.dataset.label}"`)
    .map(each => each.outerHTML)"""
FAINTEST = """() => {
    const parts = color => (color.match(/[\\d.]+/g) || []).map(Number)
    const light = color => {
        const [r, g, b] = parts(color).map(part => part / 255)
            .map(part => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const behind = each => {
        const found = getComputedStyle(each).backgroundColor
        return parts(found)[3] === 0 && each.parentElement ? behind(each.parentElement) : found
    }
    const said = 'p, strong, span, a, th, td, li, dt, dd, h1, h2, h3, text'
    const found = [...document.querySelectorAll(said)].map(each => {
        const style = getComputedStyle(each)
        const pair = [light(each.tagName === 'text' ? style.fill : style.color), light(behind(each))]
        return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05)
    })
    return Math.min(...found)
}"""


@pytest.fixture(scope="module", params=list(Task))
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    return written(findings(folder, request.param), folder)


def written(found: Findings, folder: Path) -> Path:
    path = folder / "report.html"
    path.write_text(render(found), encoding="utf-8")
    return path


@pytest.fixture(params=[(PHONE, "light"), (PHONE, "dark"), (DESKTOP, "light"), (DESKTOP, "dark")])
def page(request: pytest.FixtureRequest, browser: Browser, report: Path) -> Iterator[Page]:
    """The report, opened; at the end it has asked for itself alone and complained of nothing."""
    width, scheme = request.param
    opened = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    asked: list[str] = []
    complaints: list[str] = []
    opened.on("request", lambda each: asked.append(each.url))
    opened.on("console", lambda each: complaints.append(each.text))
    opened.on("pageerror", lambda each: complaints.append(each.message))
    opened.goto(report.as_uri(), wait_until="load")
    yield opened
    opened.close()
    assert asked == [report.as_uri()]
    assert complaints == []


def test_it_fits_the_screen(page: Page) -> None:
    viewport = page.viewport_size
    assert viewport is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert page.evaluate(TOO_WIDE) == []


def test_pictures_hold_their_words_in_letters_that_can_be_read(page: Page) -> None:
    assert page.evaluate(UNDRAWN) == 0  # as without a font, when nothing could be too wide
    assert page.evaluate(SPILLED) == []
    assert page.evaluate(SMALLEST_LETTERS) >= 8


def test_words_stand_out_from_the_paper(page: Page) -> None:
    assert page.evaluate(FAINTEST) >= 4.5  # WCAG 2.2, level AA


def test_every_section_and_picture_is_there_and_named(page: Page) -> None:
    for each in page.locator("section, svg").all():
        assert each.is_visible()
    pictures = page.locator("svg").count()
    assert pictures >= 10
    assert page.get_by_role("img").count() == pictures
    assert all(each.get_attribute("aria-label") for each in page.get_by_role("img").all())
    boxes = sum(each.is_visible() for each in page.locator(".scrolls").all())
    assert page.locator("section").count() == page.get_by_role("region").count() - boxes
    assert page.title() == "demo: report of run 4f0c2a9b"  # which a column's name would have changed


def test_it_is_not_blank(page: Page) -> None:
    for anchor in ("figures", "data"):
        page.locator(f"#{anchor}").scroll_into_view_if_needed()
        assert shades(page.screenshot()) > 100


def test_a_blank_page_would_be_noticed(browser: Browser) -> None:
    page = browser.new_page()
    page.goto("data:text/html,<body style='background:navy'>")
    assert shades(page.screenshot()) < 10
    page.close()


def test_on_a_phone_every_cell_of_a_table_is_seen_with_its_columns_name(browser: Browser, report: Path) -> None:
    page = browser.new_page(viewport={"width": PHONE, "height": 844})
    page.goto(report.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.evaluate(HIDDEN) == []
    assert page.evaluate(UNNAMED) == []
    board = page.get_by_role("table", name="The other candidates")
    assert board.get_by_role("row").count() == len(board.locator("tr").all()) > 40
    assert board.get_by_role("columnheader").all_text_contents()[:3][0::2] == ["candidate", "time"]
    assert board.get_by_role("cell").count() > 100
    page.set_viewport_size({"width": DESKTOP, "height": 844})
    assert page.evaluate("getComputedStyle(document.querySelector('td'), '::before').content") == "none"
    page.close()


def test_the_best_and_the_ensemble_are_seen_at_once_and_the_rest_when_asked_for(browser: Browser, report: Path) -> None:
    page = browser.new_page(viewport={"width": PHONE, "height": 844})
    page.goto(report.as_uri())
    board = page.locator("section", has=page.locator("#leaderboard"))
    first, rest = board.locator("table").all()
    assert first.locator("tbody th").first.inner_text() == "the ensemble"
    assert first.locator("tbody tr").count() == 13
    assert first.is_visible()
    assert not rest.is_visible()
    summary = board.locator("summary")
    assert summary.inner_text() == "48 more candidates, best first"
    summary.press("Enter")
    assert rest.is_visible()
    assert rest.locator("tbody tr").count() == 48
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    page.close()


def test_wide_tables_scroll_inside_their_box_by_keyboard_too(page: Page) -> None:
    boxes = [each for each in page.locator(".scrolls").all() if each.is_visible()]
    assert boxes
    for each in boxes:
        each.focus()
        assert page.evaluate("document.activeElement.className") == "scrolls"


def test_it_prints(browser: Browser, report: Path) -> None:
    page = browser.new_page(color_scheme="dark")
    page.goto(report.as_uri())
    printed = page.pdf(format="A4")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 960})  # what A4 leaves within its margins
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("document.documentElement.scrollWidth") <= 680
    hidden = "[...document.querySelectorAll('.scrolls')].filter(each => each.scrollWidth > each.clientWidth + 1).length"
    assert page.evaluate(hidden) == 0  # on paper nobody can scroll
    assert page.get_by_role("table", name="The other candidates").locator("tr").last.is_visible()  # nor open anything
    page.close()
    assert printed.startswith(b"%PDF-")
    assert 2 <= printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") <= 20


def shades(png: bytes) -> int:
    """How many different bytes the image's lines hold; a blank one has next to none, however it is packed."""
    at, packed = 8, b""
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        packed += png[at + 8 : at + 8 + length] if name == b"IDAT" else b""
        at += length + 12
    return len(set(zlib.decompress(packed)))

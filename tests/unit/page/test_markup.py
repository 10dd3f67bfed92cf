from __future__ import annotations

import html5lib
from hypothesis import given
from hypothesis import strategies as st

from millrace.page.markup import element, joined, text


@given(st.text(), st.text())
def test_text_from_data_is_inert(inside: str, named: str) -> None:
    """A strict parser reads back one element with the same words, whatever they are."""
    written = f"<!doctype html><title>t</title>{element('p', inside, title=named)}"
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    body = parser.parse(written.encode().decode()).find("body")
    (paragraph,) = body
    assert (paragraph.tag, list(paragraph), set(paragraph.attrib)) == ("p", [], {"title"})
    assert (paragraph.text or "") == shown(inside)
    assert paragraph.attrib["title"] == shown(named)


def shown(value: str) -> str:
    """What a reader sees of it: a carriage return is a line's end, and what HTML can't hold is a mark."""
    return "".join("\ufffd" if bad(each) else each for each in value).replace("\r\n", "\n").replace("\r", "\n")


def bad(character: str) -> bool:
    code = ord(character)
    if code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF or 0xD800 <= code <= 0xDFFF:
        return True
    return code in {*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0)}


def test_markup_is_kept_and_text_is_escaped() -> None:
    assert element("p", element("b", "a<b"), " & c") == "<p><b>a&lt;b</b> &amp; c</p>"
    assert joined([None, "<", text("<")]) == "&lt;&lt;"


def test_attributes_are_spelled_as_html_spells_them() -> None:
    made = element("svg", viewBox="0 0 1 1", aria_label='a "b"', class_="c", fill_opacity=0.5, tabindex=None, x=3.10)
    assert made == '<svg viewBox="0 0 1 1" aria-label="a &quot;b&quot;" class="c" fill-opacity="0.5" x="3.1"></svg>'

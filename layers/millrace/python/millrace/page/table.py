"""Tables that scroll inside their own box on a narrow screen, so that the page never does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from millrace.page.markup import Markup, Part, element


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[Part]], numeric: Iterable[int] = ()) -> Markup:
    """`heads` name the columns, and the first cell of a row names the row; `numeric` columns are set to the right."""
    right = frozenset(numeric)
    kinds = ["number" if index in right else None for index in range(len(heads))]
    head = element(
        "tr", *(element("th", name, scope="col", class_=kind) for name, kind in zip(heads, kinds, strict=True))
    )
    body = (
        element(
            "tr",
            *(
                element("td", cell, class_=kind) if index else element("th", cell, scope="row", class_=kind)
                for index, (cell, kind) in enumerate(zip(row, kinds, strict=True))
            ),
        )
        for row in rows
    )
    made = element("table", element("caption", caption), element("thead", head), element("tbody", *body))
    return element("div", made, class_="scrolls", role="region", aria_label=caption, tabindex="0")


def facts(pairs: Iterable[tuple[str, Part]]) -> Markup:
    """Names with what they are; absent ones are left out."""
    return element(
        "dl",
        *(
            element("div", element("dt", name), element("dd", value))
            for name, value in pairs
            if value is not None and value != ""
        ),
    )

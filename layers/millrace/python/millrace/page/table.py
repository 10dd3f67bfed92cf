"""Tables: on a wide screen as lines that scroll inside their own box, on a phone as one short list for each line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from millrace.page.markup import Markup, Part, element


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[Part]], numeric: Iterable[int] = ()) -> Markup:
    """`heads` name the columns, and the first cell of a row names the row; `numeric` columns are set to the right.

    Each cell carries its column's name, which the style shows beside it on a phone. Roles are written out: where the
    style makes lists of lines, browsers would forget that it is a table.
    """
    right = frozenset(numeric)
    kinds = ["number" if index in right else None for index in range(len(heads))]
    columns = list(zip(heads, kinds, strict=True))
    head = (element("th", name, scope="col", role="columnheader", class_=kind) for name, kind in columns)
    body = (_row(row, columns) for row in rows)
    made = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *head, role="row"), role="rowgroup"),
        element("tbody", *body, role="rowgroup"),
        role="table",
    )
    return element("div", made, class_="scrolls", role="region", aria_label=caption, tabindex="0")


def _row(row: Sequence[Part], columns: Sequence[tuple[str, str | None]]) -> Markup:
    (name, (_, first)), *rest = zip(row, columns, strict=True)
    return element(
        "tr",
        element("th", name, scope="row", role="rowheader", class_=first),
        *(
            element("td", element("div", cell), role="cell", class_=kind, data_label=head)
            for cell, (head, kind) in rest
        ),
        role="row",
    )


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

"""Categories written in more than one way: each is one by itself, and what is known of it says nothing of the other."""

from __future__ import annotations

from collections.abc import Iterable

from millrace.data.admitted import Admitted
from millrace.domain.amount import counted
from millrace.domain.schema import Kind
from millrace.domain.warning import Warned

_DO = "write each in one way, unless they mean different things: capitals and spaces are told apart"


def find(rows: Admitted) -> tuple[Warned, ...]:
    """A warning for each column of categories, and for the target, some of which differ only in capitals or spaces.

    Of a column how many are told, of the target two classes: no other value of the data is repeated.
    """
    found = []
    for column in rows.schema.features:
        if column.kind is not Kind.CATEGORY:
            continue
        alike = _alike(rows.written.columns[column.name].texts)
        if alike:
            many = counted(sum(map(len, alike)), "category", "categories")
            says = f"column {column.name!r} has {many} that differ from another only in capitals or spaces"
            found.append(Warned("alike_categories", says, _DO, (column.name,)))
    alike = _alike(rows.schema.classes)
    if alike:
        one, other, *_ = alike[0]
        says = f"classes of {rows.schema.target!r} differ only in capitals or spaces, such as {one!r} and {other!r}"
        found.append(Warned("alike_categories", says, _DO, (rows.schema.target,)))
    return tuple(found)


def _alike(texts: Iterable[str]) -> list[list[str]]:
    """Those that are equal but for capitals and spaces, together, each in the order in which they came."""
    groups: dict[str, list[str]] = {}
    for text in texts:
        groups.setdefault("".join(text.casefold().split()), []).append(text)
    return [group for key, group in groups.items() if key and len(group) > 1]

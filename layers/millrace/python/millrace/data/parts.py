"""One table out of one file, or out of a folder of parts whose headers agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from millrace.data import read as reading
from millrace.data.table import Numbers, Written, WrittenTable
from millrace.domain.errors import Rejected


def read(path: Path) -> WrittenTable:
    """Read a file as `read.read` does, or every file of a folder, in the order of their names, as one table.

    Raises Rejected(code="part_differs") naming the first part whose columns are not those of the part before; a part
    with a header and no rows adds none.
    """
    if not path.is_dir():
        return reading.read(path)
    tables: list[WrittenTable] = []
    empty: Rejected | None = None
    for part in sorted(each for each in path.iterdir() if each.is_file()):
        try:
            table = reading.read(part)
        except Rejected as error:
            if error.code != "no_rows":
                raise _of_part(error, part) from error
            empty = error
            continue
        if tables:
            _check_columns(list(tables[0].columns), list(table.columns), part)
        tables.append(table)
    if not tables:
        raise empty or Rejected("there are no parts", code="no_parts", field=path.name, hint="upload the parts")
    return _joined(tables)


def _joined(tables: Sequence[WrittenTable]) -> WrittenTable:
    columns = {name: _column([table.columns[name] for table in tables]) for name in tables[0].columns}
    return replace(tables[0], columns=columns, rows=sum(table.rows for table in tables))


def _column(parts: Sequence[Written]) -> Written:
    numbers = [part for part in parts if isinstance(part, Numbers)]
    if len(numbers) == len(parts) and len({part.cells.type for part in numbers}) == 1:  # which need no texts
        cells = pa.chunked_array([chunk for part in numbers for chunk in part.cells.chunks])
        return Numbers(np.concatenate([part.values for part in numbers]), cells)
    texts: list[str] = []
    codes = []
    for part in parts:
        codes.append(part.codes + len(texts))
        texts.extend(part.texts)
    return Written.of(texts, np.concatenate(codes))


def _check_columns(first: list[str], found: list[str], part: Path) -> None:
    if found == first:
        return
    place = next((i for i, (one, other) in enumerate(zip(first, found, strict=False)) if one != other), None)
    differs = (
        f"has {len(found)} columns and the first part {len(first)}"
        if place is None
        else f"names its column {place + 1} {found[place]!r}, the first part {first[place]!r}"
    )
    raise Rejected(
        f"{part.name} {differs}",
        code="part_differs",
        field=part.name,
        hint="write every part with the same header: df.write.option('header', True)...",
    )


def _of_part(error: Rejected, part: Path) -> Rejected:
    """The same, naming the part where only a column was named."""
    named = error.field is not None and error.field.startswith(part.name)
    field = error.field if named or error.field is None else f"{part.name}: {error.field}"
    return Rejected(error.message, code=error.code, field=field or part.name, hint=error.hint)

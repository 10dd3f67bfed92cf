"""Files of rows, read as text and numbers or refused with what is wrong, where, and what was expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from millrace.data.cells import MAX_CELLS, MAX_ROWS, Cells
from millrace.data.delimited import DelimitedFile
from millrace.data.json_lines import JsonLinesFile
from millrace.data.memory import release
from millrace.data.parquet import ParquetFile
from millrace.data.source import Text
from millrace.data.table import WrittenTable
from millrace.domain import head
from millrace.domain.errors import Rejected
from millrace.domain.report import Decision
from millrace.domain.upload import Compression, FileFormat, Format, format_of


@dataclass(frozen=True, slots=True)
class _Opened:
    """A file that is about to be read: its column names, if it has a header, and its blocks of columns."""

    names: tuple[str, ...]
    blocks: Iterator[Mapping[str, Any]]
    decision: Decision


def read(path: Path) -> WrittenTable:
    """Read CSV of any delimiter, JSON Lines or Parquet; the name says which, or else the first bytes.

    Memory is bounded by `cells.MAX_CELLS`. Raises Rejected, with the file, the line (counted from 1) or the column at
    fault in `field`; docs/errors.md lists the codes.
    """
    opened = _open(path)
    cells = {name: Cells(name) for name in opened.names}
    rows = 0
    for block in opened.blocks:
        count = max((len(array) for array in block.values()), default=0)
        for name in [name for name in block if name not in cells]:
            cells[name] = Cells(name)
            if rows:
                cells[name].add(pa.repeat(pa.scalar("", pa.large_string()), rows))
        _check_size(rows + count, len(cells), path)
        for name, column in cells.items():
            column.add(block[name] if name in block else pa.repeat(pa.scalar("", pa.large_string()), count))
        rows += count
    head.check_names(list(cells))
    if rows == 0:
        raise head.no_rows(path.name)
    columns = {name: cells.pop(name).written() for name in list(cells)}
    release()
    return WrittenTable(columns, rows, (opened.decision,))


def _check_size(rows: int, columns: int, path: Path) -> None:
    if rows > MAX_ROWS or rows * columns > MAX_CELLS:
        raise Rejected(
            f"the file has more than {MAX_ROWS} rows, or more than {MAX_CELLS} cells",
            code="too_large",
            field=path.name,
            hint="upload fewer rows, or fewer columns",
        )


def _open(path: Path) -> _Opened:
    with path.open("rb") as file:
        raw = file.read(head.HEAD_BYTES)
    format_ = _format(path, raw)
    head.check_magic(format_, raw, path.name)
    if format_.rows is Format.PARQUET:
        return _parquet(ParquetFile(path))
    content, whole = _first(path, raw, format_.compression)
    looked = head.look(format_.rows, content, whole=whole, file=path.name)
    how = f"{looked.encoding.upper()}, {format_.compression}" if format_.compression else looked.encoding.upper()
    if looked.dialect is None:
        lines = JsonLinesFile(path, format_.compression, looked.encoding)
        return _Opened(
            (), lines.blocks(), Decision("format", f"JSON Lines in {how}", "by the file's name or first line")
        )
    rows = DelimitedFile(path, format_.compression, looked)
    blocks = (dict(zip(looked.names, batch.columns, strict=True)) for batch in rows.blocks())
    decision = Decision("format", f"CSV separated by {looked.dialect.called}, in {how}", looked.dialect.why)
    return _Opened(looked.names, blocks, decision)


def _parquet(file: ParquetFile) -> _Opened:
    names, rows = file.shape()
    head.check_names(names)
    _check_size(rows, len(names), file.path)
    stripped = [name.strip() for name in names]
    blocks = (dict(zip(stripped, batch.columns, strict=True)) for batch in file.blocks())
    return _Opened(tuple(stripped), blocks, Decision("format", "Parquet", "by the file's first bytes"))


def _format(path: Path, raw: bytes) -> FileFormat:
    """What the name says; of a name that says nothing, what the first bytes say."""
    try:
        return format_of(path.name)
    except Rejected:
        if raw.startswith(head.PARQUET_MAGIC):
            return FileFormat(Format.PARQUET)
        compression = next((name for name, magic in head.COMPRESSED.items() if raw.startswith(magic)), None)
        content = _first(path, raw, compression)[0] if raw else raw
        return FileFormat(Format.JSON_LINES if content.lstrip().startswith(b"{") else Format.CSV, compression)


def _first(path: Path, raw: bytes, compression: Compression | None) -> tuple[bytes, bool]:
    """The text's first bytes, as `admit` sees them too where it can, and whether they are all of it."""
    size = path.stat().st_size
    if compression is None:
        return raw, len(raw) >= size
    if compression is Compression.GZIP:
        return head.unzip(raw, size, path.name)
    with Text(path, compression) as text:
        content = b""
        while len(content) <= head.HEAD_BYTES and (more := text.read(head.HEAD_BYTES + 1 - len(content))):
            content += more
    return content[: head.HEAD_BYTES], len(content) <= head.HEAD_BYTES

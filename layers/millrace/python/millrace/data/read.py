"""Files of rows, read as text or refused with what is wrong, where, and what was expected."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from millrace.data.table import Written, WrittenTable
from millrace.domain import spelling
from millrace.domain.errors import Rejected

PARQUET_MAGIC = b"PAR1"
_BLOCK = 1 << 24  # bytes; a row must fit into one


def read(path: Path) -> WrittenTable:
    """Read a CSV (UTF-8, commas, a header) or a Parquet file; its first bytes say which.

    Raises Rejected: empty_file, no_rows, unnamed_column, duplicate_column, ragged_row, undecodable, unreadable_file or
    unsupported_type, with the file, line or column at fault in `field`. Lines are counted from 1.
    """
    with path.open("rb") as file:
        magic = file.read(len(PARQUET_MAGIC))
    if not magic:
        raise Rejected("the file is empty", code="empty_file", field=path.name, hint="upload a header line and rows")
    table = _read_parquet(path) if magic == PARQUET_MAGIC else _read_csv(path)
    names = _checked_names(table.column_names, path)
    if table.num_rows == 0:
        raise Rejected("the file has a header and no rows", code="no_rows", field=path.name, hint="upload rows too")
    columns = {name: _written(name, column) for name, column in zip(names, table.columns, strict=True)}
    return WrittenTable(columns, table.num_rows)


def _checked_names(names: Sequence[str], path: Path) -> list[str]:
    names = [name.strip() for name in names]
    for position, name in enumerate(names, start=1):
        if not name:
            raise Rejected(
                f"column {position} has no name",
                code="unnamed_column",
                field=path.name,
                hint="give each column a name in the header",
            )
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise Rejected(
            f"{len(repeated)} column name(s) stand more than once, the first is {repeated[0]!r}",
            code="duplicate_column",
            field=repeated[0],
            hint="give each column a name of its own",
        )
    return names


def _read_csv(path: Path) -> Any:
    names = _header(path)
    _checked_names(names, path)
    text = pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
    try:
        return pa_csv.read_csv(
            path,
            read_options=pa_csv.ReadOptions(block_size=_BLOCK),
            parse_options=pa_csv.ParseOptions(newlines_in_values=True),
            convert_options=text,
        )
    except pa.ArrowInvalid as error:
        raise _csv_fault(path) from error


def _header(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return next((row for row in csv.reader(file) if row), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise _csv_fault(path) from error


def _csv_fault(path: Path) -> Rejected:
    """Say what makes a CSV unreadable by walking it slowly; only called when reading failed."""
    line = 0
    width = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            records = csv.reader(file)
            for cells in filter(None, records):
                line = records.line_num
                width = width or len(cells)
                if len(cells) != width:
                    return Rejected(
                        f"line {line} has {len(cells)} values and the header has {width}",
                        code="ragged_row",
                        field=f"{path.name}:{line}",
                        hint="give each row one value per column; quote a value that holds a comma",
                    )
    except UnicodeDecodeError:
        return Rejected(
            f"the file is not UTF-8 text near line {line + 1}",
            code="undecodable",
            field=path.name,
            hint="save the file as CSV in UTF-8, or as Parquet",
        )
    except csv.Error:
        pass  # the general answer below fits
    return Rejected(
        f"the file can't be read as CSV near line {line + 1}",
        code="unreadable_file",
        field=path.name,
        hint="upload comma-separated UTF-8 text with a header line, or Parquet",
    )


def _read_parquet(path: Path) -> Any:
    try:
        return pa_parquet.read_table(path, partitioning=None)
    except (pa.ArrowException, OSError) as error:
        raise Rejected(
            "the file begins as Parquet and can't be read as such",
            code="unreadable_file",
            field=path.name,
            hint="upload the whole file; check it with pyarrow.parquet.read_table",
        ) from error


def _written(name: str, column: Any) -> Written:
    """Any Arrow column as distinct texts and codes."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp("us"), safe=False)  # UTC; Python's clock has no nanoseconds
    elif pa.types.is_float16(kind):
        column = column.cast(pa.float32())
    if pa.types.is_nested(kind) or pa.types.is_time(kind) or pa.types.is_duration(kind) or pa.types.is_interval(kind):
        raise _unsupported(name, str(kind))
    encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    try:
        distinct = [spelling.written(value) for value in encoded.dictionary.to_pylist()]
    except ValueError as error:
        raise _unsupported(name, str(kind)) from error
    return Written.of(distinct, encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64))


def _unsupported(name: str, kind: str) -> Rejected:
    return Rejected(
        f"column {name!r} holds {kind} values",
        code="unsupported_type",
        field=name,
        hint="use numbers, text, booleans, dates or timestamps",
    )

"""A file of truth as it arrived, CSV or JSON Lines: its rows one at a time, in bounded memory."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from millrace.domain.errors import Rejected
from millrace.domain.head import HEAD_BYTES, Head, check_magic, look, no_object, undecodable, unreadable
from millrace.domain.suggestion import hint
from millrace.domain.truth import ID, VALUE
from millrace.domain.upload import Compression, FileFormat, Format, format_of

MAX_BYTES = 256 * 1024 * 1024  # of text, decompressed
MAX_ROWS = 1_000_000
MAX_LINE = 1 << 20  # characters
_DAMAGED = (gzip.BadGzipFile, EOFError, zlib.error)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line it ends on, and what stands there under the two names; `fault` where it can't be read."""

    line: int
    id: object = None
    value: object = None
    fault: Rejected | None = None


def rows(content: IO[bytes], file: str) -> Iterator[Row]:
    """The rows of a file, which is read from its beginning.

    Raises Rejected for a file that can't be used as a whole: unsupported_format, wrong_format, empty_file, no_rows,
    undecodable, unreadable_file, missing_column, too_large, line_too_long, too_many_rows and what `head.look` raises.
    """
    format_ = _format(file)
    check_magic(format_, content.read(HEAD_BYTES), file)
    try:
        with _text(content, format_, file) as start:
            begin = start.read(HEAD_BYTES)
        found = look(format_.rows, begin, whole=len(begin) < HEAD_BYTES, file=file)
        with io.TextIOWrapper(_text(content, format_, file), _encoding(found), newline="") as text:
            lines = _lines(text, file)
            yield from _json(lines, file) if format_.rows is Format.JSON_LINES else _csv(lines, found, file)
    except _DAMAGED as error:
        raise unreadable(Compression.GZIP, file) from error


def _format(file: str) -> FileFormat:
    found = format_of(file)
    if found.rows is Format.PARQUET or found.compression is Compression.ZSTD:
        raise Rejected(
            "truth is read from CSV and JSON Lines, plain or in gzip",
            code="unsupported_format",
            field=file,
            hint="send a file that ends in .csv, .tsv, .txt, .jsonl or .ndjson, or in one of these and .gz",
        )
    return found


def _encoding(found: Head) -> str:
    return "utf-8-sig" if found.encoding == "utf-8" else found.encoding


def _text(content: IO[bytes], format_: FileFormat, file: str) -> io.BufferedReader:
    content.seek(0)
    source = gzip.GzipFile(fileobj=content) if format_.compression else content
    return io.BufferedReader(_Bounded(source, file))


class _Bounded(io.RawIOBase):
    """Bytes of a file, so many and no more, whatever a compressed one holds. Closing it leaves the file open."""

    def __init__(self, source: IO[bytes] | gzip.GzipFile, file: str) -> None:
        self._source, self._file, self._given = source, file, 0

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # the parent's is untyped
        """Fill some of `buffer`; 0 at the end. Raises Rejected(code="too_large")."""
        chunk = self._source.read(len(buffer))
        self._given += len(chunk)
        if self._given > MAX_BYTES:
            raise too_large(self._file)
        buffer[: len(chunk)] = chunk
        return len(chunk)


def too_large(file: str) -> Rejected:
    """What to say of a file of more than `MAX_BYTES`."""
    return Rejected(
        f"the file has more than {MAX_BYTES} bytes of text",
        code="too_large",
        field=file,
        hint="send it as several files; their order of arrival is what counts",
    )


def _lines(text: io.TextIOWrapper, file: str) -> Iterator[str]:
    number = 0
    try:
        while line := text.readline(MAX_LINE):
            number += 1
            if len(line) == MAX_LINE and not line.endswith(("\n", "\r")):
                raise Rejected(
                    f"line {number} is longer than {MAX_LINE} characters",
                    code="line_too_long",
                    field=f"{file}:{number}",
                    hint="send one row a line, with an inference id and its truth",
                )
            yield line
    except UnicodeError as error:
        raise undecodable(file, number + 1) from error


def _csv(lines: Iterator[str], found: Head, file: str) -> Iterator[Row]:
    places = [_place(name, found.names, file) for name in (ID, VALUE)]
    delimiter = found.dialect.delimiter if found.dialect else ","
    records = csv.reader(lines, delimiter=delimiter, strict=True)
    count = -1  # the header is no row
    try:
        for record in records:
            if not record:
                continue
            count += 1
            _check_count(count, file)
            if count:
                yield _row(records.line_num, record, places, len(found.names), file)
    except csv.Error as error:
        raise Rejected(
            f"line {records.line_num} is not CSV: {error}",
            code="unreadable_file",
            field=f"{file}:{records.line_num}",
            hint="check the quotes of that line",
        ) from error


def _row(line: int, record: list[str], places: list[int], width: int, file: str) -> Row:
    if len(record) != width:
        fault = Rejected(
            f"line {line} has {len(record)} values and the header {width} names",
            code="ragged_row",
            field=f"{file}:{line}",
            hint="quote values that hold the delimiter",
        )
        return Row(line, fault=fault)
    name, value = (record[place] for place in places)
    return Row(line, name.strip(), value)


def _place(name: str, names: tuple[str, ...], file: str) -> int:
    if name not in names:
        raise Rejected(
            f"the file has no column {name!r}",
            code="missing_column",
            field=file,
            hint=hint(name, names) or f"name two columns {ID} and {VALUE}; others are left alone",
        )
    return names.index(name)


def _json(lines: Iterator[str], file: str) -> Iterator[Row]:
    count = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        count += 1
        _check_count(count, file)
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, Mapping):
            yield Row(number, found.get(ID), found.get(VALUE))
        else:
            yield Row(number, fault=no_object(file, number))


def _check_count(count: int, file: str) -> None:
    if count > MAX_ROWS:
        raise Rejected(
            f"the file has more than {MAX_ROWS} rows",
            code="too_many_rows",
            field=file,
            hint="send it as several files; their order of arrival is what counts",
        )

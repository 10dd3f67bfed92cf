"""CSV of any delimiter, as blocks of text columns; where Arrow refuses it, a slow walk says what is wrong and where."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv

from millrace.data.source import Text
from millrace.domain import head
from millrace.domain.errors import Rejected
from millrace.domain.head import Head
from millrace.domain.upload import Compression

BLOCK = 1 << 22  # bytes; a row must fit into one, and larger ones leave the processor's cache


@dataclass(frozen=True, slots=True)
class DelimitedFile:
    """A CSV whose header and dialect are known."""

    path: Path
    compression: Compression | None
    head: Head

    def blocks(self) -> Iterator[Any]:
        """Record batches whose columns, in the file's order, are text. Raises Rejected."""
        try:
            with self._text() as text:
                reader = self._reader(text)
                if tuple(reader.schema.names) != self.head.written:
                    raise _unreadable(self.path, 1)
                yield from reader
        except pa.ArrowInvalid as error:
            raise self._fault() from error

    def _reader(self, text: Text) -> Any:
        return pa_csv.open_csv(
            text.stream(),
            read_options=pa_csv.ReadOptions(block_size=BLOCK),
            parse_options=pa_csv.ParseOptions(delimiter=self._delimiter, newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(self.head.written, pa.large_string()), strings_can_be_null=False
            ),
        )

    @property
    def _delimiter(self) -> str:
        return self.head.dialect.delimiter if self.head.dialect else ","

    def _text(self) -> Text:
        return Text(self.path, self.compression, self.head.encoding)

    def _fault(self) -> Rejected:
        """Say what makes the file unreadable by walking it slowly; only called when reading failed."""
        line, width, limit = 0, 0, csv.field_size_limit(BLOCK)
        try:
            with self._text() as text, io.TextIOWrapper(io.BufferedReader(text), "utf-8-sig", newline="") as lines:
                records = csv.reader(lines, delimiter=self._delimiter, strict=True)
                for cells in filter(None, records):
                    line = records.line_num
                    width = width or len(cells)
                    if len(cells) != width:
                        return _ragged(self.path, line, len(cells), width)
        except UnicodeDecodeError:
            return head.undecodable(self.path.name, self._undecodable_line())
        except csv.Error:
            pass  # the general answer below fits
        finally:
            csv.field_size_limit(limit)
        return _unreadable(self.path, line + 1)

    def _undecodable_line(self) -> int:
        """The line of the first bytes that are not UTF-8."""
        line = 1
        decoder = codecs.getincrementaldecoder("utf-8")()
        with self._text() as text, io.BufferedReader(text) as lines:
            for content in lines:
                try:
                    decoder.decode(content)
                except UnicodeDecodeError:
                    break
                line += 1
        return line


def _ragged(path: Path, line: int, values: int, width: int) -> Rejected:
    return Rejected(
        f"line {line} has {values} values and the header has {width}",
        code="ragged_row",
        field=f"{path.name}:{line}",
        hint="give each row one value per column; quote a value that holds the delimiter",
    )


def _unreadable(path: Path, line: int) -> Rejected:
    return Rejected(
        f"the file can't be read as CSV near line {line}",
        code="unreadable_file",
        field=f"{path.name}:{line}",
        hint="check the quotes: each that opens must close, within 4 MiB; or upload Parquet",
    )

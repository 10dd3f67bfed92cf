"""JSON Lines, one flat object a line, as blocks of text columns: a value counts as the text that a CSV would hold."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from millrace.data.source import Text
from millrace.domain import head
from millrace.domain.errors import Rejected
from millrace.domain.spelling import written
from millrace.domain.upload import MAX_COLUMNS, Compression

BLOCK = 16_384  # lines
MAX_LINE = 1 << 24  # bytes
_WORDS = {None: "", True: "true", False: "false"}


@dataclass(frozen=True, slots=True)
class JsonLinesFile:
    """A file of JSON Lines."""

    path: Path
    compression: Compression | None
    encoding: str

    def blocks(self) -> Iterator[dict[str, Any]]:
        """Columns by name, each the texts of as many rows; a column without values in a block is not in it."""
        columns: dict[str, list[str]] = {}
        rows = 0
        for number, line in self._lines():
            for name, value in self._row(number, line).items():
                texts = columns.setdefault(name, [])
                texts.extend([""] * (rows - len(texts)))  # an absent key is a missing value
                texts.append(value)
            rows += 1
            if rows == BLOCK:
                yield _block(columns, rows)
                columns, rows = {}, 0
        if rows:
            yield _block(columns, rows)

    def _lines(self) -> Iterator[tuple[int, str]]:
        with Text(self.path, self.compression, self.encoding) as text, io.BufferedReader(text) as lines:
            number = 0
            while content := lines.readline(MAX_LINE):
                number += 1
                try:
                    line = content.decode("utf-8-sig" if number == 1 else "utf-8")
                except UnicodeDecodeError as error:
                    raise head.undecodable(self.path.name, number) from error
                if line.strip():
                    yield number, line

    def _row(self, number: int, line: str) -> dict[str, str]:
        try:
            pairs = _DECODER.decode(line)
        except (ValueError, RecursionError) as error:
            raise head.no_object(self.path.name, number) from error
        if not isinstance(pairs, _Pairs):
            raise head.no_object(self.path.name, number)
        if "\\ud" in line.lower() and _is_half(pairs):
            raise head.undecodable(self.path.name, number)
        row = {name.strip(): _text(value) for name, value in pairs}
        if len(row) == len(pairs) and None not in row.values() and "" not in row and len(row) <= MAX_COLUMNS:
            return row  # type: ignore[return-value]  # None is not among them
        raise self._fault(number, pairs)

    def _fault(self, number: int, pairs: _Pairs) -> Rejected:
        """What is wrong with a row that isn't taken."""
        for name, value in pairs:
            if _text(value) is None:
                return Rejected(
                    f"column {name!r} holds {'a list' if type(value) is list else 'an object'} in line {number}",
                    code="nested_value",
                    field=name,
                    hint="flatten it into columns of its own, or leave it out",
                )
        try:
            head.check_names([name for name, _ in pairs], least=0)
        except Rejected as error:
            return Rejected(f"line {number}: {error.message}", code=error.code, field=error.field, hint=error.hint)
        return head.no_object(self.path.name, number)


class _Pairs(list[tuple[str, Any]]):
    """An object's keys and values, repeated keys too."""


def _is_half(pairs: _Pairs) -> bool:
    """Whether a text holds half of a character, which JSON can spell and UTF-8 can't."""
    try:
        json.dumps(pairs, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _number(text: str) -> str:
    return written(float(text))


_DECODER = json.JSONDecoder(
    object_pairs_hook=_Pairs,
    parse_int=lambda text: "0" if text == "-0" else text,
    parse_float=_number,
    parse_constant=_number,
)


def _text(value: object) -> str | None:
    """A decoded value's text; None for a list or an object."""
    if type(value) is str:
        return value
    return None if isinstance(value, list) else _WORDS[value]  # type: ignore[index]  # what JSON has beside these


def _block(columns: dict[str, list[str]], rows: int) -> dict[str, Any]:
    for texts in columns.values():
        texts.extend([""] * (rows - len(texts)))
    return {name: pa.array(texts, pa.large_string()) for name, texts in columns.items()}

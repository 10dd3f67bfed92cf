"""A column as it comes, block by block: plain numbers by Arrow, everything else by its distinct texts."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from millrace.data.table import SAMPLE, Floats, Numbers, Written, by_text
from millrace.domain.errors import InvalidInput, Rejected
from millrace.domain.schema import Column, Kind
from millrace.domain.spelling import spell

MANY = 200  # distinct values from which numbers are kept as numbers
MAX_ROWS = 50_000_000
MAX_CELLS = 400_000_000  # of a table, at about 20 bytes each
_ODD = 1_000  # distinct texts that are looked at one by one for whether they mean a missing number
_NUMBER = Column("", Kind.NUMBER)
# What Arrow and Python's float() read alike. A leading zero may mean a code, so such texts stay texts.
_PLAIN = r"^[+-]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"


def _is_missing(text: str) -> bool:
    try:
        return math.isnan(float(spell(_NUMBER, text)))
    except InvalidInput:
        return False


# Texts that mean a missing number, made sure of by the spelling itself.
_USUAL = pa.array([text for text in ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None") if _is_missing(text)])
_ZERO, _NINE = ord("0"), ord("9")
_PLUS, _MINUS = ord("+"), ord("-")


class Cells:
    """One column of a file, growing by Arrow arrays of one type."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._numbers: list[Floats] | None = None  # None once it is known that texts are needed
        self._blocks: list[Any] = []  # as they came where numbers are kept, else dictionary-encoded
        self._began = False

    def add(self, block: Any) -> None:
        """Append an array. Raises Rejected(code="unsupported_type") for values that have no text."""
        try:
            block = self._simple(block)
            self._add(block)
        except pa.ArrowNotImplementedError as error:
            raise self._unsupported(block.type) from error

    def _add(self, block: Any) -> None:
        if not len(block):
            return
        if not self._began:
            self._began = True
            self._numbers = [] if len(block.slice(0, SAMPLE).unique()) > MANY else None
        if self._numbers is None:
            self._blocks.append(block.dictionary_encode())
            return
        numbers = plain_numbers(block)
        if numbers is not None:
            self._numbers.append(numbers)
            self._blocks.append(block)
            return
        self._numbers = None
        self._blocks = [each.dictionary_encode() for each in [*self._blocks, block]]

    def written(self) -> Written:
        """The whole column; the blocks are forgotten. Raises Rejected(code="unsupported_type")."""
        blocks, numbers, self._blocks = pa.chunked_array(self._blocks), self._numbers, []
        if numbers is not None:
            return Numbers(np.concatenate(numbers), blocks)
        late = _late_numbers(blocks)
        if late is not None:
            return late
        try:
            return by_text(blocks)
        except (ValueError, OverflowError) as error:
            raise self._unsupported(blocks.type.value_type) from error

    def _simple(self, block: Any) -> Any:
        """The array as one of the types that have a text."""
        kind = block.type
        if isinstance(kind, pa.BaseExtensionType):
            block, kind = block.storage, kind.storage_type
        if pa.types.is_dictionary(kind):
            block, kind = block.cast(kind.value_type), kind.value_type
        if pa.types.is_timestamp(kind):
            return block.cast(pa.timestamp("us"), safe=False)  # UTC; Python's clock has no nanoseconds
        if pa.types.is_float16(kind):
            block, kind = block.cast(pa.float32()), pa.float32()
        if pa.types.is_float32(kind):
            return block.cast(pa.string())  # the fewest digits that say it, as a CSV of the same table has them
        if pa.types.is_null(kind):
            return block.cast(pa.string())
        if (
            pa.types.is_nested(kind)
            or pa.types.is_time(kind)
            or pa.types.is_duration(kind)
            or pa.types.is_interval(kind)
        ):
            raise self._unsupported(kind)
        return block

    def _unsupported(self, kind: Any) -> Rejected:
        return Rejected(
            f"column {self._name!r} holds {kind} values",
            code="unsupported_type",
            field=self._name,
            hint="use numbers, text, booleans, or dates and timestamps of the years 1 to 9999",
        )


def plain_numbers(block: Any) -> Floats | None:
    """What `spelling.spell` makes of each value as a number, NaN where it is missing, shape [rows].

    None where a value is neither a plain decimal number nor missing, or might be a code: these are read as texts.
    """
    if pa.types.is_integer(block.type) or pa.types.is_float64(block.type):
        values = block.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        return None if np.isinf(values).any() else values + 0.0
    if not (pa.types.is_string(block.type) or pa.types.is_large_string(block.type)):
        return None
    values = _all_plain(block)
    return _plain_or_missing(block) if values is None else values


def _all_plain(block: Any) -> Floats | None:
    """The quick way, which most columns take: each text is a finite number to Arrow, or usual for a missing one.

    None where one is not, or begins as a code does.
    """
    present = pc.if_else(pc.is_in(block, value_set=_USUAL.cast(block.type)), None, block)
    try:
        values = present.cast(pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    finite = np.count_nonzero(np.isfinite(values)) == len(present) - present.null_count
    return values + 0.0 if finite and not _some_code(present) else None


def _some_code(block: Any) -> bool:
    """Whether a text begins with a zero and another digit, after a sign or not. No text may be empty.

    Where there is none, at a null, the next one is looked at twice, and behind the last stand zero bytes.
    """
    _, offsets, characters = block.buffers()
    wide = np.int64 if pa.types.is_large_string(block.type) else np.int32
    first = np.frombuffer(offsets, dtype=wide)[block.offset : block.offset + len(block)]
    text = np.append(np.frombuffer(characters or b"", dtype=np.uint8), np.zeros(3, dtype=np.uint8))
    first = first + ((text[first] == _PLUS) | (text[first] == _MINUS))
    second = text[first + 1]
    return bool(((text[first] == _ZERO) & (second >= _ZERO) & (second <= _NINE)).any())


def _plain_or_missing(block: Any) -> Floats | None:
    """The other way: texts that are no plain numbers are looked at one by one, for whether they mean a missing one."""
    plain = pc.match_substring_regex(block, _PLAIN)
    if not pc.all(plain, min_count=0).as_py() and not _missing(block.filter(pc.invert(plain)).unique()):
        return None
    values = pc.if_else(plain, block, None).cast(pa.float64()).to_numpy(zero_copy_only=False)
    return None if np.isinf(values).any() else values + 0.0  # minus nought is nought, as `spell` says


def _missing(odd: Any) -> bool:
    """Whether each of these texts is one of those that mean a missing number."""
    return len(odd) <= _ODD and all(map(_is_missing, odd.to_pylist()))


def _late_numbers(blocks: Any) -> Numbers | None:
    """Numbers that seemed to be few when they began."""
    unified = blocks.unify_dictionaries()
    distinct = unified.chunk(0).dictionary
    numbers = plain_numbers(distinct) if len(distinct) > MANY else None
    if numbers is None:
        return None
    values = np.append(numbers, np.nan)
    codes = [chunk.indices.fill_null(len(distinct)).to_numpy(zero_copy_only=False) for chunk in unified.chunks]
    return Numbers(values[np.concatenate(codes)], unified.cast(distinct.type))

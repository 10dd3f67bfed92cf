"""The first bytes of an upload, and what can be refused by looking at them alone."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Sequence

from millrace.domain.errors import Rejected
from millrace.domain.spec import Spec
from millrace.domain.suggestion import hint
from millrace.domain.upload import Format

HEAD_BYTES = 64 * 1024
PARQUET_MAGIC = b"PAR1"
SAVE_AS_UTF8 = "save the file as CSV in UTF-8"
# What a file that is neither of our formats begins with, and what it is then.
FOREIGN = {
    b"\x1f\x8b": "gzip-compressed",
    b"PK\x03\x04": "a zip archive or a spreadsheet",
    b"BZh": "bzip2-compressed",
    b"\xfd7zXZ\x00": "xz-compressed",
    b"\x28\xb5\x2f\xfd": "zstd-compressed",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
}
# A spec outlives the upload that it came with, so a wrong one must be replaced, not left out.
REPLACE_SPEC = "the spec.yaml kept with the dataset says so: replace it, with `millrace train` by --target or --spec"
OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def columns(format_: Format, head: bytes, size: int) -> tuple[str, ...] | None:
    """The column names in the first bytes of a file of `size` bytes; None where the format keeps them elsewhere.

    Raises Rejected with a code for everything that can't become a dataset.
    """
    if not head:
        raise Rejected(
            "the file is empty", code="empty_file", field="file", hint="upload a table with a header and rows"
        )
    for magic, what in FOREIGN.items():
        if head.startswith(magic):
            raise Rejected(f"the file is {what}", code="wrong_format", field="file", hint="upload plain CSV or Parquet")
    if head.startswith(PARQUET_MAGIC) != (format_ is Format.PARQUET):
        raise Rejected(
            f"the file is named as {format_.value} but its first bytes are not",
            code="wrong_format",
            field="file",
            hint="name the file by what it is: .csv or .parquet",
        )
    return None if format_ is Format.PARQUET else _header(_text(head, whole=len(head) >= size), whole=len(head) >= size)


def _text(head: bytes, *, whole: bool) -> str:
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(head, final=whole)
    except UnicodeDecodeError as error:
        where = f"byte {error.start}"
        raise Rejected(
            f"the file is not UTF-8 at {where}", code="undecodable", field=where, hint=SAVE_AS_UTF8
        ) from error
    if "\x00" in text:
        raise Rejected("the file is not text", code="undecodable", field="file", hint=SAVE_AS_UTF8)
    return text


def _header(text: str, *, whole: bool) -> tuple[str, ...]:
    """The first record's names, checked. What a later record holds is for the job to judge, which reads them all."""
    records = (record for record in csv.reader(io.StringIO(text, newline=""), strict=True) if record)
    try:
        names = tuple(name.strip() for name in next(records, ()))  # as the job names them
    except csv.Error as error:
        raise Rejected(
            f"the header is not CSV, or longer than {HEAD_BYTES} bytes",
            code="unreadable_file",
            field="header",
            hint="check the quotes in line 1",
        ) from error
    try:
        more = next(records, None) is not None
    except csv.Error:
        more = True
    if not whole and not more:
        raise Rejected(
            f"the header is longer than {HEAD_BYTES} bytes",
            code="header_too_long",
            field="header",
            hint="shorten the names",
        )
    _check_names(names)
    if not more:
        raise Rejected("the file has a header and no rows", code="no_rows", field="file", hint="add the rows")
    return names


def _check_names(names: Sequence[str]) -> None:
    if not names:
        raise Rejected("the file has no header", code="empty_file", field="header", hint="name the columns in line 1")
    if len(names) < 2:
        other = other_delimiter(names)
        raise Rejected(
            "the file has one column; a target and a feature are needed",
            code="too_few_columns",
            field="header",
            hint=f"separate the columns by commas, not {other}" if other else "separate the columns by commas",
        )
    for position, name in enumerate(names, start=1):
        if not name:
            raise Rejected(f"column {position} has no name", code="unnamed_column", field=f"column {position}")
    for name, count in Counter(names).items():
        if count > 1:
            raise Rejected(
                f"{count} columns are named {name!r}",
                code="duplicate_column",
                field=name,
                hint="give each its own name",
            )


def other_delimiter(names: Sequence[str]) -> str | None:
    """What the file is separated by instead of commas, where its header's only name shows it."""
    if len(names) != 1:
        return None
    return next((word for mark, word in OTHER_DELIMITERS.items() if mark in names[0]), None)


def check_spec(spec: Spec, names: Sequence[str]) -> None:
    """Raise Rejected(code="unknown_column") for a column that the spec names and the header lacks."""
    asked = [("target", spec.target), *(("features", name) for name in spec.features or ())]
    asked += [("exclude", name) for name in spec.exclude]
    for field, name in asked:
        if name is not None and name not in names:
            raise Rejected(
                f"the spec's {field} names {name!r}, which is not a column",
                code="unknown_column",
                field=field,
                hint=kept_spec_hint(name, names),
            )


def kept_spec_hint(name: str, names: Sequence[str]) -> str:
    """What to do about a column that the spec names and the file lacks."""
    near = hint(name, names)
    return f"{near} {REPLACE_SPEC}" if near else REPLACE_SPEC

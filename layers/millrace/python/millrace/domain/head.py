"""The first bytes of an upload, and what can be refused by looking at them alone."""

from __future__ import annotations

import codecs
import csv
import json
import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from millrace.domain.dialect import Dialect, records, sniff
from millrace.domain.errors import Rejected
from millrace.domain.spec import Spec
from millrace.domain.suggestion import hint
from millrace.domain.upload import MAX_COLUMNS, Compression, FileFormat, Format

HEAD_BYTES = 64 * 1024
PARQUET_MAGIC = b"PAR1"
SAVE_AS_UTF8 = "save the file as CSV in UTF-8, or as Parquet"
COMPRESSED = {Compression.GZIP: b"\x1f\x8b", Compression.ZSTD: b"\x28\xb5\x2f\xfd"}
UTF16 = (b"\xff\xfe", b"\xfe\xff")
MARK = "\ufeff"  # of byte order
NO_HEADER = re.compile(r"""\s*"?sep=[^\r\n"]{0,2}"?[\t ]*(\r|\n)""", re.IGNORECASE)  # for spreadsheet programs only
# What a file that is none of our formats begins with, and what it is then.
FOREIGN = {
    b"PK\x03\x04": "a zip archive or a spreadsheet",
    b"BZh": "bzip2-compressed",
    b"\xfd7zXZ\x00": "xz-compressed",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet",
}
# A spec outlives the upload that it came with, so a wrong one must be replaced, not left out.
REPLACE_SPEC = "the spec.yaml kept with the dataset says so: replace it, with `millrace train` by --target or --spec"


@dataclass(frozen=True, slots=True)
class Head:
    """What a text's first bytes say: its column names as written, and by what its values are separated.

    JSON Lines have neither: each line names its own columns.
    """

    written: tuple[str, ...] = ()
    dialect: Dialect | None = None
    encoding: str = "utf-8"

    @property
    def names(self) -> tuple[str, ...]:
        """The column names, without surrounding blanks, nor what is left of a byte order mark that stood twice."""
        return tuple(name.removeprefix(MARK).strip() for name in self.written)


def columns(format_: FileFormat, head: bytes, size: int, file: str) -> tuple[str, ...] | None:
    """The column names in the first bytes of a file of `size` bytes; None where they can't be known from these.

    That is Parquet, JSON Lines, and zstd. Raises Rejected with a code for everything that can't become a dataset.
    """
    check_magic(format_, head, file)
    if format_.rows is Format.PARQUET or format_.compression is Compression.ZSTD:
        return None
    content, whole = head, len(head) >= size
    if format_.compression is Compression.GZIP:
        content, whole = unzip(head, size, file)
    return look(format_.rows, content, whole=whole, file=file).names or None


def check_magic(format_: FileFormat, head: bytes, file: str) -> None:
    """Raise Rejected for an empty file (empty_file), and for one that isn't what its name says (wrong_format)."""
    if not head:
        raise _empty(file, "the file is empty")
    for magic, what in FOREIGN.items():
        if head.startswith(magic):
            raise Rejected(
                f"the file is {what}", code="wrong_format", field=file, hint="upload CSV, JSON Lines or Parquet"
            )
    found = next((name for name, magic in COMPRESSED.items() if head.startswith(magic)), None)
    is_parquet = head.startswith(PARQUET_MAGIC)
    if found is not format_.compression or is_parquet != (format_.rows is Format.PARQUET):
        said = f"{format_.rows} in {format_.compression}" if format_.compression else f"{format_.rows}"
        is_ = "Parquet" if is_parquet else found or "neither compressed nor Parquet"
        raise Rejected(
            f"the file is named as {said}, and its first bytes say that it is {is_}",
            code="wrong_format",
            field=file,
            hint="name the file by what it is: .csv, .jsonl, .csv.gz, .csv.zst or .parquet",
        )


def unzip(head: bytes, size: int, file: str) -> tuple[bytes, bool]:
    """At most `HEAD_BYTES` of what a gzip file of `size` bytes holds, and whether that is all. Raises Rejected."""
    content, rest, ended = b"", head, False
    try:
        while rest and len(content) < HEAD_BYTES:
            member = zlib.decompressobj(wbits=31)
            content += member.decompress(rest, HEAD_BYTES - len(content))
            rest, ended = member.unused_data, member.eof
            if not ended:
                break
    except zlib.error as error:
        raise unreadable(Compression.GZIP, file) from error
    if len(head) >= size and not ended and len(content) < HEAD_BYTES:
        raise unreadable(Compression.GZIP, file)
    return content, ended and not rest and len(head) >= size


def unreadable(compression: Compression, file: str) -> Rejected:
    """What to say of a compressed file that is damaged or cut."""
    return Rejected(
        f"the {compression} file is damaged or cut short",
        code="unreadable_file",
        field=file,
        hint=f"upload the whole file; check it with `{compression} --test`",
    )


def look(rows: Format, content: bytes, *, whole: bool, file: str) -> Head:
    """Decode the first bytes of a text, sniff its delimiter and check its header. Raises Rejected."""
    encoding = "utf-16" if content.startswith(UTF16) else "utf-8"
    text = _text(content, encoding, whole=whole, file=file)
    if rows is Format.JSON_LINES:
        _check_object(text, whole=whole, file=file)
        return Head(encoding=encoding)
    dialect = sniff(text, whole=whole)
    return Head(_header(text, dialect, whole=whole, file=file), dialect, encoding)


def _text(content: bytes, encoding: str, *, whole: bool, file: str) -> str:
    decoder = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)()
    try:
        text = decoder.decode(content, final=whole)
    except UnicodeDecodeError as error:
        raise undecodable(file, 1 + content[: error.start].count(b"\n")) from error
    if "\x00" in text:
        raise undecodable(file, 1 + text[: text.index("\x00")].count("\n"))
    return text if encoding == "utf-8" else text.removeprefix(MARK)  # the job reads it as UTF-8 with one more mark


def undecodable(file: str, line: int) -> Rejected:
    """What to say of bytes that are no text."""
    return Rejected(
        f"line {line} is neither UTF-8 nor UTF-16 text", code="undecodable", field=f"{file}:{line}", hint=SAVE_AS_UTF8
    )


def _check_object(text: str, *, whole: bool, file: str) -> None:
    """The first line must be an object; what a later one holds is for the job to judge."""
    lines = (line for line in text.split("\n") if line.strip())
    first = next(lines, None)
    if first is None:
        raise _empty(file, "the file holds no lines")
    if not whole and next(lines, None) is None:
        return  # cut inside of its first line
    try:
        is_object = isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        is_object = False
    if not is_object:
        raise no_object(file, 1 + text[: text.index(first)].count("\n"))


def no_object(file: str, line: int) -> Rejected:
    """What to say of a line of JSON Lines that is something else."""
    return Rejected(
        f"line {line} is no JSON object",
        code="unreadable_file",
        field=f"{file}:{line}",
        hint='write one object a line, such as {"age": 30, "city": "Paris"}',
    )


def _header(text: str, dialect: Dialect, *, whole: bool, file: str) -> tuple[str, ...]:
    """The first record's names, checked. What a later record holds is for the job to judge, which reads them all."""
    if NO_HEADER.match(text):
        raise Rejected(
            "line 1 tells a program what separates the columns; it is no header",
            code="too_few_columns",
            field=f"{file}:1",
            hint="take that line out: what separates the columns is found without it",
        )
    found = (record for record in records(text, dialect.delimiter) if record)
    try:
        names = tuple(next(found, ()))
    except csv.Error as error:
        raise Rejected(
            f"the header is not CSV, or longer than {HEAD_BYTES} bytes",
            code="unreadable_file",
            field=f"{file}:1",
            hint="check the quotes in line 1",
        ) from error
    try:
        more = next(found, None) is not None
    except csv.Error:
        more = True
    if not whole and not more:
        raise Rejected(
            f"the header is longer than {HEAD_BYTES} bytes",
            code="header_too_long",
            field=f"{file}:1",
            hint="shorten the names",
        )
    if not names:
        raise _empty(file, "the file has no header")
    check_names(names)
    if not more:
        raise no_rows(file)
    return names


def no_rows(file: str) -> Rejected:
    """What to say of a table without rows."""
    return Rejected("the file has a header and no rows", code="no_rows", field=file, hint="add the rows")


def _empty(file: str, message: str) -> Rejected:
    return Rejected(message, code="empty_file", field=file, hint="upload a table with a header and rows")


def check_names(names: Sequence[str], *, least: int = 2) -> None:
    """Raise Rejected for names that can't be those of a dataset's columns; blanks around them don't count."""
    names = [name.strip() for name in names]
    if len(names) > MAX_COLUMNS:
        raise Rejected(
            f"the file has {len(names)} columns and {MAX_COLUMNS} are allowed",
            code="too_many_columns",
            field="header",
            hint="leave out the columns that can't matter, or upload fewer of them",
        )
    for position, name in enumerate(names, start=1):
        if not name:
            raise Rejected(
                f"column {position} has no name",
                code="unnamed_column",
                field=f"column {position}",
                hint="give each column a name in the header",
            )
    for name, count in Counter(names).items():
        if count > 1:
            raise Rejected(
                f"{count} columns are named {name!r}",
                code="duplicate_column",
                field=name,
                hint="give each column a name of its own",
            )
    if len(names) < least:
        raise Rejected(
            "the file has one column; a target and a feature are needed",
            code="too_few_columns",
            field="header",
            hint="separate the columns by commas, semicolons, tabs or bars, the same in each line",
        )


def check_spec(spec: Spec, names: Sequence[str]) -> None:
    """Raise Rejected(code="unknown_column") for a column that the spec names and the header lacks."""
    asked = [("target", spec.target), *(("features", name) for name in spec.features or ())]
    asked += [("exclude", name) for name in spec.exclude]
    asked += [("time", spec.time_column), ("group", spec.group), ("weights", spec.weights)]
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

"""What can be refused by a file's first bytes."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millrace.domain import head
from millrace.domain.errors import Rejected
from millrace.domain.spec import IN_ORDER, UNORDERED, Spec
from millrace.domain.upload import Compression, FileFormat, Format

CSV, PARQUET, LINES = FileFormat(Format.CSV), FileFormat(Format.PARQUET), FileFormat(Format.JSON_LINES)
CSV_GZ, CSV_ZST = FileFormat(Format.CSV, Compression.GZIP), FileFormat(Format.CSV, Compression.ZSTD)


def columns(content: bytes, format_: FileFormat = CSV) -> tuple[str, ...] | None:
    return head.columns(format_, content[: head.HEAD_BYTES], len(content), "file")


def refusal(content: bytes, format_: FileFormat = CSV) -> Rejected:
    with pytest.raises(Rejected) as caught:
        columns(content, format_)
    return caught.value


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b"a,b\n1,2\n", ("a", "b")),
        (b"a,b\r\n1,2\r\n", ("a", "b")),
        (b"a,b\r1,2\r", ("a", "b")),
        (b"\xef\xbb\xbfa,b\n1,2", ("a", "b")),
        (b"\xef\xbb\xbf\xef\xbb\xbfa,b\n1,2", ("a", "b")),
        ("\ufeffa,b\n1,2".encode("utf-16"), ("a", "b")),
        (b'"a,1","b ""x"""\n1,2', ("a,1", 'b "x"')),
        (b'"two\nlines",b\n1,2', ("two\nlines", "b")),
        (b"\n\na,b\n1,2\n", ("a", "b")),
        (b" a ,\tb\n1,2\n", ("a", "b")),
        ("größe,город\n1,2\n".encode(), ("größe", "город")),
    ],
)
def test_headers_that_are_read(content: bytes, names: tuple[str, ...]) -> None:
    assert columns(content) == names


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\n\n\n", "empty_file"),
        (b"\xef\xbb\xbf", "empty_file"),
        (b"a,b\n", "no_rows"),
        (b"a,b", "no_rows"),
        (b"a,b\n\n\n", "no_rows"),
        (b"a\n1\n", "too_few_columns"),
        (b"a,\n1,2\n", "unnamed_column"),
        (b"a, ,c\n1,2,3\n", "unnamed_column"),
        (b"a,b,a\n1,2,3\n", "duplicate_column"),
        (b"a,b, a\n1,2,3\n", "duplicate_column"),
        (b'"a,b\n1,2\n', "unreadable_file"),
        (b"a,b\xff\n1,2\n", "undecodable"),
        (b"a,b\x00\n1,2\n", "undecodable"),
        (b"\xff\xfea\x00,\x00b\x00\n\x00", "no_rows"),
        (b"\xff\xfea\x00,\x00b", "undecodable"),
        (b"\x1f\x8b\x08\x00", "wrong_format"),
        (b"PK\x03\x04rest", "wrong_format"),
        (b"PAR1rest", "wrong_format"),
    ],
)
def test_headers_that_are_refused(content: bytes, code: str) -> None:
    assert refusal(content).code == code


@pytest.mark.parametrize("line", [b"sep=;", b'"sep=,"', b"SEP=|", b"\xef\xbb\xbfsep=\t"])
def test_a_line_for_spreadsheet_programs_is_named(line: bytes) -> None:
    told = refusal(line + b"\r\na;b\r\n1;2\r\n")
    assert (told.code, told.field) == ("too_few_columns", "file:1")
    assert told.hint is not None
    assert "take that line out" in told.hint


def test_a_column_may_be_called_sep() -> None:
    assert columns(b"sep=x,b\n1,2\n") == ("sep=x", "b")


def test_gzip_is_looked_into_member_by_member() -> None:
    content = gzip.compress(b"a;b\n") + gzip.compress(b"1;2\n")
    assert columns(content, CSV_GZ) == ("a", "b")
    assert refusal(gzip.compress(b"a;b\n"), CSV_GZ).code == "no_rows"
    assert refusal(gzip.compress(b""), CSV_GZ).code == "empty_file"
    assert columns(gzip.compress(b"a\tb\n" + b"1\t2\n" * 10**6), CSV_GZ) == ("a", "b")
    assert refusal(content[:-5], CSV_GZ).code == "unreadable_file"
    assert refusal(b"\x1f\x8b\x08\x00" + b"\xff" * 40, CSV_GZ).code == "unreadable_file"


def test_what_only_the_job_can_know_passes() -> None:
    assert columns(b"\x28\xb5\x2f\xfd...", CSV_ZST) is None
    assert columns(b'\n{"a": 1}\n[]', LINES) is None
    assert columns(b'{"a": "' + b"x" * head.HEAD_BYTES + b'"}\n', LINES) is None


@pytest.mark.parametrize("content", [b"[1, 2]\n", b"a,b\n1,2\n", b"[" * 50_000, b'{"a": 1\n'])
def test_json_lines_begin_with_an_object(content: bytes) -> None:
    refused = refusal(content, LINES)
    assert (refused.code, refused.field) == ("unreadable_file", "file:1")


def test_a_duplicate_is_named() -> None:
    assert refusal(b"a,b,b\n1,2,3\n").field == "b"


@pytest.mark.parametrize(("content", "code"), [(b"a,b\n1,2\n", "wrong_format"), (b"", "empty_file")])
def test_parquet_must_begin_as_parquet(content: bytes, code: str) -> None:
    assert refusal(content, PARQUET).code == code
    assert columns(b"PAR1....PAR1", PARQUET) is None


def test_a_character_cut_by_the_limit_is_no_error() -> None:
    line = "ä,b\n".encode()
    for shift in range(3):
        rows = b"a" * shift + line + "ää,1\n".encode() * head.HEAD_BYTES
        assert columns(rows) == ("a" * shift + "ä", "b")


def test_a_header_beyond_the_limit_is_refused() -> None:
    assert refusal(b"a," * head.HEAD_BYTES + b"b\n1,2\n").code == "header_too_long"


def test_a_row_cut_in_its_quotes_is_no_error() -> None:
    assert columns(b'a,b\n"' + b"x" * head.HEAD_BYTES + b'",1\n') == ("a", "b")


@given(names=st.lists(st.text("abc,\"\n' ;ä", min_size=1).map(str.strip).filter(bool), min_size=2, unique=True))
def test_quoted_names_come_back(names: list[str]) -> None:
    quoted = ",".join('"' + name.replace('"', '""') + '"' for name in names)
    assert columns(f"{quoted}\n1,2\n".encode()) == tuple(names)


@given(content=st.binary(max_size=200), format_=st.sampled_from([CSV, PARQUET, LINES, CSV_GZ, CSV_ZST]))
def test_no_bytes_break_it(content: bytes, format_: FileFormat) -> None:
    code = None
    try:
        columns(content, format_)
    except Rejected as error:
        code = error.code
    assert code != Rejected.code  # each refusal says which it is


@pytest.mark.parametrize(
    ("spec", "field", "hint"),
    [
        (Spec(target="clas"), "target", "did you mean 'class'?"),
        (Spec(features=("age", "xyz")), "features", None),
        (Spec(exclude=("City",)), "exclude", "did you mean 'city'?"),
        (Spec(time="ages"), "time", "did you mean 'age'?"),
        (Spec(group="town"), "group", None),
        (Spec(weights="w"), "weights", None),
    ],
)
def test_a_column_that_is_not_there_is_named(spec: Spec, field: str, hint: str | None) -> None:
    with pytest.raises(Rejected) as caught:
        head.check_spec(spec, ("age", "city", "class"))
    assert (caught.value.code, caught.value.field) == ("unknown_column", field)
    assert caught.value.hint == (f"{hint} {head.REPLACE_SPEC}" if hint else head.REPLACE_SPEC)


def test_columns_that_are_there_pass() -> None:
    head.check_spec(Spec(), ("age", "class"))
    head.check_spec(Spec(time=UNORDERED, group="age", weights="class"), ("age", "class"))
    head.check_spec(Spec(time=IN_ORDER), ("age", "class"))
    head.check_spec(Spec(target="class", features=("age",), exclude=("city",)), ("age", "city", "class"))

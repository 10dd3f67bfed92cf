"""What can be refused by a file's first bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millrace.domain import head
from millrace.domain.errors import Rejected
from millrace.domain.spec import Spec
from millrace.domain.upload import Format


def columns(content: bytes, format_: Format = Format.CSV) -> tuple[str, ...] | None:
    return head.columns(format_, content[: head.HEAD_BYTES], len(content))


def refusal(content: bytes, format_: Format = Format.CSV) -> Rejected:
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
        (b"a;b\n1;2\n", "too_few_columns"),
        (b"a,\n1,2\n", "unnamed_column"),
        (b"a, ,c\n1,2,3\n", "unnamed_column"),
        (b"a,b,a\n1,2,3\n", "duplicate_column"),
        (b"a,b, a\n1,2,3\n", "duplicate_column"),
        (b'"a,b\n1,2\n', "unreadable_file"),
        (b"a,b\xff\n1,2\n", "undecodable"),
        (b"a,b\x00\n1,2\n", "undecodable"),
        (b"\xff\xfea\x00,\x00b\x00\n\x00", "wrong_format"),
        (b"\x1f\x8b\x08\x00", "wrong_format"),
        (b"PK\x03\x04rest", "wrong_format"),
        (b"PAR1rest", "wrong_format"),
    ],
)
def test_headers_that_are_refused(content: bytes, code: str) -> None:
    assert refusal(content).code == code


def test_another_delimiter_is_named() -> None:
    hint = refusal(b"a;b;c\n1;2;3\n").hint
    assert hint is not None
    assert "semicolons" in hint


def test_a_duplicate_is_named() -> None:
    assert refusal(b"a,b,b\n1,2,3\n").field == "b"


@pytest.mark.parametrize(("content", "code"), [(b"a,b\n1,2\n", "wrong_format"), (b"", "empty_file")])
def test_parquet_must_begin_as_parquet(content: bytes, code: str) -> None:
    assert refusal(content, Format.PARQUET).code == code
    assert columns(b"PAR1....PAR1", Format.PARQUET) is None


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


@given(content=st.binary(max_size=200), format_=st.sampled_from(Format))
def test_no_bytes_break_it(content: bytes, format_: Format) -> None:
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
    ],
)
def test_a_column_that_is_not_there_is_named(spec: Spec, field: str, hint: str | None) -> None:
    with pytest.raises(Rejected) as caught:
        head.check_spec(spec, ("age", "city", "class"))
    assert (caught.value.code, caught.value.field) == ("unknown_column", field)
    assert caught.value.hint == (f"{hint} {head.REPLACE_SPEC}" if hint else head.REPLACE_SPEC)


def test_columns_that_are_there_pass() -> None:
    head.check_spec(Spec(), ("age", "class"))
    head.check_spec(Spec(target="class", features=("age",), exclude=("city",)), ("age", "city", "class"))

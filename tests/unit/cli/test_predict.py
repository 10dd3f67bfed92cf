from __future__ import annotations

import base64
from pathlib import Path

import pytest

from millrace.cli.api import encoded
from millrace.cli.predict import BATCH, batches, in_file, key_of, lacking, numbered_rows, read_rows
from millrace.cli.saved import Saved
from millrace.cli.session import Options, Session
from millrace.domain.errors import InvalidInput, Unauthenticated
from millrace.edge import limits


def file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_csv_s_values_are_sent_as_written(tmp_path: Path) -> None:
    text = '\ufeffa,"b ""x"""\r\n1,"two\nlines"\r\n\r\n,é\r\n'
    rows = list(read_rows(file(tmp_path, "x.csv", text.encode())))
    assert rows == [{"a": "1", 'b "x"': "two\nlines"}, {"a": "", 'b "x"': "é"}]


def test_json_lines_keep_their_types(tmp_path: Path) -> None:
    rows = list(read_rows(file(tmp_path, "x.jsonl", b'{"a": 1, "b": null}\n\n{"a": true, "b": "x"}\n')))
    assert rows == [{"a": 1, "b": None}, {"a": True, "b": "x"}]


@pytest.mark.parametrize(
    ("name", "content", "where"),
    [
        ("x.csv", b"a,b\n1,2\n1,2,3\n", ":3"),
        ("x.csv", b'a,b\n1,"2"x\n', ":2"),
        ("x.jsonl", b'{"a": 1}\n{"a"\n', ":2"),
        ("x.jsonl", b"[1]\n", ":1"),
        ("x.csv", b"a\n\xff\n", ""),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, name: str, content: bytes, where: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        list(read_rows(file(tmp_path, name, content)))
    assert refused.value.field == f"{tmp_path / name}{where}"


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    assert list(read_rows(file(tmp_path, "x.csv", b""))) == []
    assert list(batches([])) == []


@pytest.mark.parametrize("name", ["x.parquet", "x.xlsx", "x"])
def test_another_format_is_refused_by_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        list(read_rows(file(tmp_path, name, b"PAR1")))
    assert refused.value.code == "unsupported_format"
    assert ".csv, .jsonl" in (refused.value.hint or "")


def test_another_delimiter_is_read(tmp_path: Path) -> None:
    assert list(read_rows(file(tmp_path, "x.csv", b"a;b\n1,5;2\n"))) == [{"a": "1,5", "b": "2"}]


def test_each_row_knows_the_line_it_begins_on(tmp_path: Path) -> None:
    content = b'a,b\n1,"two\nlines"\n\n3,4\n5,6\n'
    assert [line for line, _ in numbered_rows(file(tmp_path, "x.csv", content))] == [2, 5, 6]
    assert [line for line, _ in numbered_rows(file(tmp_path, "x.jsonl", b'{"a": 1}\n\n{"a": 2}\n'))] == [1, 3]


def test_a_refused_row_is_named_by_its_line() -> None:
    unknown = InvalidInput("'x' is not an input", code="unknown_field", field="rows[0].x")
    assert in_file(unknown, Path("x.csv"), [2]).hint == "leave columns out with --without NAME"
    told = InvalidInput("row 1 has no field", code="empty_row", field="rows[1].a b", hint="fill it")
    here = in_file(told, Path("x.csv"), [2, 5])
    assert (here.field, here.message, here.code, here.hint) == (
        "x.csv:5.a b",
        "line 5 has no field",
        "empty_row",
        "fill it",
    )
    for field in ("rows", "model", "rows[2].x", None):
        other = InvalidInput("it", field=field)
        assert in_file(other, Path("x.csv"), [2, 5]) is other


def test_rows_are_sent_in_parts() -> None:
    rows = [(number, {"a": number}) for number in range(2 * BATCH + 1)]
    parts = list(batches(rows))
    assert [len(part) for part in parts] == [BATCH, BATCH, 1]
    assert [row for part in parts for row in part] == rows


def test_wide_rows_are_sent_in_parts_that_an_event_carries() -> None:
    wide = {f"column_{number}": "größe" * 4 for number in range(2000)}
    rows = [(number, {"id": number, **wide}) for number in range(300)]
    parts = list(batches(rows))
    assert [row for part in parts for row in part] == rows
    bodies = [encoded({"rows": [row for _, row in part]}) for part in parts]
    assert len(bodies) > 1
    assert max(len(base64.b64encode(body)) for body in bodies) <= limits.REQUEST_BYTES
    assert min(len(base64.b64encode(body)) for body in bodies[:-1]) > 0.9 * limits.REQUEST_BYTES


def test_a_row_that_fits_no_call_is_sent_alone() -> None:
    rows = [(2, {"a": "x"}), (3, {"a": "x" * limits.REQUEST_BYTES}), (4, {"a": "x"})]
    assert list(batches(rows)) == [[row] for row in rows]


def key_text(tenant: str) -> str:
    return f"mr_{tenant}.{'0' * 16}.{'A' * 43}"


@pytest.mark.parametrize(
    ("meant", "saved", "exported", "sent"),
    [
        ("acme", ["acme"], "demo", "saved"),
        ("acme", ["acme"], "acme", "exported"),
        ("acme", [], "acme", "exported"),
        ("acme", ["acme"], None, "saved"),
        ("acme", ["acme"], "nonsense", "saved"),
        (None, [], "demo", "exported"),
    ],
)
def test_an_exported_key_is_sent_for_its_own_tenant_only(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    meant: str | None,
    saved: list[str],
    exported: str | None,
    sent: str,
) -> None:
    monkeypatch.setenv("MILLRACE_STATE", str(tmp_path))
    session = Session(Options(tenant=meant))
    Saved(keys={tenant: f"the saved key of {tenant}" for tenant in saved}).write(session.saved_path)
    text = key_text(exported) if exported not in (None, "nonsense") else exported
    assert key_of(meant, session, text) == {"saved": f"the saved key of {meant}", "exported": text}[sent]


def test_without_a_key_of_the_tenant_the_exported_one_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MILLRACE_STATE", str(tmp_path))
    for exported, words in ((key_text("demo"), "MILLRACE_KEY is of demo"), ("x", "MILLRACE_KEY is not a key of ours")):
        with pytest.raises(Unauthenticated, match=f"no key of acme is saved here, and {words}") as refused:
            key_of("acme", Session(Options(tenant="acme")), exported)
        assert refused.value.hint == "millrace keys create --save --tenant acme"


def test_columns_can_be_left_out() -> None:
    assert lacking({"a": 1, "class": "x"}, ["class"]) == {"a": 1}
    with pytest.raises(InvalidInput) as refused:
        lacking({"a": 1, "class": "x"}, ["Class"])
    assert refused.value.hint == "did you mean 'class'?"

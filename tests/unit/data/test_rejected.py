"""Each way in which a file can't be read, by the job's reader and by the look of `admit` that comes before it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pa_parquet
import pytest

from millrace.data import cells, features, source, split, target
from millrace.data.read import read
from millrace.domain import head
from millrace.domain.errors import Rejected
from millrace.domain.spec import Spec, Task
from millrace.domain.upload import format_of
from tests.zipped import zipped

ROWS = b"a,b\n" + b"".join(b"%d,x%d\n" % (i, i * i) for i in range(20_000))


def zstd(content: bytes) -> bytes:
    packed: bytes = pa.Codec("zstd").compress(content, asbytes=True)
    return packed


def parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pa_parquet.write_table(table, buffer)
    return buffer.getvalue()


PARQUET = parquet(pa.table({"a": list(range(1000)), "b": list(range(1000))}))


@dataclass(frozen=True)
class Case:
    file: str
    content: bytes
    code: str
    field: str
    early: bool = False  # whether the first bytes are enough


CASES = (
    Case("d.csv", b"", "empty_file", "d.csv", early=True),
    Case("d.parquet", b"", "empty_file", "d.parquet", early=True),
    Case("d.csv", b"\n\n", "empty_file", "d.csv", early=True),
    Case("d.csv.gz", zipped(b""), "empty_file", "d.csv.gz", early=True),
    Case("d.csv.zst", zstd(b"\n"), "empty_file", "d.csv.zst"),
    Case("d.jsonl", b"\n \n", "empty_file", "d.jsonl", early=True),
    Case("d.csv", b"a,b\n", "no_rows", "d.csv", early=True),
    Case("d.csv", b"\xef\xbb\xbfa;b", "no_rows", "d.csv", early=True),
    Case("d.csv.gz", zipped(b"a,b\n"), "no_rows", "d.csv.gz", early=True),
    Case("d.parquet", parquet(pa.table({"a": pa.nulls(0), "b": pa.nulls(0)})), "no_rows", "d.parquet"),
    Case("d.csv", b"a,b\n1,2\n3\n", "ragged_row", "d.csv:3"),
    Case("d.csv", b"a;b\n1;2;3\n3;4\n5;6\n", "ragged_row", "d.csv:2"),
    Case("d.csv", b'a,b\n"1\n2",3\n4\n', "ragged_row", "d.csv:4"),
    Case("d.csv.gz", zipped(ROWS + b"1\n"), "ragged_row", "d.csv.gz:20002"),
    Case("d.csv.zst", zstd(ROWS + b"1\n"), "ragged_row", "d.csv.zst:20002"),
    Case("d.txt", "a\tb\n1\t2\n3\n".encode("utf-16"), "ragged_row", "d.txt:3"),
    Case("d.csv", b"a,b\n1,\xff\n", "undecodable", "d.csv:2", early=True),
    Case("d.csv", ROWS + b"1,\xff\n", "undecodable", "d.csv:20002"),
    Case("d.csv", b"a,b\n1,\x00\n", "undecodable", "d.csv:2", early=True),
    Case("d.csv", "a,b\n1,ü\n".encode("utf-16")[:-1], "undecodable", "d.csv:2", early=True),
    Case("d.csv", (ROWS.decode() + "x").encode("utf-16")[:-1], "undecodable", "d.csv:20002"),
    Case("d.jsonl", b'{"a": 1, "b": 2}\n{"a": "\xff"}\n', "undecodable", "d.jsonl:2", early=True),
    Case("d.jsonl", b'{"a": 1, "b": "\\ud83d\\ude00"}\n{"a": 1, "b": "\\ud83d"}\n', "undecodable", "d.jsonl:2"),
    Case("d.csv", ROWS + b'"1,2\n', "unreadable_file", "d.csv:20002"),
    Case("d.csv.gz", zipped(ROWS[:900])[:-9], "unreadable_file", "d.csv.gz", early=True),
    Case("d.csv.gz", zipped(ROWS[:900])[:-7] + b"1234567", "unreadable_file", "d.csv.gz", early=True),
    Case("d.csv.zst", zstd(ROWS)[:-9], "unreadable_file", "d.csv.zst"),
    Case("d.csv.zst", zstd(ROWS)[:8] + b"\xff" * 9, "unreadable_file", "d.csv.zst"),
    Case("d.parquet", PARQUET[:-20], "unreadable_file", "d.parquet"),
    Case("d.parquet", b"PAR1 and nothing else", "unreadable_file", "d.parquet"),
    Case("d.parquet", PARQUET[:40] + b"\xff" * 400 + PARQUET[440:], "unreadable_file", "d.parquet"),
    Case("d.jsonl", b'{"a": 1, "b": 2}\n{"a": 1\n', "unreadable_file", "d.jsonl:2"),
    Case("d.jsonl", b'{"a": 1, "b": 2}\n7\n', "unreadable_file", "d.jsonl:2"),
    Case("d.jsonl", b"[]\n", "unreadable_file", "d.jsonl:1", early=True),
    Case("d.jsonl", b'{"a": 1, "b": 2}\n{"a": 1, "b": [1]}\n', "nested_value", "b"),
    Case("d.jsonl", b'{"a": {"x": 1}, "b": 2}\n', "nested_value", "a"),
    Case("d.jsonl", b'{"a": 1, "b": 2}\n{"a": 1, "a ": 2}\n', "duplicate_column", "a"),
    Case("d.jsonl", b'{"a": 1, " ": 2}\n', "unnamed_column", "column 2"),
    Case("d.jsonl", b'{"a": 1}\n', "too_few_columns", "header"),
    Case("d.csv", b"a,,c\n1,2,3\n", "unnamed_column", "column 2", early=True),
    Case("d.csv", b"a, a\n1,2\n", "duplicate_column", "a", early=True),
    Case("d.parquet", parquet(pa.table([pa.nulls(1), pa.nulls(1)], names=["a", "a "])), "duplicate_column", "a"),
    Case("d.parquet", parquet(pa.table([pa.nulls(1), pa.nulls(1)], names=["a", ""])), "unnamed_column", "column 2"),
    Case("d.csv", b"a\n1\n", "too_few_columns", "header", early=True),
    Case("d.parquet", parquet(pa.table({"a": [1]})), "too_few_columns", "header"),
    Case("d.csv", b",".join(b"c%d" % i for i in range(2001)) + b"\n1\n", "too_many_columns", "header", early=True),
    Case("d.parquet", parquet(pa.table({f"c{i}": [1] for i in range(2001)})), "too_many_columns", "header"),
    Case("d.csv", b"n," * 40_000 + b"n\n1\n", "header_too_long", "d.csv:1", early=True),
    Case("d.csv", b"PK\x03\x04rest", "wrong_format", "d.csv", early=True),
    Case("d.csv", PARQUET, "wrong_format", "d.csv", early=True),
    Case("d.csv", zipped(ROWS), "wrong_format", "d.csv", early=True),
    Case("d.csv.gz", ROWS, "wrong_format", "d.csv.gz", early=True),
    Case("d.csv.zst", zipped(ROWS), "wrong_format", "d.csv.zst", early=True),
    Case("d.parquet", ROWS, "wrong_format", "d.parquet", early=True),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code}-{case.file}")
def test_a_bad_file_is_refused_with_its_place(case: Case, tmp_path: Path) -> None:
    path = tmp_path / case.file
    path.write_bytes(case.content)
    with pytest.raises(Rejected) as refused:
        read(path)
    assert (refused.value.code, refused.value.field) == (case.code, case.field)
    assert refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code}-{case.file}")
def test_admit_refuses_what_it_can_know_and_nothing_else(case: Case) -> None:
    def look() -> None:
        head.columns(format_of(case.file), case.content[: head.HEAD_BYTES], len(case.content), case.file)

    if not case.early:
        look()
        return
    with pytest.raises(Rejected) as refused:
        look()
    assert (refused.value.code, refused.value.field) == (case.code, case.field)


@pytest.mark.parametrize("pack", [zipped, zstd])
def test_a_decompression_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, pack: object) -> None:
    assert callable(pack)
    path = tmp_path / f"d.csv.{'gz' if pack is zipped else 'zst'}"
    path.write_bytes(pack(b"a,b\n" + b"1,2\n" * (50 * 2**20)))
    pool = pa.default_memory_pool()
    before = pool.bytes_allocated()
    with pytest.raises(Rejected) as refused:
        read(path)
    assert (refused.value.code, refused.value.field) == ("decompression_bomb", path.name)
    assert pool.max_memory() - before < 600 * 2**20


def test_more_text_than_allowed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_BYTES", 100_000)
    for name, content, code in (
        ("d.csv", ROWS, "too_large"),
        ("d.csv.gz", zipped(ROWS), "decompression_bomb"),
        ("d.csv.zst", zstd(ROWS), "decompression_bomb"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(Rejected) as refused:
            read(tmp_path / name)
        assert (refused.value.code, refused.value.field) == (code, name)


@pytest.mark.parametrize("file", ["d.csv", "d.parquet"])
def test_more_cells_than_allowed_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    monkeypatch.setattr("millrace.data.read.MAX_CELLS", 1999)
    (tmp_path / file).write_bytes(ROWS if file == "d.csv" else PARQUET)
    with pytest.raises(Rejected) as refused:
        read(tmp_path / file)
    assert (refused.value.code, refused.value.field) == ("too_large", file)
    assert cells.MAX_CELLS == 400_000_000


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("d.csv", b"a;b\n1;x\n2;y\n"),
        ("d.csv.gz", zipped(b"a,b\n1,x\n2,y\n")),
        ("d.jsonl", b'{"a": 1, "b": "x"}\n{"a": 2, "b": "y"}\n'),
        ("d.parquet", parquet(pa.table({"a": [1, 2], "b": ["x", "y"]}))),
    ],
)
def test_what_the_spec_and_the_split_need_is_asked_of_every_format(tmp_path: Path, file: str, content: bytes) -> None:
    (tmp_path / file).write_bytes(content)
    table = read(tmp_path / file)
    for spec, field in ((Spec(target="nobody"), "target"), (Spec(features=("c",)), "features")):
        with pytest.raises(Rejected) as refused:
            features.choose(table, spec, target.choose_column(spec, list(table.columns))[0], Task.BINARY)
        assert (refused.value.code, refused.value.field) == ("unknown_column", field)
    with pytest.raises(Rejected) as refused:
        split.split(table, None)
    assert refused.value.code == "too_few_rows"
    assert "2 rows" in refused.value.message

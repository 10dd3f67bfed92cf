from __future__ import annotations

import gzip
import io
import tracemalloc

import pytest

from millrace.domain import truth_file
from millrace.domain.errors import Rejected
from millrace.domain.truth_file import Row, rows
from tests.zipped import zipped

CSV = b"inference_id,truth\na,1\nb,ja\n"
FOUND = [Row(2, "a", "1"), Row(3, "b", "ja")]


def read(content: bytes, file: str = "labels.csv") -> list[Row]:
    return list(rows(io.BytesIO(content), file))


def refused(content: bytes, file: str = "labels.csv") -> Rejected:
    with pytest.raises(Rejected) as caught:
        read(content, file)
    return caught.value


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("labels.csv", CSV),
        ("labels.CSV", CSV.replace(b"\n", b"\r\n")),
        ("labels.tsv", CSV.replace(b",", b"\t")),
        ("labels.txt", CSV.replace(b",", b";")),
        ("labels.csv", b"\xef\xbb\xbf" + CSV),
        ("labels.csv", CSV.decode().encode("utf-16")),
        ("labels.csv.gz", zipped(CSV)),
        ("labels.csv.gz", zipped(CSV[:20]) + zipped(CSV[20:])),
        ("labels.csv", b"when|truth | inference_id\nnow|1|a\nnow|ja|b\n"),
    ],
)
def test_csv_of_any_delimiter_with_columns_in_any_order(file: str, content: bytes) -> None:
    assert read(content, file) == FOUND


def test_json_lines_keep_their_types() -> None:
    content = b'{"inference_id": "a", "truth": 1}\n\n{"truth": true, "inference_id": "b", "more": []}\n{}\n'
    found = [Row(1, "a", 1), Row(3, "b", True), Row(4)]
    assert read(content, "labels.jsonl") == found
    assert read(zipped(content), "labels.ndjson.gz") == found


def test_a_row_s_line_is_told_where_values_hold_line_ends() -> None:
    assert read(b'inference_id,truth,why\na,1,"two\nlines"\nb,2,\n') == [Row(3, "a", "1"), Row(4, "b", "2")]


def test_a_row_that_can_t_be_read_is_one_fault_and_the_others_are_read() -> None:
    first, ragged, last = read(b"inference_id,truth\na,1\nb,2,3\nc,4\n")
    assert (first.id, last.id) == ("a", "c")
    assert ragged.fault is not None
    assert (ragged.fault.code, ragged.fault.field) == ("ragged_row", "labels.csv:3")
    _, odd, _ = read(b'{"inference_id": "a"}\n[1]\n{}\n', "labels.jsonl")
    assert odd.fault is not None
    assert (odd.fault.code, odd.fault.field) == ("unreadable_file", "labels.jsonl:2")


@pytest.mark.parametrize(
    ("file", "content", "code", "field"),
    [
        ("labels.csv", b"", "empty_file", "labels.csv"),
        ("labels.csv", b"inference_id,truth\n", "no_rows", "labels.csv"),
        ("labels.csv", b"inference,truth\na,1\n", "missing_column", "labels.csv"),
        ("labels.csv", b"inference_id,label\na,1\n", "missing_column", "labels.csv"),
        ("labels.csv", b'inference_id,truth\na,"1\n', "unreadable_file", "labels.csv:2"),
        ("labels.csv", zipped(CSV), "wrong_format", "labels.csv"),
        ("labels.csv", CSV + b"c,\xff\n", "undecodable", "labels.csv:4"),
        ("labels.csv.gz", CSV, "wrong_format", "labels.csv.gz"),
        ("labels.csv.gz", zipped(CSV)[:-9], "unreadable_file", "labels.csv.gz"),
        ("labels.csv.gz", zipped(CSV)[:14] + b"none", "unreadable_file", "labels.csv.gz"),
        ("labels.csv.zst", b"", "unsupported_format", "labels.csv.zst"),
        ("labels.parquet", b"PAR1", "unsupported_format", "labels.parquet"),
        ("labels.xlsx", b"PK\x03\x04", "unsupported_format", "file"),
        ("labels.jsonl", b'["a"]\n', "unreadable_file", "labels.jsonl:1"),
    ],
)
def test_a_file_that_can_t_be_used_is_refused_with_its_place(file: str, content: bytes, code: str, field: str) -> None:
    error = refused(content, file)
    assert (error.code, error.field) == (code, field)
    assert error.hint


def test_a_column_that_was_probably_meant_is_named() -> None:
    assert refused(b"Inference_ID,truth\na,1\n").hint == "did you mean 'Inference_ID'?"


def test_limits_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(truth_file, "MAX_ROWS", 2)
    assert len(read(CSV)) == 2
    assert refused(CSV + b"c,3\n").code == "too_many_rows"
    monkeypatch.setattr(truth_file, "MAX_BYTES", len(CSV))
    assert len(read(CSV)) == 2
    assert refused(zipped(CSV + b"\n"), "labels.csv.gz").code == "too_large"


def test_a_line_without_an_end_is_refused_in_bounded_memory() -> None:
    content = io.BytesIO()
    with gzip.GzipFile(fileobj=content, mode="wb") as packed:
        for chunk in (CSV + b"c," + b"x" * 70_000, *[b"x" * (1 << 20)] * 60):
            packed.write(chunk)
    content.seek(0)
    tracemalloc.start()
    try:
        with pytest.raises(Rejected) as caught:
            list(rows(content, "labels.csv.gz"))
        assert tracemalloc.get_traced_memory()[1] < 16_000_000
    finally:
        tracemalloc.stop()
    assert (caught.value.code, caught.value.field) == ("line_too_long", "labels.csv.gz:4")

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from millrace.data.kinds import infer
from millrace.data.read import read
from millrace.data.row_hash import positions
from millrace.data.table import WrittenTable
from millrace.domain import head
from millrace.domain.errors import Rejected
from millrace.domain.schema import Column, Kind
from millrace.domain.upload import format_of
from tests.zipped import zipped


def columns_of(table: WrittenTable) -> dict[str, list[str]]:
    return {name: np.array(column.texts, dtype=object)[column.codes].tolist() for name, column in table.columns.items()}


def put(folder: Path, content: bytes) -> Path:
    path = folder / "data.csv"
    path.write_bytes(content)
    return path


def test_csv_is_read_as_text(tmp_path: Path) -> None:
    path = put(tmp_path, '\ufeff a ,"b,\nc",ü\r\n 1 ,"x ""y""",\r\n\r\n007,NA,é\r\n'.encode())
    assert columns_of(read(path)) == {"a": ["1", "007"], "b,\nc": ['x "y"', "NA"], "ü": ["", "é"]}


def test_a_csv_larger_than_a_block_is_read_in_order(tmp_path: Path) -> None:
    rows = [f"{i},{'x' * 190}" for i in range(100_000)]
    table = read(put(tmp_path, ("a,b\n" + "\n".join(rows)).encode()))
    assert table.rows == 100_000
    assert columns_of(table)["a"] == [str(i) for i in range(100_000)]


ROWS = {"größe": ["1.5", "", "20"], "b;c": ["x, y", "Köln|Bonn", ""], "since": ["2024-01-31", "NA", "x\ty"]}


def delimited(delimiter: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([list(ROWS), *zip(*ROWS.values(), strict=True)])
    return text.getvalue()


def zstd(content: bytes) -> bytes:
    packed: bytes = pa.Codec("zstd").compress(content, asbytes=True)
    return packed


LINES = "\n".join(
    json.dumps({name: value for name, value in zip(ROWS, row, strict=True) if value}, ensure_ascii=False)
    for row in zip(*ROWS.values(), strict=True)
)


@pytest.mark.parametrize(
    ("file", "content", "choice"),
    [
        ("d.csv", delimited(",").encode(), "CSV separated by commas, in UTF-8"),
        ("d.csv", delimited(";").encode(), "CSV separated by semicolons, in UTF-8"),
        ("d.tsv", delimited("\t").encode(), "CSV separated by tabs, in UTF-8"),
        ("d.txt", delimited("|").encode(), "CSV separated by bars, in UTF-8"),
        ("d.txt", delimited("~").encode(), "CSV separated by tildes, in UTF-8"),
        ("d", delimited(";").encode(), "CSV separated by semicolons, in UTF-8"),
        ("d.csv", delimited(";").encode("utf-8-sig"), "CSV separated by semicolons, in UTF-8"),
        ("d.csv", delimited("\t").encode("utf-16"), "CSV separated by tabs, in UTF-16"),
        ("d.csv", b"\xfe\xff" + delimited(",").encode("utf-16-be"), "CSV separated by commas, in UTF-16"),
        ("d.csv", ("\ufeff" + delimited("\t")).encode("utf-16"), "CSV separated by tabs, in UTF-16"),
        ("d.csv", ("\ufeff" + delimited(",")).encode("utf-8-sig"), "CSV separated by commas, in UTF-8"),
        ("d.csv.gz", zipped(delimited(",").encode()), "CSV separated by commas, in UTF-8, gzip"),
        ("d.csv.zst", zstd(delimited("|").encode()), "CSV separated by bars, in UTF-8, zstd"),
        ("d.txt.gz", zipped(delimited(";").encode("utf-16")), "CSV separated by semicolons, in UTF-16, gzip"),
        ("d", zipped(delimited(",").encode()), "CSV separated by commas, in UTF-8, gzip"),
        ("d.jsonl", LINES.encode(), "JSON Lines in UTF-8"),
        ("d.ndjson", LINES.encode("utf-8-sig"), "JSON Lines in UTF-8"),
        ("d.ndjson", LINES.encode("utf-16"), "JSON Lines in UTF-16"),
        ("d.jsonl.gz", zipped(LINES.encode()), "JSON Lines in UTF-8, gzip"),
        ("d.jsonl.zst", zstd(LINES.encode()), "JSON Lines in UTF-8, zstd"),
        ("d", LINES.encode(), "JSON Lines in UTF-8"),
    ],
)
def test_every_format_gives_the_same_rows(tmp_path: Path, file: str, content: bytes, choice: str) -> None:
    path = tmp_path / file
    path.write_bytes(content)
    table = read(path)
    assert columns_of(table) == ROWS
    (decision,) = table.decisions
    assert (decision.what, decision.choice) == ("format", choice)
    assert decision.why
    if "." in file and ".zst" not in file and "json" not in file:
        assert head.columns(format_of(file), content[: head.HEAD_BYTES], len(content), file) == tuple(ROWS)


def test_json_values_count_as_their_texts(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text('{"a": 1, "b": true}\n\n{"a": 2.50, "c": "x "}\n{"b": null, "a": -0}\n{"a": 1e2, "c": NaN}\n{}\n')
    assert columns_of(read(path)) == {
        "a": ["1", "2.5", "0", "100", ""],
        "b": ["true", "", "", "", ""],
        "c": ["", "x", "", "", ""],
    }


def test_columns_stand_in_the_order_of_their_first_keys(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text('{"z": 1, "y": 2}\n{"x": 1, "w": 2, "v": 3, "y": 1, "u": 5, "a": 4}\n')
    assert list(read(path).columns) == ["z", "y", "x", "w", "v", "u", "a"]


def test_a_key_that_appears_late_is_missing_before(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text("\n".join(json.dumps({"a": i, **({"late": i} if i == 20_000 else {})}) for i in range(20_001)))
    columns = columns_of(read(path))
    assert columns["a"] == [str(i) for i in range(20_001)]
    assert columns["late"] == [*[""] * 20_000, "20000"]


def test_a_compressed_file_of_many_blocks_is_read_whole(tmp_path: Path) -> None:
    rows = [f"{i},{i * i}" for i in range(400_000)]
    path = tmp_path / "d.csv.gz"
    half = len(rows) // 2
    path.write_bytes(b"".join(zipped("\n".join([*part, ""]).encode()) for part in (["a,b", *rows[:half]], rows[half:])))
    table = read(path)
    assert table.columns["b"].spell(Column("b", Kind.NUMBER)).tolist() == [i * i for i in range(400_000)]


def test_parquet_types(tmp_path: Path) -> None:
    moment = datetime(2024, 1, 31, 12, tzinfo=UTC)
    table = pa.table(
        {
            "int": pa.array([1, None], pa.int64()),
            "small": pa.array([2, 3], pa.uint8()),
            "float": pa.array([1.0, float("nan")], pa.float64()),
            "half": pa.array(np.array([0.5, 2.0], dtype=np.float16)),
            "bool": pa.array([True, None]),
            "text": pa.array(["x ", None], pa.large_string()),
            "coded": pa.array(["x", "y"]).dictionary_encode(),
            "day": pa.array([date(2024, 1, 31), None]),
            "moment": pa.array([moment, None], pa.timestamp("ns", tz="America/New_York")),
            "decimal": pa.array([Decimal("1.50"), None]),
            "null": pa.nulls(2),
        }
    )
    path = tmp_path / "data"
    pa_parquet.write_table(table, path)
    assert columns_of(read(path)) == {
        "int": ["1", ""],
        "small": ["2", "3"],
        "float": ["1", ""],
        "half": ["0.5", "2"],
        "bool": ["true", ""],
        "text": ["x", ""],
        "coded": ["x", "y"],
        "day": ["2024-01-31", ""],
        "moment": ["2024-01-31T12:00:00", ""],
        "decimal": ["1.50", ""],
        "null": ["", ""],
    }


@pytest.mark.parametrize(
    "column", [pa.array([[1], [2]]), pa.array([{"a": 1}, None]), pa.array([1, 2], pa.time32("s")), pa.array([b"\xff"])]
)
def test_types_without_a_text_are_refused(tmp_path: Path, column: pa.Array) -> None:
    path = tmp_path / "data.parquet"
    pa_parquet.write_table(pa.table({"good": pa.nulls(len(column)), "bad": column}), path)
    with pytest.raises(Rejected) as refused:
        read(path)
    assert (refused.value.code, refused.value.field) == ("unsupported_type", "bad")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_csv_and_parquet_of_the_same_rows_agree(tmp_path: Path, data: st.DataObject) -> None:
    """Same kinds, same typed values, same held-out rows."""
    rows = data.draw(st.integers(2, 12))

    def some(values: st.SearchStrategy[object], kind: pa.DataType) -> pa.Array:
        return pa.array(data.draw(st.lists(st.none() | values, min_size=rows, max_size=rows)), kind)

    text = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=5)
    table = pa.table(
        {
            "int": some(st.integers(-(2**62), 2**62), pa.int64()),
            "float": some(st.floats(allow_infinity=False, allow_nan=False), pa.float64()),
            "bool": some(st.booleans(), pa.bool_()),
            "day": some(st.dates(), pa.date32()),
            "moment": some(st.datetimes(date_min(), date_max()), pa.timestamp("us")),
            "text": some(text, pa.string()),
        }
    )
    pa_csv.write_csv(table, tmp_path / "data.csv")
    pa_parquet.write_table(table, tmp_path / "data.parquet")
    one, other = read(tmp_path / "data.csv"), read(tmp_path / "data.parquet")
    kinds = [infer(name, column).column for name, column in one.columns.items()]
    assert kinds == [infer(name, column).column for name, column in other.columns.items()]
    for column in kinds:
        np.testing.assert_array_equal(one.spell([column])[column.name], other.spell([column])[column.name])
    np.testing.assert_array_equal(positions(one), positions(other))


def date_min() -> datetime:
    return datetime(1700, 1, 1)  # noqa: DTZ001  # a timestamp without a zone


def date_max() -> datetime:
    return datetime(2200, 1, 1)  # noqa: DTZ001  # a timestamp without a zone


@pytest.mark.parametrize(
    "column",
    [pa.array([10**7] * 2, pa.date32()), pa.array([-(10**14)] * 2, pa.timestamp("ms"))],
    ids=["after the year 9999", "before the year 1"],
)
def test_moments_that_no_calendar_holds_are_refused_by_column(tmp_path: Path, column: Any) -> None:
    pa_parquet.write_table(pa.table({"when": column, "y": ["a", "b"]}), tmp_path / "d.parquet")
    with pytest.raises(Rejected) as refused:
        read(tmp_path / "d.parquet")
    assert (refused.value.code, refused.value.field) == ("unsupported_type", "when")
    assert "1 to 9999" in (refused.value.hint or "")


def test_short_floats_and_extension_types_agree_with_their_csv(tmp_path: Path) -> None:
    """A float32 of 0.1 is 0.1, whatever it is as a double, else its row would be held out in one of the two only."""
    names = pa.ExtensionArray.from_storage(pa.uuid(), pa.array([b"0" * 16, b"1" * 16], pa.binary(16)))
    table = pa.table(
        {"x": pa.array([0.1, 16777216.0], pa.float32()), "h": pa.array([0.5, None], pa.float16()), "u": names}
    )
    pa_parquet.write_table(table, tmp_path / "d.parquet")
    found = columns_of(read(tmp_path / "d.parquet"))
    assert (found["x"][0], float(found["x"][1])) == ("0.1", 16777216.0)
    assert found["h"] == ["0.5", ""]
    assert found["u"] == ["0" * 16, "1" * 16]


def test_a_quote_that_never_closes_is_refused_where_it_opened(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("a,b\n" + "1,2\n" * 50 + '1,"2\n' + "1,2\n" * 50)
    with pytest.raises(Rejected) as refused:
        read(path)
    assert (refused.value.code, refused.value.field) == ("unreadable_file", "d.csv:52")
    path.write_text("a,b\n" + "1,2\n" * 50 + '1,"two\nlines"\n')
    assert read(path).rows == 51

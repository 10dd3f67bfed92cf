"""Parts are one table, in the order of their names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from millrace.data.parts import read
from millrace.data.table import Numbers
from millrace.domain.errors import Rejected


def written(folder: Path, **parts: str) -> Path:
    for name, text in parts.items():
        (folder / f"part-{name}.csv").write_text(text)
    return folder


def rows(folder: Path) -> list[tuple[str, ...]]:
    table = read(folder)
    columns = [[column.texts[code] for code in column.codes] for column in table.columns.values()]
    assert {len(column) for column in columns} == {table.rows}
    return list(zip(*columns, strict=True))


def test_parts_are_one_table_in_their_order(tmp_path: Path) -> None:
    folder = written(tmp_path, b="a,b\n3,x\n1,y\n", a="a,b\n1,x\n2,\n")
    assert rows(folder) == [("1", "x"), ("2", ""), ("3", "x"), ("1", "y")]
    assert all(len(set(column.texts)) == len(column.texts) for column in read(folder).columns.values())


def test_parts_of_many_numbers_stay_numbers(tmp_path: Path) -> None:
    for number in range(2):
        lines = "".join(f"{number + 1}{line}.5,x\n" for line in range(10_000, 13_000))
        (tmp_path / f"part-{number}.csv").write_text(f"a,b\n{lines}")
    column = read(tmp_path).columns["a"]
    assert isinstance(column, Numbers)
    assert (len(column.values), column.values[0], column.values[-1]) == (6000, 110_000.5, 212_999.5)
    assert [column.texts[code] for code in column.codes[[0, -1]]] == ["110000.5", "212999.5"]


def test_parquet_parts_are_one_table(tmp_path: Path) -> None:
    for number in range(2):
        table = pa.table({"a": np.arange(3) + number, "b": ["x", "y", "z"]})
        pq.write_table(table, tmp_path / f"part-{number}.parquet")
    assert rows(tmp_path) == [("0", "x"), ("1", "y"), ("2", "z"), ("1", "x"), ("2", "y"), ("3", "z")]


def test_a_file_is_read_as_before(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,x\n")
    assert rows(path) == [("1", "x")]


def test_a_part_with_a_header_alone_adds_nothing(tmp_path: Path) -> None:
    assert rows(written(tmp_path, a="a,b\n", b="a,b\n1,x\n")) == [("1", "x")]


def test_parts_with_headers_alone_have_no_rows(tmp_path: Path) -> None:
    with pytest.raises(Rejected) as refused:
        read(written(tmp_path, a="a,b\n", b="a,b\n"))
    assert refused.value.code == "no_rows"


@pytest.mark.parametrize(
    ("header", "says"),
    [("b,a", "names its column 1 'b'"), ("a,c", "names its column 2 'c'"), ("a,b,c", "has 3 columns")],
)
def test_a_part_that_differs_is_named(tmp_path: Path, header: str, says: str) -> None:
    with pytest.raises(Rejected) as refused:
        read(written(tmp_path, a="a,b\n1,x\n", b=f"{header}\n" + ",".join("1" * len(header.split(","))) + "\n"))
    assert (refused.value.code, refused.value.field) == ("part_differs", "part-b.csv")
    assert says in refused.value.message


def test_a_fault_in_a_part_names_the_part(tmp_path: Path) -> None:
    with pytest.raises(Rejected) as refused:
        read(written(tmp_path, a="a,b\n1,x\n", b="a,b\n1,x\n2\n"))
    assert (refused.value.code, refused.value.field) == ("ragged_row", "part-b.csv:3")
    (tmp_path / "part-b.csv").write_text("a,a\n1,2\n")
    with pytest.raises(Rejected) as refused:
        read(tmp_path)
    assert (refused.value.code, refused.value.field) == ("duplicate_column", "part-b.csv: a")

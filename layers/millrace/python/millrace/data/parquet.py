"""Parquet as blocks of typed columns, refused by its own description before its rows are unpacked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pa_parquet

from millrace.domain.errors import Rejected

BLOCK = 65_536  # rows


@dataclass(frozen=True, slots=True)
class ParquetFile:
    """A Parquet file."""

    path: Path

    def shape(self) -> tuple[tuple[str, ...], int]:
        """Its column names and how many rows it says it has. Raises Rejected."""
        try:
            with pa_parquet.ParquetFile(self.path) as file:
                return tuple(file.schema_arrow.names), file.metadata.num_rows
        except (pa.ArrowException, OSError) as error:
            raise self._unreadable() from error

    def blocks(self) -> Iterator[Any]:
        """Record batches, columns in the file's order. Raises Rejected."""
        try:
            with pa_parquet.ParquetFile(self.path) as file:
                yield from file.iter_batches(BLOCK)
        except (pa.ArrowException, OSError) as error:
            raise self._unreadable() from error

    def _unreadable(self) -> Rejected:
        return Rejected(
            "the file begins as Parquet and can't be read as such",
            code="unreadable_file",
            field=self.path.name,
            hint="upload the whole file; check it with pyarrow.parquet.read_table",
        )

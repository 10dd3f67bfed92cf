"""An uploaded file: what S3 says of it, and which formats become datasets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from millrace.domain import digest
from millrace.domain.errors import Rejected
from millrace.domain.run import DataLocation


class Format(StrEnum):
    """How a file's rows are written."""

    CSV = "csv"
    JSON_LINES = "json lines"
    PARQUET = "parquet"


class Compression(StrEnum):
    """What is wrapped around the rows; Parquet compresses itself."""

    GZIP = "gzip"
    ZSTD = "zstd"


@dataclass(frozen=True, slots=True)
class FileFormat:
    """What a file's name says of its bytes."""

    rows: Format
    compression: Compression | None = None


SPEC_BYTES = 64 * 1024  # of a spec.yaml
MAX_COLUMNS = 2_000  # of a file: each one is an input of the model
FORMATS = {
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".txt": Format.CSV,
    ".jsonl": Format.JSON_LINES,
    ".ndjson": Format.JSON_LINES,
    ".parquet": Format.PARQUET,
}
COMPRESSIONS = {".gz": Compression.GZIP, ".zst": Compression.ZSTD}


def bare_name(file: str) -> str:
    """A file's name without its folder and the extensions that say its format: `loans` of /in/loans.csv.gz."""
    path = PurePosixPath(file)
    return PurePosixPath(path.stem).stem if path.suffix.lower() in COMPRESSIONS else path.stem


def format_of(file: str) -> FileFormat:
    """The format that a file's extensions name. Raises Rejected(code="unsupported_format")."""
    path = PurePosixPath(file)
    compression = COMPRESSIONS.get(path.suffix.lower())
    extension = (PurePosixPath(path.stem) if compression else path).suffix.lower()
    rows = FORMATS.get(extension)
    if rows is None or (compression and rows is Format.PARQUET):
        raise Rejected(
            f"files ending in {path.suffix!r} are not read" if path.suffix else "the file has no extension",
            code="unsupported_format",
            field="file",
            hint=f"upload a file that ends in {', '.join(FORMATS)}, or in one of the text formats and "
            f"{' or '.join(COMPRESSIONS)}, such as .csv.gz",
        )
    return FileFormat(rows, compression)


@dataclass(frozen=True, slots=True)
class Upload:
    """An object that arrived, as the event of its arrival says. `size` is in bytes; `version_id` may be unknown.

    `arrived` is its place in S3's order, as `origin.in_order` gives it.
    """

    bucket: str
    key: str
    size: int
    etag: str
    version_id: str | None = None
    arrived: str = ""

    @property
    def is_folder(self) -> bool:
        """Whether it only stands for a folder, as S3's console makes one."""
        return self.size == 0 and self.key.endswith("/")

    @property
    def id(self) -> str:
        """What names the upload: the same in every delivery of its event."""
        return digest.of_value([self.key, self.version_id or self.etag, self.arrived])

    def unread(self) -> DataLocation:
        """Where it lies, named by what the event says: for a file that is refused before anybody reads it."""
        name = digest.of_value([self.bucket, self.key, self.version_id, self.etag, self.size])
        return DataLocation(self.bucket, self.key, self.version_id, name, self.size)

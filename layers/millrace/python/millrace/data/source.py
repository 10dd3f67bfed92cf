"""A file's text as a stream: decompressed, in UTF-8 and within bounds that are checked before memory is spent."""

from __future__ import annotations

import codecs
import io
from pathlib import Path
from typing import Any

import pyarrow as pa

from millrace.domain import head
from millrace.domain.errors import Rejected
from millrace.domain.upload import Compression

MAX_BYTES = 16 * 2**30  # of text; more cells than `cells.MAX_CELLS` hardly fit into it
MAX_RATIO = 200  # decompressed to compressed; tables of text reach 5 to 50
FREE = 64 * 2**20  # decompressed bytes from which the ratio counts
_CHUNK = 1 << 20


class Text(io.RawIOBase):
    """Read-only bytes in UTF-8.

    Reading raises Rejected: unreadable_file, decompression_bomb, too_large, undecodable.
    """

    def __init__(self, path: Path, compression: Compression | None, encoding: str = "utf-8") -> None:
        self._path = path
        self._compression = compression
        self._file: Any = pa.OSFile(str(path))
        self._stream: Any = pa.CompressedInputStream(self._file, compression.value) if compression else self._file
        self._decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)()
        self._rest = memoryview(b"")
        self._given = 0

    def stream(self) -> Any:
        """The same for Arrow: where nothing is to be unpacked or decoded, it reads by itself, without Python."""
        if self._compression or self._decoder:
            return pa.PythonFile(self, mode="r")
        if self._file.size() > MAX_BYTES:
            raise self._bomb(f"more than {MAX_BYTES} bytes of text")
        return self._file

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill some of `buffer`; 0 at the end."""
        if not self._rest:
            self._rest = memoryview(self._next(max(_CHUNK, len(buffer))))
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def close(self) -> None:
        """Close the file too."""
        self._stream.close()
        self._file.close()
        super().close()

    def _next(self, size: int) -> bytes:
        """The next bytes, at least one unless the text is over."""
        while True:
            chunk = self._raw(size)
            if self._decoder is None:
                return chunk
            try:
                text = self._decoder.decode(chunk, final=not chunk).encode()
            except UnicodeError as error:
                raise _undecodable(self._path, self._compression) from error
            if text or not chunk:
                return text

    def _raw(self, size: int) -> bytes:
        try:
            chunk: bytes = self._stream.read(size)
        except OSError as error:
            if self._compression is None:
                raise
            raise head.unreadable(self._compression, self._path.name) from error
        self._given += len(chunk)
        if self._compression and self._given > FREE and self._given > MAX_RATIO * self._file.tell():
            raise self._bomb(f"more than {MAX_RATIO} times its size")
        if self._given > MAX_BYTES:
            raise self._bomb(f"more than {MAX_BYTES} bytes of text")
        return chunk

    def _bomb(self, what: str) -> Rejected:
        if self._compression is None:
            return Rejected(f"the file has {what}", code="too_large", field=self._path.name, hint="upload fewer rows")
        return Rejected(
            f"the {self._compression} file holds {what}",
            code="decompression_bomb",
            field=self._path.name,
            hint="upload it as Parquet, or in several smaller files",
        )


def _undecodable(path: Path, compression: Compression | None) -> Rejected:
    """Walk a UTF-16 text again, slowly, for the line at which it breaks."""
    line = 1
    decoder = codecs.getincrementaldecoder("utf-16")()
    with pa.OSFile(str(path)) as file:
        stream = pa.CompressedInputStream(file, compression.value) if compression else file
        while pair := stream.read(2):
            try:
                line += decoder.decode(pair).count("\n")
            except UnicodeError:
                break
    return head.undecodable(path.name, line)

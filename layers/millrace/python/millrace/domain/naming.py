"""Names of tenants, datasets and files, and the landing key that joins them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from millrace.domain.errors import InvalidInput, Rejected
from millrace.domain.suggestion import shown

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_FILE = re.compile(r"[^\x00-\x1f\x7f/\\]{1,255}")
SPEC_FILE = "spec.yaml"
MARKER_FILE = "_SUCCESS"  # which Spark writes once every part is there
PART = "part-"  # what a part's name begins with
TRUTH = "truth"  # between model and file in the landing key of truth


def is_name(text: str) -> bool:
    """Whether `text` is a valid tenant, dataset or model name: see `check_name`."""
    return _NAME.fullmatch(text) is not None


def check_name(text: str, what: str) -> str:
    """Return `text` if it is a valid tenant, dataset or model name; raise InvalidInput(field=what) if not.

    A name has 1 to 63 characters a-z, 0-9 and '-', and neither begins nor ends with '-'.
    """
    if not is_name(text):
        raise InvalidInput(
            f"{what} name {shown(text)} is not valid",
            code="invalid_name",
            field=what,
            hint="use 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit",
        )
    return text


def unaccented(text: str) -> str:
    """The same without accents and their like, compatible signs as plain ones: `Café №1` is `Cafe No1`."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))


@dataclass(frozen=True, slots=True)
class UploadKey:
    """Where an upload lies in the landing bucket: `<tenant>/<dataset>/<file>`."""

    tenant: str
    dataset: str
    file: str

    @classmethod
    def parse(cls, key: str) -> UploadKey:
        """Split a landing key. Raises Rejected(code="invalid_key" or "invalid_name") that says what was expected."""
        parts = key.split("/")
        if len(parts) != 3 or parts[2] in {".", ".."} or not _FILE.fullmatch(parts[2]):
            raise Rejected(
                f"the key {shown(key)} is not <tenant>/<dataset>/<file>",
                code="invalid_key",
                field="key",
                hint="upload to s3://<landing bucket>/<tenant>/<dataset>/<file>",
            )
        try:
            return cls(check_name(parts[0], "tenant"), check_name(parts[1], "dataset"), parts[2])
        except InvalidInput as error:
            raise Rejected(error.message, code="invalid_name", field=error.field, hint=error.hint) from error

    @property
    def is_spec(self) -> bool:
        """Whether the file is the dataset's spec rather than its data."""
        return self.file == SPEC_FILE

    @property
    def is_bookkeeping(self) -> bool:
        """Whether the file is no data but what Spark and its like leave beside it: `_committed_1`, `.part-0.crc`."""
        return _is_bookkeeping(self.file) and not self.is_marker

    @property
    def is_part(self) -> bool:
        """Whether the file is one of several that are a dataset version together, once their marker is there."""
        return self.file.startswith(PART)

    @property
    def is_marker(self) -> bool:
        """Whether the file says that every part is there."""
        return self.file == MARKER_FILE

    @property
    def spec_key(self) -> str:
        """The landing key of the spec that goes with this upload."""
        return f"{self.tenant}/{self.dataset}/{SPEC_FILE}"

    def __str__(self) -> str:
        return f"{self.tenant}/{self.dataset}/{self.file}"


@dataclass(frozen=True, slots=True)
class TruthKey:
    """Where a file of truth about a model's answers lies in the landing bucket: `<tenant>/<model>/truth/<file>`."""

    tenant: str
    model: str
    file: str

    @classmethod
    def find(cls, key: str) -> TruthKey | None:
        """Split a landing key; None where it is none of truth."""
        parts = key.split("/")
        if len(parts) != 4 or parts[2] != TRUTH or not _FILE.fullmatch(parts[3]):
            return None
        return cls(parts[0], parts[1], parts[3]) if is_name(parts[0]) and is_name(parts[1]) else None

    @property
    def is_bookkeeping(self) -> bool:
        """Whether the file is no truth but what Spark and its like leave beside it: `_SUCCESS`, `.part-0.crc`."""
        return _is_bookkeeping(self.file)

    def __str__(self) -> str:
        return f"{self.tenant}/{self.model}/{TRUTH}/{self.file}"


def _is_bookkeeping(file: str) -> bool:
    return file.startswith(("_", "."))

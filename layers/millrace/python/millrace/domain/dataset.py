"""Datasets and their immutable versions."""

from __future__ import annotations

from dataclasses import dataclass

from millrace.domain.run import DataLocation


@dataclass(frozen=True, slots=True)
class DatasetVersion:
    """One content of a dataset, named by its digest. `created` is ISO 8601 in UTC.

    `arrived` is its newest upload's place in S3's order, as `origin.in_order` gives it; empty in older records.
    """

    tenant: str
    dataset: str
    data: DataLocation
    created: str
    arrived: str = ""

    @property
    def digest(self) -> str:
        """The content's digest, which names the version."""
        return self.data.digest

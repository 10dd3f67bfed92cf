"""Dataset versions."""

from __future__ import annotations

from millrace.domain.dataset import DatasetVersion
from tests import samples


def test_a_version_is_named_by_its_content() -> None:
    version = DatasetVersion(samples.TENANT, samples.DATASET, samples.DATA, samples.NOW)
    assert version.digest == samples.DATA.digest

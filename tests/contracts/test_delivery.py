"""What is sent arrives whole and with its digest."""

from __future__ import annotations

from pathlib import Path

import pytest

from millrace.adapters.delivery import S3Delivery
from millrace.adapters.landing import S3Landing
from millrace.adapters.session import Clients
from millrace.domain import digest
from millrace.domain.errors import NotFound

CONTENT = bytes(range(256)) * 9000  # more than two chunks


@pytest.mark.parametrize("as_file", [True, False])
def test_an_upload_has_its_digest_and_its_version(
    clients: Clients, bucket: str, tenant: str, tmp_path: Path, *, as_file: bool
) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(CONTENT)
    key = f"{tenant}/données/fichier été.csv"
    sent = S3Delivery(clients.s3(), bucket).send(key, path if as_file else CONTENT)
    assert (sent.bucket, sent.key, sent.digest, sent.size) == (bucket, key, digest.of_bytes(CONTENT), len(CONTENT))
    assert sent.version_id
    landing = S3Landing(clients.s3(), bucket)
    assert landing.stat(key, None) == sent
    landing.fetch(sent, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == CONTENT


def test_a_second_upload_is_a_second_version(clients: Clients, bucket: str, tenant: str) -> None:
    delivery = S3Delivery(clients.s3(), bucket)
    first, second = delivery.send(f"{tenant}/d/x.csv", b"1"), delivery.send(f"{tenant}/d/x.csv", b"")
    assert first.version_id != second.version_id
    assert S3Landing(clients.s3(), bucket).stat(first.key, first.version_id) == first


def test_a_bucket_that_is_not_there(clients: Clients) -> None:
    with pytest.raises(NotFound):
        S3Delivery(clients.s3(), "no-such-bucket-anywhere").send("a/b/c", b"")

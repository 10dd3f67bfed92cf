"""What S3 adds to the ports' contracts: checksums, versions, rights."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from millrace.adapters.blobs import S3Blobs
from millrace.adapters.document_store import S3Documents
from millrace.adapters.landing import S3Landing
from millrace.adapters.session import Clients
from millrace.domain.digest import of_bytes
from millrace.domain.errors import Denied, NotFound
from millrace.domain.job import Job, blob_key
from millrace.domain.run import DataLocation
from tests.contracts.conftest import unique

PART = 5 << 20  # S3's smallest part but the last


class Counted:
    """An S3 client that remembers which of its calls were used."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.calls.append(name)
        return getattr(self._client, name)


def test_a_digest_that_s3_holds_is_not_computed_again(clients: Clients, bucket: str, tenant: str) -> None:
    key = f"{tenant}/iris/data.csv"
    clients.s3().put_object(Bucket=bucket, Key=key, Body=b"a,b\n", ChecksumAlgorithm="SHA256")
    counted = Counted(clients.s3())
    assert S3Landing(counted, bucket).stat(key, None).digest == of_bytes(b"a,b\n")  # type: ignore[arg-type]  # passes all on to S3
    assert counted.calls == ["head_object"]


def test_a_digest_of_parts_is_no_digest_of_the_content(clients: Clients, bucket: str, tenant: str) -> None:
    s3, key = clients.s3(), f"{tenant}/iris/data.csv"
    parts = [bytes(PART), b"the end"]
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key, ChecksumAlgorithm="SHA256")["UploadId"]
    done: list[Any] = []
    for number, part in enumerate(parts, 1):
        digest = base64.b64encode(hashlib.sha256(part).digest()).decode()
        sent = s3.upload_part(
            Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=part, ChecksumSHA256=digest
        )
        done.append({"PartNumber": number, "ETag": sent["ETag"], "ChecksumSHA256": digest})
    s3.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": done})
    assert "-" in s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")["ChecksumSHA256"]
    assert S3Landing(s3, bucket).stat(key, None).digest == of_bytes(b"".join(parts))


def test_a_bucket_without_versions_will_do(clients: Clients, tenant: str, tmp_path: Path) -> None:
    bucket = unique("plain")
    clients.s3().create_bucket(Bucket=bucket)
    clients.s3().put_object(Bucket=bucket, Key="t/d/f.csv", Body=b"a")
    landing = S3Landing(clients.s3(), bucket)
    found = landing.stat("t/d/f.csv", None)
    assert found == DataLocation(bucket, "t/d/f.csv", None, of_bytes(b"a"), 1)
    landing.fetch(found, tmp_path / "f.csv")
    assert landing.head(found, 5) == (tmp_path / "f.csv").read_bytes() == b"a"


def test_s3_keeps_a_blobs_digest_and_only_one_version(clients: Clients, bucket: str, tenant: str) -> None:
    blobs = S3Blobs(clients.s3(), bucket)
    digest = blobs.put(tenant, b"model")
    blobs.put(tenant, b"model")
    head = clients.s3().head_object(Bucket=bucket, Key=blob_key(tenant, digest), ChecksumMode="ENABLED")
    versions = clients.s3().list_object_versions(Bucket=bucket, Prefix=blob_key(tenant, digest))["Versions"]
    assert base64.b64decode(head["ChecksumSHA256"]).hex() == digest
    assert len(versions) == 1


@pytest.fixture
def reader(clients: Clients, cloud_env: dict[str, str], bucket: str) -> Clients:
    """Clients of a role that may read objects of `bucket` and nothing else: not even list it."""
    iam = boto3.client("iam")
    role = unique("reader")
    trust = [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]
    grants = [
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectVersion"], "Resource": f"arn:aws:s3:::{bucket}/*"}
    ]
    created = iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps({"Statement": trust}))
    policy = json.dumps({"Version": "2012-10-17", "Statement": grants})
    iam.put_role_policy(RoleName=role, PolicyName="read", PolicyDocument=policy)
    return clients.assume(created["Role"]["Arn"], "reader")


def test_a_role_reads_what_it_may_and_an_absent_object_is_not_found(
    reader: Clients, clients: Clients, bucket: str, tenant: str
) -> None:
    digest = S3Blobs(clients.s3(), bucket).put(tenant, b"model")
    assert S3Blobs(reader.s3(), bucket).get(tenant, digest) == b"model"
    with pytest.raises(NotFound):
        S3Blobs(reader.s3(), bucket).get(tenant, of_bytes(b"never put"))
    with pytest.raises(NotFound):
        S3Documents(reader.s3(), bucket).read(Job, f"{tenant}/runs/1/1/job.json")


def test_a_role_without_the_grant_is_denied(reader: Clients, bucket: str, tenant: str) -> None:
    with pytest.raises(Denied) as caught:
        S3Blobs(reader.s3(), bucket).put(tenant, b"model")
    assert caught.value.code == "denied"
    assert caught.value.__cause__ is not None

from __future__ import annotations

import base64
import hashlib
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from millrace.adapters.landing import S3Landing
from millrace.adapters.session import Clients
from millrace.adapters.uploads import S3Uploads
from millrace.domain.digest import of_bytes
from millrace.domain.errors import InvalidInput
from millrace.local.emulator import Cloud
from millrace.ports import PresignedPut, Uploads
from tests.fakes.uploads import FakeUploads

CONTENT = b"a,b\n"
KEY = "tenant/iris/fichier été + 1.csv"


@pytest.fixture(params=["fake", "aws"])
def uploads(request: pytest.FixtureRequest) -> Uploads:
    if request.param == "fake":
        return FakeUploads()
    return S3Uploads(request.getfixturevalue("clients").s3(), request.getfixturevalue("bucket"))


def presign(uploads: Uploads, key: str, seconds: int = 60) -> PresignedPut:
    return uploads.presign(key, len(CONTENT), of_bytes(CONTENT), seconds)


def test_the_headers_tell_size_and_digest(uploads: Uploads) -> None:
    checksum = base64.b64encode(hashlib.sha256(CONTENT).digest()).decode()
    assert presign(uploads, KEY).headers == {"content-length": "4", "x-amz-checksum-sha256": checksum}


def test_an_address_is_https_and_names_the_key(uploads: Uploads) -> None:
    parts = urlsplit(presign(uploads, "tenant/iris/data.csv").url)
    assert parts.scheme == "https"
    assert parts.path.endswith("/tenant/iris/data.csv")


@pytest.mark.parametrize("seconds", [-1, 0, 7 * 24 * 3600 + 1])
def test_a_time_that_can_not_be_signed_is_refused(uploads: Uploads, seconds: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        presign(uploads, KEY, seconds)
    assert caught.value.field == "seconds"


def put(cloud: Cloud, put_: PresignedPut, content: bytes, headers: Mapping[str, str] | None = None) -> int:
    """The status of a PUT without any AWS library."""
    trust = ssl.create_default_context(cafile=str(cloud.ca_bundle))
    sent = dict(put_.headers if headers is None else headers)
    call = urllib.request.Request(put_.url, data=content, method="PUT", headers=sent)  # noqa: S310  # ours
    try:
        with urllib.request.urlopen(call, context=trust, timeout=30) as answer:  # noqa: S310  # ours
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.mark.parametrize("key", ["tenant/iris/data.csv", KEY])
def test_a_caller_without_credentials_puts_one_file(cloud: Cloud, clients: Clients, bucket: str, key: str) -> None:
    slot = presign(S3Uploads(clients.s3(), bucket), key)
    assert put(cloud, slot, CONTENT) == 200
    assert clients.s3().get_object(Bucket=bucket, Key=key)["Body"].read() == CONTENT


def test_the_stored_digest_is_known_without_reading(cloud: Cloud, clients: Clients, bucket: str) -> None:
    assert put(cloud, presign(S3Uploads(clients.s3(), bucket), KEY), CONTENT) == 200
    held = clients.s3().head_object(Bucket=bucket, Key=KEY, ChecksumMode="ENABLED")
    assert base64.b64decode(held["ChecksumSHA256"]).hex() == of_bytes(CONTENT)
    assert S3Landing(clients.s3(), bucket).stat(KEY, None).digest == of_bytes(CONTENT)


def test_other_content_of_the_same_size_is_refused(cloud: Cloud, clients: Clients, bucket: str) -> None:
    key = "tenant/refused/content.csv"
    assert put(cloud, presign(S3Uploads(clients.s3(), bucket), key), b"a,c\n") == 400
    assert "Contents" not in clients.s3().list_objects_v2(Bucket=bucket, Prefix=key)


def test_another_size_or_digest_than_signed_is_refused(cloud: Cloud, clients: Clients, bucket: str) -> None:
    key = "tenant/refused/size.csv"
    slot, other = presign(S3Uploads(clients.s3(), bucket), key), b"a,b\n1,2\n"
    checksum = base64.b64encode(hashlib.sha256(other).digest()).decode()
    honest = {"content-length": str(len(other)), "x-amz-checksum-sha256": checksum}
    assert put(cloud, slot, other, honest) == 403
    assert put(cloud, slot, CONTENT, {"content-length": str(len(CONTENT))}) == 403
    assert "Contents" not in clients.s3().list_objects_v2(Bucket=bucket, Prefix=key)


def test_the_address_opens_no_other_key(cloud: Cloud, clients: Clients, bucket: str) -> None:
    slot = presign(S3Uploads(clients.s3(), bucket), "tenant/iris/data.csv")
    assert put(cloud, replace(slot, url=slot.url.replace("/tenant/", "/other/")), CONTENT) == 403


def test_the_address_expires(cloud: Cloud, clients: Clients, bucket: str) -> None:
    slot = presign(S3Uploads(clients.s3(), bucket), "tenant/iris/data.csv", 1)
    time.sleep(2.1)  # the signed time has whole seconds
    assert put(cloud, slot, CONTENT) == 403


def test_size_and_digest_are_signed_headers(clients: Clients, bucket: str) -> None:
    given = parse_qs(urlsplit(presign(S3Uploads(clients.s3(), bucket), "tenant/iris/data.csv").url).query)
    assert given["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert given["X-Amz-SignedHeaders"] == ["content-length;host;x-amz-checksum-sha256"]
    assert not [name for name in given if "checksum" in name.lower()]

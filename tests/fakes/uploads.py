"""Upload addresses that lead nowhere."""

from __future__ import annotations

import base64
from urllib.parse import quote

from millrace.domain.errors import InvalidInput
from millrace.ports import PresignedPut


class FakeUploads:
    def __init__(self, bucket: str = "landing") -> None:
        self._bucket = bucket

    def presign(self, key: str, size: int, sha256: str, seconds: int) -> PresignedPut:
        if not 1 <= seconds <= 7 * 24 * 3600:
            raise InvalidInput(f"an upload can't be open for {seconds} seconds", field="seconds")
        checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
        url = f"https://uploads.example/{self._bucket}/{quote(key)}?expires={seconds}"
        return PresignedPut(url, {"content-length": str(size), "x-amz-checksum-sha256": checksum})

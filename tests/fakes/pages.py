"""Pages in memory."""

from __future__ import annotations


class FakePages:
    def __init__(self, bucket: str = "artifact") -> None:
        self.bucket = bucket
        self.held: dict[str, str] = {}

    def write(self, page: str, key: str) -> str:
        self.held[key] = page
        return f"s3://{self.bucket}/{key}"

"""What lies in a stage's capture bucket, and waiting until it does."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass

from millrace.adapters.capture_store import S3CaptureStore
from millrace.domain.capture import CaptureLine, Partition
from tests.stage import Stage


@dataclass(frozen=True)
class Captured:
    """A model's captures."""

    stage: Stage
    tenant: str
    model: str

    @property
    def store(self) -> S3CaptureStore:
        return S3CaptureStore(self.stage.client("s3"), self.stage.outputs["CaptureBucket"])

    def objects(self) -> dict[str, list[CaptureLine]]:
        """The rows of each object, by its key."""
        hours = self.store.hours(self.tenant, self.model, "")
        keys = [key for hour in hours for key in self.store.objects(Partition(self.tenant, self.model, hour))]
        return {key: list(self.store.read(key)) for key in keys}

    def wait(self, ids: Collection[str]) -> dict[str, list[CaptureLine]]:
        """The same, once every one of these inferences is there; pytest's timeout bounds it."""
        while True:
            found = self.objects()
            if {line.inference_id for lines in found.values() for line in lines} >= set(ids):
                return found
            time.sleep(0.3)

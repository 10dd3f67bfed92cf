"""Truth and what was joined to it, in memory."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from threading import Lock

from millrace.domain import digest
from millrace.domain.capture import Partition
from millrace.domain.errors import Corrupt, NotFound
from millrace.domain.run import DataLocation
from millrace.domain.truth import Labelled, Truth, TruthFile
from tests.fakes.landing import FakeLanding


class FakeTruthStore:
    """`landing` is another view of the parts: a job fetches them as it fetches uploads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.bucket = "captures"
        self.landing = FakeLanding(self.bucket)
        self.truth: dict[str, list[Truth] | None] = {}  # by key; None where a test damaged it
        self.reads: list[str] = []  # keys of truth, as often as they were read
        self.parts: dict[str, list[bytes]] = {}
        self.indexes: dict[Partition, Labelled] = {}
        self._files: dict[tuple[str, str, str], TruthFile] = {}

    def add(self, partition: Partition, truths: Sequence[Truth]) -> str:
        return self._keep(partition.truth, truths)

    def keep_believed(self, partition: Partition, truths: Sequence[Truth]) -> str:
        return self._keep(f"{partition.labelled}truth-", truths)

    def _keep(self, prefix: str, truths: Sequence[Truth]) -> str:
        name = digest.of_value([[truth.inference_id, truth.value, truth.arrived] for truth in truths])
        key = f"{prefix}{name[:32]}.jsonl.gz"
        with self._lock:
            self.truth[key] = list(truths)
        return key

    def hours(self, tenant: str, model: str) -> Sequence[str]:
        prefix = f"{tenant}/{model}/truth/"
        return sorted({key[len(prefix) :].partition("/")[0] for key in self.truth if key.startswith(prefix)})

    def objects(self, partition: Partition) -> Sequence[str]:
        return sorted(key for key in self.truth if key.startswith(partition.truth))

    def by_hour(self, tenant: str, model: str) -> Mapping[str, Sequence[str]]:
        return {hour: self.objects(Partition(tenant, model, hour)) for hour in self.hours(tenant, model)}

    def read(self, key: str) -> Sequence[Truth]:
        self.reads.append(key)
        if key not in self.truth:
            raise NotFound(f"there is no truth {key}")
        found = self.truth[key]
        if found is None:
            raise Corrupt(f"{key} is damaged", field=key)
        return found

    def note(self, file: TruthFile) -> None:
        with self._lock:
            self._files[file.tenant, file.arrived, file.id] = file

    def files(self, tenant: str, limit: int) -> Sequence[TruthFile]:
        mine = sorted((key for key in self._files if key[0] == tenant), reverse=True)
        return [self._files[key] for key in mine[:limit]]

    def keep_part(self, partition: Partition, lines: Sequence[bytes]) -> DataLocation:
        content = gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0)
        name = digest.of_bytes(content)
        key = f"{partition.labelled}part-{partition.hour}-{name[:32]}.jsonl.gz"
        with self._lock:
            self.parts[key] = list(lines)
        self.landing.put(key, content)
        return DataLocation(self.bucket, key, None, name, len(content))

    def part(self, location: DataLocation) -> Sequence[bytes]:
        if location.key not in self.parts:
            raise NotFound(f"there is no part {location.key}")
        return self.parts[location.key]

    def index(self, partition: Partition) -> Labelled | None:
        return self.indexes.get(partition)

    def keep_index(self, partition: Partition, labelled: Labelled) -> None:
        with self._lock:
            self.indexes[partition] = labelled

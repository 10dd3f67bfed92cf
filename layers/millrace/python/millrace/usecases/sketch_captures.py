"""Captures become counts: each capture object is read once, row by row, and never again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

import numpy as np
from numpy.typing import NDArray

from millrace.domain.baseline import Baseline
from millrace.domain.capture import CaptureLine, Partition
from millrace.domain.errors import Corrupt, InvalidInput, NotFound
from millrace.domain.manifest import Manifest
from millrace.domain.model import ModelVersion
from millrace.domain.schema import Column, Schema
from millrace.domain.sketch import Chunk, HourSketch, Sketch
from millrace.domain.spelling import spell
from millrace.inference import columns
from millrace.monitoring.sketching import sketch
from millrace.ports import Blobs, CaptureStore, Documents, Models

ROWS_AT_ONCE = 10_000  # of a capture object in memory
CHUNKS = 8  # kept of one version and hour; neighbours beyond that are added up
KNOWN = 8  # versions whose baselines are held at once

ReadManifest = Callable[[bytes], Manifest]
ReadBaseline = Callable[[bytes], Baseline]


@dataclass(frozen=True, slots=True)
class Watched:
    """A version as a detector needs it: what it takes and gives, and what it was trained on."""

    version: ModelVersion
    manifest: Manifest
    baseline: Baseline

    @property
    def looked_at(self) -> tuple[Column, ...]:
        """The features that its captures hold, but those in which nobody wants drift to be looked for."""
        spec = self.manifest.lineage.spec
        held = (each for each in self.manifest.schema.features if each.name not in spec.drift_exclude)
        return tuple(each for each in held if spec.capture_fields is None or each.name in spec.capture_fields)


@dataclass(frozen=True, slots=True)
class SketchPorts:
    """What sketching needs from outside. `documents` are those of the capture bucket.

    The readers raise Corrupt for bytes that are not theirs.
    """

    models: Models
    blobs: Blobs
    captures: CaptureStore
    documents: Documents
    read_manifest: ReadManifest
    read_baseline: ReadBaseline


class Versions:
    """The watched versions of one model, by number, a few at a time."""

    def __init__(self, tenant: str, model: str, ports: SketchPorts) -> None:
        self._tenant, self._model, self._ports = tenant, model, ports
        self._known: dict[int, Watched | None] = {}

    def find(self, number: int) -> Watched | None:
        """The version; None where it was deleted, or made before there were baselines. Raises Corrupt."""
        if number not in self._known:
            while len(self._known) >= KNOWN:
                del self._known[next(iter(self._known))]
            self._known[number] = self._read(number)
        return self._known[number]

    def _read(self, number: int) -> Watched | None:
        version = self._ports.models.version(self._tenant, self._model, number)
        if version is None or version.baseline_digest is None:
            return None
        try:
            manifest = self._ports.read_manifest(self._ports.blobs.get(self._tenant, version.manifest_digest))
            baseline = self._ports.read_baseline(self._ports.blobs.get(self._tenant, version.baseline_digest))
        except NotFound:  # it is being deleted
            return None
        return Watched(version, manifest, baseline)


def sketch_hour(partition: Partition, versions: Versions, ports: SketchPorts) -> HourSketch:
    """Everything sketched of the partition, with what came since it was last looked at."""
    former = _former(partition, ports.documents)
    known = set(former.objects)
    fresh = [key for key in ports.captures.objects(partition) if key not in known]
    if not fresh:
        return former
    chunks, damaged = list(former.chunks), list(former.damaged)
    for key in fresh:
        try:
            chunks += _of_object(ports.captures.read(key), versions)
        except Corrupt:  # nobody will mend it, and the others count
            damaged.append(key)
    hour = HourSketch(_few(chunks), (*former.objects, *fresh), tuple(damaged))
    ports.documents.write(hour, partition.sketch)
    return hour


def _former(partition: Partition, documents: Documents) -> HourSketch:
    try:
        return documents.read(HourSketch, partition.sketch)
    except NotFound:
        return HourSketch()


def _of_object(lines: Iterable[CaptureLine], versions: Versions) -> list[Chunk]:
    """A chunk for each version that answered, in bounded memory."""
    found: dict[int, Chunk] = {}
    for part in _parts(iter(lines)):
        for number, rows in groupby(sorted(part, key=lambda line: line.version), key=lambda line: line.version):
            watched = versions.find(number)
            if watched is not None:
                chunk = _chunk(watched, list(rows))
                found[number] = _joined(found[number], chunk) if number in found else chunk
    return list(found.values())


def _parts(lines: Iterator[CaptureLine]) -> Iterator[list[CaptureLine]]:
    while part := list(islice(lines, ROWS_AT_ONCE)):
        yield part


def _chunk(watched: Watched, rows: Sequence[CaptureLine]) -> Chunk:
    times = [row.time for row in rows]
    return Chunk(watched.version.number, min(times), max(times), sketch_rows(watched, rows))


def sketch_rows(watched: Watched, rows: Sequence[CaptureLine]) -> Sketch:
    """Captured rows of one version, counted in its baseline's cells."""
    arrays: dict[str, NDArray[np.float64] | NDArray[np.object_]] = {}
    unreadable: dict[str, int] = {}
    for column in watched.looked_at:
        arrays[column.name], unreadable[column.name] = _typed(column, [row.inputs.get(column.name) for row in rows])
    answers, probabilities = _answers(watched.manifest.schema, [row.outputs for row in rows])
    return sketch(watched.baseline, arrays, unreadable, answers, probabilities)


def _typed(column: Column, values: Sequence[object]) -> tuple[NDArray[np.float64] | NDArray[np.object_], int]:
    """The values that can be read, shape [rows], and how many can't."""
    try:
        return columns.column_of(column, values).reshape(-1), 0
    except InvalidInput:
        readable = [value for value in values if _can_be_read(column, value)]
        return columns.column_of(column, readable).reshape(-1), len(values) - len(readable)


def _can_be_read(column: Column, value: object) -> bool:
    try:
        str(spell(column, value)).encode()
    except (InvalidInput, UnicodeEncodeError):
        return False
    return True


def _answers(
    schema: Schema, outputs: Sequence[Mapping[str, object]]
) -> tuple[NDArray[np.float64] | NDArray[np.object_], NDArray[np.float64] | None]:
    """What the model answered: labels with probabilities of shape [rows, classes], or numbers and None."""
    if not schema.task.is_classification:
        return np.array([_number(each.get("value")) for each in outputs], dtype=np.float64), None
    labels = np.array([str(each.get("label")) for each in outputs], dtype=object)
    probabilities = [[_number(each) for each in _by_class(output, schema)] for output in outputs]
    return labels, np.array(probabilities, dtype=np.float64).reshape(len(outputs), len(schema.classes))


def _by_class(output: Mapping[str, object], schema: Schema) -> list[object]:
    said = output.get("probabilities")
    return [said.get(name) for name in schema.classes] if isinstance(said, Mapping) else [None] * len(schema.classes)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


def _joined(one: Chunk, other: Chunk) -> Chunk:
    return Chunk(one.version, min(one.since, other.since), max(one.until, other.until), one.sketch.plus(other.sketch))


def _few(chunks: Sequence[Chunk]) -> tuple[Chunk, ...]:
    """The same rows in at most so many chunks of each version: neighbours in time are added up."""
    kept: list[Chunk] = []
    for number in sorted({chunk.version for chunk in chunks}):
        mine = [chunk for chunk in chunks if chunk.version == number]
        while len(mine) > CHUNKS:
            pairs = [mine[start : start + 2] for start in range(0, len(mine), 2)]
            mine = [_joined(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
        kept += mine
    return tuple(sorted(kept, key=lambda chunk: (chunk.since, chunk.until)))

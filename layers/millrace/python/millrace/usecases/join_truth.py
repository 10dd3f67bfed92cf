"""Truth joined to the captures that it is about: rows that can be learned from, and the errors of what answered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import chain

from millrace.domain import digest, labelled_row
from millrace.domain.capture import CaptureLine, Partition
from millrace.domain.errors import Corrupt, NotFound
from millrace.domain.labelled_row import Answer
from millrace.domain.manifest import Manifest
from millrace.domain.notation import DecimalMark
from millrace.domain.sketch import Scored
from millrace.domain.truth import Labelled, Truth
from millrace.ports import Blobs, CaptureStore, Models, TruthStore

COUNTS = ("rows", "unmatched", "unreadable", "left_out")


@dataclass(frozen=True, slots=True)
class JoinPorts:
    """What joining needs from outside. `read_manifest` raises Corrupt for bytes that are not a Manifest."""

    captures: CaptureStore
    truth: TruthStore
    models: Models
    blobs: Blobs
    read_manifest: Callable[[bytes], Manifest]


@dataclass(frozen=True, slots=True)
class Joined:
    """What was joined anew: the hours, and over them what `Labelled` counts of one."""

    hours: tuple[str, ...] = ()
    rows: int = 0
    unmatched: int = 0
    unreadable: int = 0
    left_out: int = 0
    damaged: int = 0  # capture objects


@dataclass(frozen=True, slots=True)
class _Row:
    """One capture with its truth, as far as it can be used."""

    name: str
    version: int
    columns: str = ""
    line: bytes | None = None
    scored: Scored | None = None
    is_readable: bool = True


def join(tenant: str, model: str, hours: Iterable[str] | None, ports: JoinPorts) -> Joined:
    """Join every hour, or these, of which truth or captures came since it was joined last.

    The same truth and captures come to the same, in whatever order they came. Raises Unavailable, or Corrupt for
    truth or a manifest that can't be read.
    """
    versions = _Versions(tenant, model, ports)
    found: dict[str, Labelled] = {}
    for hour, truth in _truth(tenant, model, hours, ports.truth).items():
        partition = Partition(tenant, model, hour)
        seen = ports.truth.index(partition)
        if seen is not None and seen.truth == truth and not seen.unmatched:
            continue  # no capture that comes now has truth that waits for it
        captures = tuple(ports.captures.objects(partition))
        if _is_new(seen, captures, truth):
            found[hour] = _join_hour(partition, seen, captures, truth, versions, ports)
            ports.truth.keep_index(partition, found[hour])
    return _told(found)


def _truth(tenant: str, model: str, hours: Iterable[str] | None, store: TruthStore) -> dict[str, tuple[str, ...]]:
    """The keys of truth by hour."""
    if hours is None:
        return {hour: tuple(keys) for hour, keys in store.by_hour(tenant, model).items()}
    return {hour: tuple(store.objects(Partition(tenant, model, hour))) for hour in sorted(set(hours))}


def joined_so_far(tenant: str, model: str, store: TruthStore) -> Joined:
    """What all of a model's truth came to, as far as it was joined."""
    hours = store.hours(tenant, model)
    found = {hour: store.index(Partition(tenant, model, hour)) for hour in hours}
    return _told({hour: labelled for hour, labelled in found.items() if labelled is not None})


def _told(found: Mapping[str, Labelled]) -> Joined:
    counts = {name: sum(getattr(each, name) for each in found.values()) for name in COUNTS}
    return Joined(tuple(found), **counts, damaged=sum(len(each.damaged) for each in found.values()))


def _is_new(seen: Labelled | None, captures: Sequence[str], truth: Sequence[str]) -> bool:
    """Whether an hour is to be joined. One whose objects have expired stays as it was joined when they were there."""
    if seen is None:
        return bool(truth)
    if set(seen.captures) - set(captures) or set(seen.truth) - set(truth):
        return False
    return (seen.captures, seen.truth) != (tuple(captures), tuple(truth))


def _join_hour(
    partition: Partition,
    seen: Labelled | None,
    captures: tuple[str, ...],
    truth: tuple[str, ...],
    versions: _Versions,
    ports: JoinPorts,
) -> Labelled:
    """Truth that was read once is not read again; captures are only where something else is believed of them now."""
    before = _before(seen, ports.truth)
    unread = set(truth) - set(seen.truth if seen is not None and before else ())
    believed = _latest(chain(before, *(ports.truth.read(key) for key in sorted(unread))))
    if seen is not None and before and seen.captures == captures and _said(before) == _said(believed.values()):
        joined = [each.inference_id for each in before[: seen.rows]]
        return _dated(replace(seen, truth=truth), joined, believed, partition, ports.truth)
    found, damaged = _captured(captures, believed, ports.captures)
    # By time, so that sums don't depend on how rows came.
    ordered = [versions.row(found[name], believed[name]) for name in sorted(found)]
    usable = [row for row in ordered if row.line is not None]
    columns = max(usable, key=lambda row: row.version).columns if usable else ""  # those of the newest version
    kept = [row for row in usable if row.columns == columns]
    lines = [row.line for row in kept if row.line is not None]
    readable = sum(row.is_readable for row in ordered)
    labelled = Labelled(
        part=ports.truth.keep_part(partition, lines) if lines else None,
        rows=len(lines),
        unmatched=len(believed) - len(found),
        scored=_scores(ordered),
        captures=captures,
        truth=truth,
        unreadable=len(ordered) - readable,
        left_out=readable - len(lines),
        columns=columns,
        damaged=damaged,
    )
    return _dated(labelled, [row.name for row in kept], believed, partition, ports.truth)


def _before(seen: Labelled | None, store: TruthStore) -> Sequence[Truth]:
    """What was believed when the hour was joined last; nothing where that is not there to be read."""
    if seen is None or not seen.believed:
        return ()
    try:
        return store.read(seen.believed)
    except (NotFound, Corrupt):  # it can be made again
        return ()


def _said(truths: Iterable[Truth]) -> Mapping[str, tuple[type, object]]:
    """What truth says, whenever it arrived; True is no 1."""
    return {each.inference_id: (type(each.value), each.value) for each in truths}


def _dated(
    labelled: Labelled, joined: Sequence[str], believed: Mapping[str, Truth], partition: Partition, store: TruthStore
) -> Labelled:
    """The same with what is believed, that of the joined rows first, and when the latest of theirs arrived."""
    rest = sorted(believed.keys() - set(joined))
    key = store.keep_believed(partition, [believed[name] for name in (*joined, *rest)]) if believed else ""
    return replace(labelled, believed=key, arrived=max((believed[name].arrived for name in joined), default=""))


def _captured(
    keys: Iterable[str], believed: Mapping[str, Truth], store: CaptureStore
) -> tuple[dict[str, CaptureLine], tuple[str, ...]]:
    """The captures that truth is about, by inference id, and the keys of objects that can't be read."""
    found: dict[str, CaptureLine] = {}
    damaged: list[str] = []
    for key in keys:
        try:  # a capture may have been stored twice
            found |= {line.inference_id: line for line in store.read(key) if line.inference_id in believed}
        except Corrupt:  # nobody will mend it, and the others count
            damaged.append(key)
    return found, tuple(damaged)


def _latest(truths: Iterable[Truth]) -> dict[str, Truth]:
    """By inference id the truth that arrived last."""
    believed: dict[str, Truth] = {}
    for truth in truths:
        known = believed.get(truth.inference_id)
        if known is None or known.arrived <= truth.arrived:
            believed[truth.inference_id] = truth
    return believed


def _scores(rows: Iterable[_Row]) -> dict[str, Scored]:
    by_version: dict[str, list[Scored]] = {}
    for row in rows:
        if row.scored is not None:
            by_version.setdefault(str(row.version), []).append(row.scored)
    return {version: reduce(Scored.plus, each) for version, each in by_version.items()}


class _Versions:
    """The versions that answered, each looked up once; what is known of one says what a row of its is."""

    def __init__(self, tenant: str, model: str, ports: JoinPorts) -> None:
        self._tenant, self._model, self._ports = tenant, model, ports
        self._known: dict[int, Manifest | None] = {}

    def row(self, line: CaptureLine, truth: Truth) -> _Row:
        """The capture with its truth. Without the version nothing of it can be said."""
        manifest = self._manifest(line.version)
        if manifest is None:
            return _Row(line.inference_id, line.version)
        schema, spec = manifest.schema, manifest.lineage.spec
        answer = labelled_row.answer(schema, truth.value, spec.decimal or DecimalMark.POINT)
        if answer is None:
            return _Row(line.inference_id, line.version, is_readable=False)
        error = labelled_row.scored(line.outputs, answer)
        content = _line(line.inputs, manifest, answer)
        columns = digest.of_value(labelled_row.columns(manifest))
        return _Row(line.inference_id, line.version, columns, content, error)

    def _manifest(self, number: int) -> Manifest | None:
        if number not in self._known:
            version = self._ports.models.version(self._tenant, self._model, number)
            self._known[number] = None
            if version is not None:
                try:
                    content = self._ports.blobs.get(self._tenant, version.manifest_digest)
                except NotFound:  # the version is just being removed
                    return None
                self._known[number] = self._ports.read_manifest(content)
        return self._known[number]


def _line(inputs: Mapping[str, object], manifest: Manifest, answer: Answer) -> bytes | None:
    """The row as data; None where captures of this version lack a feature, or the row can't be written."""
    captured = manifest.lineage.spec.capture_fields
    if captured is not None and not {column.name for column in manifest.schema.features} <= set(captured):
        return None
    try:
        row = labelled_row.data_row(inputs, manifest, answer)
        return json.dumps(row, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        return None

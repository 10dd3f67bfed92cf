"""Captures with their truth as a dataset version: the newest joined rows, each hour's part where it lies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from millrace.domain import digest
from millrace.domain.capture import Partition
from millrace.domain.dataset import DatasetVersion
from millrace.domain.run import DataLocation
from millrace.domain.truth import Labelled
from millrace.ports import Blobs, Clock, Datasets, TruthStore
from millrace.usecases.gather_parts import MAX_PARTS


@dataclass(frozen=True, slots=True)
class DatasetPorts:
    """What making a dataset version needs from outside."""

    truth: TruthStore
    datasets: Datasets
    blobs: Blobs
    clock: Clock


@dataclass(frozen=True, slots=True)
class _Hour:
    """The joined rows of one hour, or of neighbouring ones that were put together."""

    partition: Partition
    part: DataLocation
    rows: int
    until: str


def labelled_rows(tenant: str, model: str, store: TruthStore, *, after: str = "") -> int:
    """How many captured rows have been joined with their truth, of all hours or of those after one."""
    return sum(labelled.rows for _, labelled in _indexes(tenant, model, store, after))


def dataset_of(tenant: str, model: str, ports: DatasetPorts, *, rows: int) -> DatasetVersion | None:
    """The newest joined rows, at most so many, as a registered version; None without any.

    They have the columns of the newest part. The same rows are the same version. Raises Unavailable, Corrupt.
    """
    newest = _newest(tenant, model, ports.truth, rows)
    if newest is None:
        return None
    hours, arrived = newest
    parts = [hour.part for hour in _together(hours, ports.truth)]
    listed = ports.blobs.put(tenant, digest.canonical([asdict(part) for part in parts]))
    data = DataLocation(
        bucket=parts[0].bucket,
        key=f"{tenant}/{model}/labelled/{hours[0].partition.hour}--{hours[-1].until}",
        version_id=None,
        digest=digest.of_value([part.digest for part in parts]),
        size=sum(part.size for part in parts),
        parts=listed,
    )
    version = DatasetVersion(tenant, model, data, ports.clock.now(), arrived)
    ports.datasets.add(version)
    return version


def _indexes(tenant: str, model: str, store: TruthStore, after: str = "") -> Iterator[tuple[Partition, Labelled]]:
    """What each hour after one was joined to, newest first."""
    for hour in reversed([each for each in store.hours(tenant, model) if each > after]):
        labelled = store.index(partition := Partition(tenant, model, hour))
        if labelled is not None:
            yield partition, labelled


def _newest(tenant: str, model: str, store: TruthStore, rows: int) -> tuple[list[_Hour], str] | None:
    """The newest hours in order, the oldest cut to what is still wanted, and when the last of the truth arrived."""
    hours: list[_Hour] = []
    arrived, columns, wanted = "", None, rows
    for partition, labelled in _indexes(tenant, model, store):
        if labelled.part is None or columns not in {None, labelled.columns}:
            continue
        columns, arrived = labelled.columns, max(arrived, labelled.arrived)
        hour = _Hour(partition, labelled.part, labelled.rows, partition.hour)
        if hour.rows > wanted:
            hour = replace(hour, part=store.keep_part(partition, store.part(hour.part)[-wanted:]), rows=wanted)
        hours.append(hour)
        wanted -= hour.rows
        if not wanted:
            break
    return (hours[::-1], arrived) if hours else None


def _together(hours: Sequence[_Hour], store: TruthStore) -> list[_Hour]:
    """At most `MAX_PARTS` of them: where there are more, small neighbours are put together.

    Any two neighbours that stay apart have more than `enough` rows together, so there are fewer than twice the rows
    divided by `enough`, and one.
    """
    if len(hours) <= MAX_PARTS:
        return list(hours)
    enough = 2 * sum(hour.rows for hour in hours) / (MAX_PARTS - 1)
    groups: list[list[_Hour]] = [[]]
    for hour in hours:
        if groups[-1] and sum(each.rows for each in groups[-1]) + hour.rows > enough:
            groups.append([])
        groups[-1].append(hour)
    return [_merged(group, store) for group in groups]


def _merged(group: Sequence[_Hour], store: TruthStore) -> _Hour:
    if len(group) == 1:
        return group[0]
    lines = [line for hour in group for line in store.part(hour.part)]
    part = store.keep_part(group[0].partition, lines)
    return _Hour(group[0].partition, part, len(lines), group[-1].until)

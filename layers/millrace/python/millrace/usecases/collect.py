"""Gather captures from their queue into objects of the capture bucket, by tenant, model and hour."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from millrace.domain.capture import Partition, Recorded
from millrace.domain.errors import MillraceError, Unavailable
from millrace.ports import CaptureStore, DeadLetters, Models

SECONDS_LEFT = 20.0  # with fewer no further object is begun: what is left is delivered again, and nothing twice


@dataclass(frozen=True, slots=True)
class Gathered:
    """What became of one partition's captures: so many `rows` were written, or `code` says why they come again."""

    partition: Partition
    versions: tuple[int, ...]
    rows: int = 0
    orphans: int = 0
    code: str | None = None


@dataclass(frozen=True, slots=True)
class CollectPorts:
    """What collecting needs from outside. `gathered` hears of each partition."""

    models: Models
    captures: CaptureStore
    dead_letters: DeadLetters
    gathered: Callable[[Gathered], None] = lambda _: None


@dataclass(slots=True)
class Collected:
    """What became of messages: `failed` are to be delivered again, each with the code that says why.

    `objects` are the keys written, `rows` their lines. `unreadable` messages went to the dead letters; `orphans` were
    of a version that is no more, and are gone.
    """

    failed: dict[str, str] = field(default_factory=dict)
    objects: list[str] = field(default_factory=list)
    rows: int = 0
    unreadable: int = 0
    orphans: int = 0


def collect(messages: Mapping[str, str], ports: CollectPorts, seconds_left: Callable[[], float]) -> Collected:
    """Write what these messages, bodies by id, hold: one object per partition. One that fails does not stop another."""
    collected = Collected()
    for partition, recorded in _sorted(messages, ports.dead_letters, collected).items():
        versions = tuple(sorted({each.version for each in recorded.values()}))
        try:
            if seconds_left() < SECONDS_LEFT:
                raise Unavailable("no time was left to write them", code="no_time")
            gathered = _write(Gathered(partition, versions), list(recorded.values()), ports, collected)
        except MillraceError as error:
            collected.failed |= dict.fromkeys(recorded, error.code)
            gathered = Gathered(partition, versions, code=error.code)
        ports.gathered(gathered)
    return collected


def _sorted(
    messages: Mapping[str, str], dead_letters: DeadLetters, collected: Collected
) -> Mapping[Partition, Mapping[str, Recorded]]:
    found: dict[Partition, dict[str, Recorded]] = defaultdict(dict)
    for message, body in messages.items():
        try:
            recorded = Recorded.parse(body)
        except ValueError:
            try:
                dead_letters.keep(body)
                collected.unreadable += 1
            except MillraceError as error:
                collected.failed[message] = error.code
        else:
            found[recorded.partition][message] = recorded
    return found


def _write(gathered: Gathered, recorded: list[Recorded], ports: CollectPorts, collected: Collected) -> Gathered:
    """Each call once, since a queue may deliver a message twice, in the order of time.

    What was on its way while its model was removed must not come back: such captures are dropped, also where another
    version has the number by now.
    """
    partition = gathered.partition
    created = {version: _created(partition, version, ports.models) for version in gathered.versions}
    calls = {each.call: each.lines for each in recorded if each.version_created == created[each.version]}
    lines = [line for call in sorted(calls) for line in calls[call]]
    if lines:
        collected.objects.append(ports.captures.write(partition, lines))
    orphans = sum(each.version_created != created[each.version] for each in recorded)
    collected.rows += len(lines)
    collected.orphans += orphans
    return replace(gathered, rows=len(lines), orphans=orphans)


def _created(partition: Partition, version: int, models: Models) -> str | None:
    found = models.version(partition.tenant, partition.model, version)
    return None if found is None else found.created

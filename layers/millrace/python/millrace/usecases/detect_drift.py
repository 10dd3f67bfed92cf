"""Whether a model's newest captures have moved away from what it was trained on, and who is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from millrace.domain.capture import Partition
from millrace.domain.drift import Drift, Standing, history_key, latest_key, metric_name, reminder
from millrace.domain.errors import NotFound
from millrace.domain.model import CHAMPION
from millrace.domain.sketch import Chunk, Scored, Sketch, empty
from millrace.domain.spec import Spec
from millrace.monitoring.decision import judge
from millrace.ports import Announcements, Clock, Documents, Metrics, TruthStore
from millrace.usecases.join_truth import JoinPorts, join
from millrace.usecases.sketch_captures import SketchPorts, Versions, Watched, sketch_hour

PERSISTS = "Drift Goes On"
HOUR = len("2026-11-24T20")  # of a time


@dataclass(frozen=True, slots=True)
class DetectPorts:
    """What detecting needs from outside. `reminders` reach whoever the alarms reach."""

    sketching: SketchPorts
    joining: JoinPorts
    metrics: Metrics
    reminders: Announcements
    clock: Clock

    @property
    def documents(self) -> Documents:
        """Those of the capture bucket."""
        return self.sketching.documents


def detect(tenant: str, model: str, ports: DetectPorts) -> Drift | None:
    """Look at the champion's window of captures and tell what it shows; None where no champion can be watched.

    Doing it again reads no capture object again. Raises Unavailable, Corrupt for a version's own artifacts.
    """
    join(tenant, model, None, ports.joining)
    versions = Versions(tenant, model, ports.sketching)
    watched = _champion(tenant, model, versions, ports)
    if watched is None:
        return None
    spec, now = watched.manifest.lineage.spec, ports.clock.now()
    since = _back(now, spec.drift_hours)
    window = _window(watched, since, versions, ports)
    scored = _scored(tenant, model, watched, window.hours, ports.joining.truth)
    standing, severity, findings = judge(watched.baseline, window.sketch, scored, spec)
    drift = Drift(
        tenant,
        model,
        watched.version.number,
        now,
        window.since or since,
        window.until or now,
        window.sketch.rows,
        scored.rows if scored else 0,
        standing,
        severity,
        findings,
        damaged=window.damaged,
    )
    _tell(drift, ports)
    return drift


def last_drift(tenant: str, model: str, documents: Documents) -> Drift | None:
    """What was last found of a model; None where nobody has looked yet."""
    try:
        return documents.read(Drift, latest_key(tenant, model))
    except NotFound:
        return None


@dataclass(slots=True)
class _Window:
    """The newest captures of a version, added up; `hours` are the partitions that it reaches into."""

    sketch: Sketch
    since: str = ""
    until: str = ""
    hours: list[str] = field(default_factory=list)
    damaged: int = 0

    def take(self, chunk: Chunk) -> None:
        """Add neighbouring captures."""
        self.sketch = self.sketch.plus(chunk.sketch)
        self.since = min(self.since or chunk.since, chunk.since)
        self.until = max(self.until, chunk.until)

    def is_full(self, spec: Spec) -> bool:
        """Whether it has the rows that are wanted, and of hours enough."""
        return self.sketch.rows >= spec.drift_rows and _hours_between(self.since, self.until) >= spec.drift_least_hours


def _window(watched: Watched, since: str, versions: Versions, ports: DetectPorts) -> _Window:
    """From the newest hour backwards, one hour in memory at a time, until the window is full."""
    version, spec = watched.version, watched.manifest.lineage.spec
    window = _Window(empty(watched.baseline))
    for hour in reversed(ports.sketching.captures.hours(version.tenant, version.model, since[:HOUR])):
        if window.is_full(spec):
            break
        sketched = sketch_hour(Partition(version.tenant, version.model, hour), versions, ports.sketching)
        window.damaged += len(sketched.damaged)
        mine = [each for each in sketched.chunks if each.version == version.number and each.until >= since]
        for chunk in reversed(mine):
            if not window.is_full(spec):
                window.take(chunk)
        window.hours += [hour] if mine else []
    return window


def _champion(tenant: str, model: str, versions: Versions, ports: DetectPorts) -> Watched | None:
    alias = ports.sketching.models.alias(tenant, model, CHAMPION)
    return None if alias is None else versions.find(alias.version)


def _hours_between(since: str, until: str) -> float:
    if not since:
        return 0.0
    return (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds() / 3600


def _scored(tenant: str, model: str, watched: Watched, hours: Sequence[str], truth: TruthStore) -> Scored | None:
    """The version's errors where truth is known, over these hours; None where it is known of no row."""
    total = Scored()
    for hour in hours:
        labelled = truth.index(Partition(tenant, model, hour))
        if labelled is not None:
            total = total.plus(labelled.scored.get(str(watched.version.number), Scored()))
    return total if total.rows else None


def _tell(drift: Drift, ports: DetectPorts) -> None:
    """Record what was found, and let the alarm know. An alarm rises once; while drift persists, a reminder follows."""
    before = last_drift(drift.tenant, drift.model, ports.documents)
    if drift.standing is not Standing.NOT_ENOUGH_DATA:
        ports.documents.write(drift, history_key(drift))
    ports.documents.write(drift, latest_key(drift.tenant, drift.model))
    if drift.severity is None:
        return  # not enough data is not no drift: the alarm stays as it is
    ports.metrics.publish(metric_name(drift.tenant, drift.model), drift.severity)
    if drift.standing is Standing.DRIFTED and before is not None and before.standing is Standing.DRIFTED:
        ports.reminders.publish(PERSISTS, reminder(drift.tenant, drift.model))


def _back(now: str, hours: int) -> str:
    moment = datetime.fromisoformat(now) - timedelta(hours=hours)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

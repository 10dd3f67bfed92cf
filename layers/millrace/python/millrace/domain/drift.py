"""Whether what a model is asked, or answers, or how well it does, has moved away from what it was trained on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

ALARM_SEVERITY = 1.0  # from here on a model's alarm rises


class Standing(StrEnum):
    """What a window of captures shows."""

    NOT_ENOUGH_DATA = "not enough data"  # which is not the same as no drift
    STABLE = "stable"
    DRIFTED = "drifted"


@dataclass(frozen=True, slots=True)
class Finding:
    """One test of one column (or of the predictions, or of the performance).

    `statistic` is in the test's own unit, `limit` where it begins to count; `p_value` is corrected for the number of
    columns, None for a test that has none. `severity` is 0 for nothing and reaches 1 where the test finds drift.
    """

    test: str
    column: str
    statistic: float
    limit: float
    severity: float
    says: str
    p_value: float | None = None

    @property
    def drifted(self) -> bool:
        """Whether the test finds drift."""
        return self.severity >= ALARM_SEVERITY


@dataclass(frozen=True, slots=True)
class Drift:
    """A window of one version's captures against its baseline. `since` and `until` bound it, ISO 8601 in UTC.

    `severity` is that of the worst finding; None where there is not enough data to say. `labelled` rows have truth.
    `damaged` capture objects of the window's hours could not be read, and count for nothing.
    """

    tenant: str
    model: str
    version: int
    at: str
    since: str
    until: str
    rows: int
    labelled: int
    standing: Standing
    severity: float | None
    findings: tuple[Finding, ...] = ()
    damaged: int = 0
    schema_version: int = 1

    @property
    def worst(self) -> Finding | None:
        """The finding of the greatest severity."""
        return max(self.findings, key=lambda finding: finding.severity, default=None)


@dataclass(frozen=True, slots=True)
class Look:
    """That somebody began to look at a model, ISO 8601 in UTC, whatever came of it."""

    at: str
    schema_version: int = 1


def look_key(tenant: str, model: str) -> str:
    """Where the newest `Look` at a model lies in the capture bucket."""
    return f"{tenant}/{model}/drift/look.json"


def latest_key(tenant: str, model: str) -> str:
    """Where the newest `Drift` of a model lies in the capture bucket."""
    return f"{tenant}/{model}/drift/latest.json"


def history_key(drift: Drift) -> str:
    """Where this one lies for good."""
    return f"{drift.tenant}/{drift.model}/drift/{drift.at}.json"


def metric_name(tenant: str, model: str) -> str:
    """The metric that carries a model's severity; a name of its own, since not every cloud tells dimensions apart."""
    return f"drift/{tenant}/{model}"


def alarm_name(stage: str, tenant: str, model: str) -> str:
    """The model's alarm. A name holds no slash, so it is read back as it was written."""
    return f"millrace-{stage}-drift-{tenant}/{model}"


def alarm_of(stage: str, name: str) -> tuple[str, str] | None:
    """The tenant and the model whose alarm has this name; None for an alarm that is not of this stage's models."""
    prefix = f"millrace-{stage}-drift-"
    tenant, slash, model = name.removeprefix(prefix).partition("/")
    return (tenant, model) if name.startswith(prefix) and slash else None


def reminder(tenant: str, model: str) -> dict[str, object]:
    """What the drift topic is told while a model goes on drifting: its alarm speaks only once, when it rises."""
    return {"reminder": {"tenant": tenant, "model": model}}

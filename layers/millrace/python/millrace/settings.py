"""The environment contract, written once: stacks fill it, functions read it. Standard library only.

A field `registry_table` travels as the variable `MILLRACE_REGISTRY_TABLE`. Each function declares the class it needs,
so a stack that forgets a variable fails at synth and a function that lacks one fails at start, by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Self

PREFIX = "MILLRACE_"


class MissingSetting(RuntimeError):
    """A variable of the contract is not set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What every function knows."""

    stage: str

    @property
    def metrics(self) -> str:
        """The namespace of the stage's own metrics in CloudWatch."""
        return f"Millrace/{self.stage}"

    def to_env(self) -> dict[str, str]:
        """The environment variables that carry these settings."""
        return {PREFIX + name.upper(): str(value) for name, value in asdict(self).items()}

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read them back. Raises MissingSetting naming the variable."""
        values: dict[str, object] = {}
        for field in fields(cls):
            variable = PREFIX + field.name.upper()
            if variable not in env:
                raise MissingSetting(f"{variable} is not set; {cls.__name__} needs it")
            values[field.name] = int(env[variable]) if field.type == "int" else env[variable]
        return cls(**values)  # type: ignore[arg-type]  # each value has the field's declared type


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestSettings(Settings):
    """For `ingest`."""

    registry_table: str
    landing_bucket: str
    artifact_bucket: str
    state_machine_arn: str
    event_bus: str
    topic_arn: str
    max_upload_bytes: int
    runs_per_tenant: int  # that run at once; the others wait


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings(Settings):
    """For the functions of the training state machine: admit, diagnose, gate, register, deploy."""

    registry_table: str
    landing_bucket: str
    artifact_bucket: str
    default_backend: str  # where jobs run whose spec names no backend


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterSettings(TrainingSettings):
    """For `register`, which puts the alarms of models."""

    drift_topic_arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifySettings(Settings):
    """For `notify`, its last function, and `reconcile`: both end runs, tell of it and begin the next ones."""

    registry_table: str
    event_bus: str
    topic_arn: str
    state_machine_arn: str
    runs_per_tenant: int  # as for `ingest`


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainSettings(NotifySettings):
    """For `retrain`, which begins runs and tells when it will begin no more."""

    artifact_bucket: str
    capture_bucket: str
    detect_minutes: int  # between two looks for drift


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizeSettings(Settings):
    """For `authorize`."""

    registry_table: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictSettings(Settings):
    """For `predict`. Sessions are kept by digest while what they take of memory stays within `session_bytes`."""

    registry_table: str
    artifact_bucket: str
    capture_bucket: str
    capture_queue_url: str
    session_bytes: int
    alias_seconds: int  # how long an alias is believed; an alias move is followed within this


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectSettings(Settings):
    """For `collect`."""

    registry_table: str
    capture_bucket: str
    capture_dead_letter_queue_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlSettings(Settings):
    """For `control`, the tenants' API to uploads, runs and keys."""

    registry_table: str
    landing_bucket: str
    max_upload_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectSettings(Settings):
    """For `detect_drift`."""

    registry_table: str
    artifact_bucket: str
    capture_bucket: str
    drift_topic_arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelSettings(Settings):
    """For `label`, which files of truth reach."""

    registry_table: str
    landing_bucket: str
    capture_bucket: str
    capture_expiration_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSettings(Settings):
    """For the training image as a container of Batch or SageMaker."""

    landing_bucket: str
    artifact_bucket: str

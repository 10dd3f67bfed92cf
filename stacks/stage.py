"""A stage's typed configuration, read from cdk.json and refused with the field's name when it is wrong."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Literal

# fmt: off
RETENTION_DAYS = (  # what CloudWatch Logs offers
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)
# fmt: on
CHOICES: dict[str, tuple[object, ...]] = {
    "python": ("3.11", "3.12", "3.13", "3.14"),
    "architecture": ("x86_64", "arm64"),
    "synthesizer": ("default", "cli"),
    "removal": ("retain", "destroy"),
    "log_retention_days": RETENTION_DAYS,
}
# The least and the most of each number, as AWS or our own promises bound it.
BOUNDS: dict[str, tuple[int, int]] = {
    "landing_expiration_days": (1, 36_500),
    "noncurrent_expiration_days": (1, 36_500),
    "runs_per_tenant": (1, 100),
    "max_upload_bytes": (1, 50_000_000_000),  # without a SHA-256, `ingest` has 900 s to hash it
    "job_timeout_minutes": (1, 710),  # SQS hides a message for 12 hours at most; then a second worker would get it
    "job_heartbeat_seconds": (1, 31_536_000),
    "worker_visibility_seconds": (10, 43_200),  # SQS's longest
    "session_bytes": (1, 10_000_000_000),
    "alias_seconds": (0, 4),  # an alias move is followed within 5 s, and the call that finds out takes time too
    "authorizer_ttl_seconds": (0, 4),  # a revoked key stops within 5 s, and so does a call that began before
    "predict_memory_mb": (128, 10_240),  # Lambda's
    "throttle_rate": (1, 1_000_000),
    "throttle_burst": (1, 1_000_000),
}


class WrongStage(ValueError):
    """A stage's configuration can't be used; the message names the field and what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageConfig:
    """What differs between stages. A field's name ends with its unit."""

    name: str
    python: str
    architecture: Literal["x86_64", "arm64"]
    account: str = ""  # empty: whichever the deploying credentials belong to
    region: str = ""
    synthesizer: Literal["default", "cli"] = "default"  # cli: deploy with the caller's own credentials
    removal: Literal["retain", "destroy"] = "retain"  # what becomes of data and logs when a stack is deleted
    termination_protection: bool = True
    deletion_protection: bool = True  # the registry table's
    log_retention_days: int = 30
    landing_expiration_days: int = 365
    noncurrent_expiration_days: int = 30
    runs_per_tenant: int = 2  # that run at once; the others of that tenant wait
    max_upload_bytes: int = 5_000_000_000
    job_timeout_minutes: int = 600
    job_heartbeat_seconds: int = 3600  # it also covers a job's wait in the queue: workers may start this late
    worker_visibility_seconds: int = 120
    session_bytes: int = 256_000_000  # of memory for loaded models, as inference/tabular.py estimates it
    alias_seconds: int = 2
    authorizer_ttl_seconds: int = 3
    predict_memory_mb: int = 1024
    throttle_rate: int = 500  # requests a second, over the whole API
    throttle_burst: int = 1000

    def __post_init__(self) -> None:
        """Refuse values that AWS or our promises don't allow."""
        for field, expected in self._wrong():
            raise _wrong(self.name, field, expected, getattr(self, field))

    def _wrong(self) -> Iterator[tuple[str, str]]:
        """Each field that can't be used, with what was expected of it."""
        for field, choices in CHOICES.items():
            if getattr(self, field) not in choices:
                yield field, f"one of {', '.join(map(str, choices))}"
        for field, (least, most) in BOUNDS.items():
            if not least <= getattr(self, field) <= most:
                yield field, f"{least} to {most}"
        if self.python == "3.11" and self.synthesizer != "cli":
            # Lambda's Python 3.11 runs on glibc 2.26, older than numpy's and ONNX Runtime's wheels are made for.
            yield "python", "3.12 or newer on AWS; 3.11 is for the embedded cloud"
        if self.session_bytes > self.predict_memory_mb * 1_000_000 // 2:
            # The rest is for Python, the largest call's JSON, and a model while it is being loaded.
            yield "session_bytes", "at most half of predict_memory_mb"
        if self.account and not (self.account.isdecimal() and len(self.account) == 12):
            yield "account", "12 digits, or nothing"
        if self.job_heartbeat_seconds <= 2 * self.worker_visibility_seconds:
            # A lost worker's message comes back after the visibility time; another must have time to take it.
            yield "job_heartbeat_seconds", "more than twice worker_visibility_seconds"
        if self.job_timeout_minutes * 60 <= self.job_heartbeat_seconds:
            yield "job_timeout_minutes", "longer than job_heartbeat_seconds"

    @classmethod
    def read(cls, stages: object, name: str) -> StageConfig:
        """The stage `name` of cdk.json's context block `stages`. Raises WrongStage."""
        if not isinstance(stages, Mapping) or not stages:
            raise WrongStage("stages: expected one block per stage in the context of cdk.json")
        block = stages.get(name)
        if not isinstance(block, Mapping):
            raise WrongStage(f"stages.{name}: there is no such stage; cdk.json has {', '.join(sorted(stages))}")
        known = {field.name: field for field in fields(cls) if field.name != "name"}
        for field, value in block.items():
            if field not in known:
                near = difflib.get_close_matches(field, known, n=1, cutoff=0)
                raise WrongStage(f"stages.{name}.{field}: there is no such field; did you mean {near[0]}?")
            wanted = _TYPES.get(str(known[field].type), str)
            if type(value) is not wanted:  # not isinstance: true is no number
                raise _wrong(name, field, _WORDS[wanted], value)
        for field, each in known.items():
            if each.default is MISSING and field not in block:
                raise WrongStage(f"stages.{name}.{field}: expected a value; it has no default")
        return cls(name=name, **block)


_TYPES: dict[str, type] = {"int": int, "bool": bool}
_WORDS: dict[type, str] = {int: "a whole number", bool: "true or false", str: "a text"}


def _wrong(stage: str, field: str, expected: str, got: object) -> WrongStage:
    return WrongStage(f"stages.{stage}.{field}: expected {expected}, got {got!r}")

"""A stage's typed configuration, read from cdk.json and refused with the field's name when it is wrong."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Literal

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
    "batch_network": ("public", "private"),
}
BACKENDS = ("worker", "batch", "sagemaker")
CONTAINERS = frozenset({"batch", "sagemaker"})  # the backends that run the training image
# Registry, repository, and a tag or a digest: the image is built and pushed by hand, so that synthesis needs no Docker.
IMAGE = re.compile(
    r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/(?P<repository>[a-z0-9][a-z0-9._/-]*)"
    r"(:[\w][\w.-]{0,127}|@sha256:[0-9a-f]{64})"
)
INSTANCE_TYPE = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)?")
TRAINING_TYPE = re.compile(r"ml\.[a-z][a-z0-9-]*\.[a-z0-9-]+")
# The least and the most of each number, as AWS or our own promises bound it.
BOUNDS: dict[str, tuple[int, int]] = {
    "landing_expiration_days": (1, 36_500),
    "noncurrent_expiration_days": (1, 36_500),
    "capture_expiration_days": (1, 36_500),
    "capture_window_seconds": (0, 300),  # Lambda's bounds
    "detect_minutes": (1, 1_440),
    "runs_per_tenant": (1, 100),
    "jobs_per_run": (1, 16),  # a spec's most
    "max_upload_bytes": (1, 50_000_000_000),  # without a SHA-256, `ingest` has 900 s to hash it
    "job_timeout_minutes": (1, 710),  # SQS hides a message for 12 hours at most; then a second worker would get it
    "job_heartbeat_seconds": (1, 31_536_000),
    "worker_visibility_seconds": (10, 43_200),  # SQS's longest
    "session_bytes": (1, 10_000_000_000),
    "alias_seconds": (0, 4),  # an alias move is followed within 5 s, and the call that finds out takes time too
    "authorizer_ttl_seconds": (0, 4),  # a revoked key stops within 5 s, and so does a call that began before
    "predict_memory_mb": (512, 10_240),  # to Lambda's most
    "throttle_rate": (1, 1_000_000),
    "throttle_burst": (1, 1_000_000),
    "job_vcpus": (1, 192),
    "job_memory_mb": (512, 1_500_000),
    "job_gpus": (0, 8),
    "job_disk_gb": (30, 16_384),  # from what the machine's own image takes to the largest volume
    "job_wait_minutes": (10, 1440),  # AWS Batch's bounds for the time that a job may wait at the head of its queue
    "batch_max_vcpus": (1, 100_000),
    "alarm_error_percent": (1, 100),
    "alarm_latency_ms": (1, 29_000),  # API Gateway waits no longer
    "alarm_wait_minutes": (5, 1_440),  # a day is as far as an alarm looks back
}
NAME = re.compile(r"[a-z][a-z0-9-]{0,19}")  # in names of stacks, log groups, SageMaker's jobs (63 at most)
REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
ACCOUNT = re.compile(r"[0-9]{12}")
CALLS_MB = 400  # Python, and the JSON of the largest call, which takes many times its size


class WrongStage(ValueError):
    """A stage's configuration can't be used; the message names the field and what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageConfig:
    """What differs between stages. A field's name ends with its unit."""

    name: str  # the block's own key; in the names of stacks, log groups and jobs
    python: str  # of the functions and their layers
    architecture: Literal["x86_64", "arm64"]  # of the functions and their layers
    account: str = ""  # empty: whichever the deploying credentials belong to
    region: str = ""  # empty: the deploying credentials' own
    synthesizer: Literal["default", "cli"] = "default"  # cli: deploy with the caller's own credentials
    removal: Literal["retain", "destroy"] = "retain"  # what becomes of data and logs when a stack is deleted
    termination_protection: bool = True  # of every stack
    deletion_protection: bool = True  # the registry table's
    log_retention_days: int = 30  # of every log group
    landing_expiration_days: int = 365  # of uploads
    noncurrent_expiration_days: int = 30  # of what was overwritten or deleted, in every bucket
    capture_expiration_days: int = 365  # of captures, truth and what drift was found
    capture_window_seconds: int = 60  # that captures wait for others, to be one object with them
    detect_minutes: int = 60  # between two looks for drift
    runs_per_tenant: int = 2  # that run at once; the others of that tenant wait
    jobs_per_run: int = 4  # that search at once where a spec has several jobs; the others of that run wait
    max_upload_bytes: int = 5_000_000_000  # of one file
    job_timeout_minutes: int = 600  # of one job
    job_heartbeat_seconds: int = 3600  # it also covers a job's wait in the queue: workers may start this late
    worker_visibility_seconds: int = 120  # after which another worker takes a lost one's job
    session_bytes: int = 256_000_000  # of memory for loaded models, as inference/tabular.py estimates it
    alias_seconds: int = 2  # that `predict` believes what it read of an alias
    authorizer_ttl_seconds: int = 3  # that API Gateway believes what `authorize` said of a key
    predict_memory_mb: int = 1024  # of `predict`; its processor grows with it
    throttle_rate: int = 500  # requests a second, over the whole API
    throttle_burst: int = 1000  # requests at once, over the whole API
    backends: tuple[str, ...] = ("worker",)  # where jobs can run; the first is taken unless a spec says otherwise
    job_image: str = ""  # the training image in ECR, which batch and sagemaker run
    job_spot: bool = True  # spare machines first, at a third of the price or so; then on demand
    job_vcpus: int = 4  # of one job on batch
    job_memory_mb: int = 14_000  # a little less than an instance of 16 GB has: the machine's own programs need some
    job_gpus: int = 0  # of one job on batch
    job_disk_gb: int = 100  # of one machine on batch or sagemaker
    job_wait_minutes: int = 60  # for a machine
    batch_max_vcpus: int = 64  # of all jobs at once, for Spot and on demand each; the minimum is none
    batch_instance_types: tuple[str, ...] = ("m5", "m6i", "m7i")  # families or types, of the image's architecture
    batch_network: Literal["public", "private"] = (
        "public"  # private: no way out but VPC endpoints, which cost by the hour
    )
    sagemaker_instance_type: str = "ml.m5.xlarge"  # of one job on sagemaker
    alarm_error_percent: int = 1  # of the API's answers that are 5xx
    alarm_latency_ms: int = 3_000  # that one answer in a hundred takes; a first call of a cold function takes 1 to 2 s
    alarm_wait_minutes: int = 15  # that a job waits for a worker

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
        if self.session_bytes > min(self.predict_memory_mb // 2, self.predict_memory_mb - CALLS_MB) * 1_000_000:
            # The rest is for calls, and for a model while it is being loaded.
            yield "session_bytes", f"at most half of predict_memory_mb, and {CALLS_MB} MB less than it"
        if not NAME.fullmatch(self.name):
            yield "name", "1 to 20 of a-z, 0-9 and '-', beginning with a letter"
        if self.account and not ACCOUNT.fullmatch(self.account):
            yield "account", "12 digits, or nothing"
        if self.region and not REGION.fullmatch(self.region):
            yield "region", "a region such as eu-central-1, or nothing"
        if self.job_heartbeat_seconds <= 2 * self.worker_visibility_seconds:
            # A lost worker's message comes back after the visibility time; another must have time to take it.
            yield "job_heartbeat_seconds", "more than twice worker_visibility_seconds"
        if self.job_timeout_minutes * 60 <= self.job_heartbeat_seconds:
            yield "job_timeout_minutes", "longer than job_heartbeat_seconds"
        yield from self._wrong_jobs()

    def _wrong_jobs(self) -> Iterator[tuple[str, str]]:
        """The same of the fields about backends that run the training image."""
        if not self.backends or len(set(self.backends)) < len(self.backends) or set(self.backends) - set(BACKENDS):
            yield "backends", f"some of {', '.join(BACKENDS)}, each once"
        if CONTAINERS & set(self.backends) and not self.job_image:
            yield "job_image", "an ECR image, which batch and sagemaker run"
        if self.job_image and not IMAGE.fullmatch(self.job_image):
            yield "job_image", "ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY with :TAG or @sha256:DIGEST"
        if not self.batch_instance_types or not all(map(INSTANCE_TYPE.fullmatch, self.batch_instance_types)):
            yield "batch_instance_types", "families or types such as m6i or m6i.xlarge"
        if not TRAINING_TYPE.fullmatch(self.sagemaker_instance_type):
            yield "sagemaker_instance_type", "a type such as ml.m5.xlarge"
        if self.job_vcpus > self.batch_max_vcpus:
            yield "batch_max_vcpus", "at least job_vcpus"

    @property
    def image_repository(self) -> str:
        """The ECR repository that `job_image` is in, or nothing."""
        found = IMAGE.fullmatch(self.job_image)
        return found["repository"] if found else ""

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
            if not _is(value, wanted):
                raise _wrong(name, field, _WORDS[wanted], value)
        for field, each in known.items():
            if each.default is MISSING and field not in block:
                raise WrongStage(f"stages.{name}.{field}: expected a value; it has no default")
        given: dict[str, Any] = {f: tuple(value) if isinstance(value, list) else value for f, value in block.items()}
        return cls(name=name, **given)


def _is(value: object, wanted: type) -> bool:
    """Whether a value of JSON has this type exactly: true is no number. Lists are of texts."""
    return type(value) is wanted and (not isinstance(value, list) or all(type(each) is str for each in value))


_TYPES: dict[str, type] = {"int": int, "bool": bool, "tuple[str, ...]": list}
_WORDS: dict[type, str] = {int: "a whole number", bool: "true or false", str: "a text", list: "a list of texts"}


def _wrong(stage: str, field: str, expected: str, got: object) -> WrongStage:
    return WrongStage(f"stages.{stage}.{field}: expected {expected}, got {got!r}")

"""The training job: one document in, files out. The same on a worker, Batch and SageMaker."""

from __future__ import annotations

from dataclasses import dataclass

from millrace.domain.origin import UNKNOWN, Origin
from millrace.domain.run import DataLocation
from millrace.domain.spec import Spec

MODEL_FILE = "model.onnx"
MANIFEST_FILE = "manifest.json"
REPORT_FILE = "report.json"
BACKENDS = ("worker", "batch", "sagemaker")  # where a job can run; a stage says which of them it has
DISK_FULL = 74  # the exit code of a job that could not even write why it failed
PROFILE_FILE = "profile.json"
BASELINE_FILE = "baseline.json"


@dataclass(frozen=True, slots=True)
class ChampionArtifact:
    """The serving version, which the job scores on the same held-out rows: its number, its files' digests.

    `superseded` says that it was made by default, of the same data, before the spec came that this job goes by.
    """

    version: int
    model_digest: str
    manifest_digest: str
    superseded: bool = False


@dataclass(frozen=True, slots=True)
class Ticket:
    """Which attempt of which run: all that passes through the state machine. Keys are those of the artifact bucket."""

    tenant: str
    dataset: str
    run_id: str
    attempt: int

    @property
    def prefix(self) -> str:
        """Where this attempt's documents lie."""
        return f"{self.tenant}/runs/{self.run_id}/{self.attempt}"

    @property
    def job_key(self) -> str:
        """Where `admit` writes the `Job`."""
        return f"{self.prefix}/job.json"

    @property
    def result_key(self) -> str:
        """Where the backend writes the `JobResult`."""
        return f"{self.prefix}/result.json"

    @property
    def failure_key(self) -> str:
        """Where a job that nobody waits for by token writes its `JobFailure`."""
        return f"{self.prefix}/failure.json"

    @property
    def verdict_key(self) -> str:
        """Where the gate writes its `Verdict`."""
        return f"{self.prefix}/verdict.json"

    @property
    def page_key(self) -> str:
        """Where the gate writes the report that people read."""
        return f"{self.prefix}/report.html"


@dataclass(frozen=True, slots=True)
class Part:
    """One of several jobs that search at once for one attempt: `number` counts from 1 to `of`."""

    number: int
    of: int

    def share(self, trials: int) -> int:
        """How many of so many trials are this part's."""
        return trials // self.of + (self.number <= trials % self.of)


@dataclass(frozen=True, slots=True)
class Job:
    """What a job is told, in full. It is stored as one S3 object and the job's message holds only that address.

    One with a `part` only searches, and leaves its trials as checkpoints; `parts` is how many such jobs went before one
    that makes the model of what they found.
    """

    tenant: str
    dataset: str
    run_id: str
    attempt: int
    data: DataLocation
    spec: Spec
    champion: ChampionArtifact | None = None
    schema_version: int = 1
    origin: Origin = UNKNOWN
    part: Part | None = None
    parts: int = 0

    @property
    def ticket(self) -> Ticket:
        """The attempt this is the job of."""
        return Ticket(self.tenant, self.dataset, self.run_id, self.attempt)

    @property
    def prefix(self) -> str:
        """Where this job's documents lie in the artifact bucket: the attempt's, or a part's among them."""
        return self.ticket.prefix if self.part is None else part_prefix(self.ticket, self.part.number)

    @property
    def key(self) -> str:
        """Where this document itself lies in the artifact bucket."""
        return f"{self.prefix}/job.json"

    @property
    def result_key(self) -> str:
        """Where the backend writes the `JobResult`, or of a part the `PartResult`."""
        return f"{self.prefix}/result.json"


@dataclass(frozen=True, slots=True)
class JobResult:
    """The digests of what a job made, each stored by content in the artifact bucket.

    Earlier jobs made no profile and no baseline.
    """

    model_digest: str
    manifest_digest: str
    report_digest: str
    profile_digest: str | None = None
    baseline_digest: str | None = None
    schema_version: int = 1


@dataclass(frozen=True, slots=True)
class PartResult:
    """What a part leaves beside its checkpoints: how many of them there are."""

    trials: int
    schema_version: int = 1


def part_prefix(ticket: Ticket, number: int) -> str:
    """Where the documents of an attempt's part lie in the artifact bucket."""
    return f"{ticket.prefix}/parts/{number}"


def blob_key(tenant: str, digest: str) -> str:
    """Where content with this SHA-256 lies in the artifact bucket."""
    return f"{tenant}/blobs/{digest}"

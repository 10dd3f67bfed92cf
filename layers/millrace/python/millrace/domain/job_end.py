"""Why a job ended on a service that runs its container: what the job wrote, else what the service says of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from millrace.domain.run import Failure

REJECTED, FAILED = "Rejected", "JobFailed"
HANDED_BACK = 75  # the container's exit code when it was told to stop or a service was away: the same job may go on
TOLD = 300  # characters of the service's own words that are told on
TIMEOUT = "States.Timeout"


@dataclass(frozen=True, slots=True)
class JobFailure:
    """What a job leaves in the artifact bucket when it ends without a model: the kind of error, and why."""

    kind: str  # Rejected or JobFailed
    failure: Failure
    schema_version: int = 1


@dataclass(frozen=True, slots=True)
class JobEnd:
    """What the state machine knows of a job that failed: its error, the service's words, the container's exit code."""

    error: str
    words: str = ""
    exit_code: int | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The kind of error, the failure as it is told, and whether the job may do well on other machines."""

    kind: str
    failure: Failure
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Sign:
    """Words by which a service tells one cause, what to tell of it, and whether other machines would help."""

    words: tuple[str, ...]
    failure: Failure
    elsewhere: bool = False


NO_CAPACITY = Failure(
    "no_capacity",
    "no machine became free for the job in the time that the stage waits",
    "try again later, or name more instance types in the stage's configuration",
)
LOST = Failure("machine_lost", "the job's machines were taken away again and again", "retry the run")
TIMED_OUT = Failure(
    "timed_out",
    "the job took longer than it may",
    "ask for less budget_seconds, trials or folds, send fewer rows, or raise job_timeout_minutes of the stage",
)
NEVER_ENDED = Failure(
    "never_ended",
    "the job neither got a machine nor came to an end in the time that the stage waits",
    "look at the queue for a blocked or long-waiting job: aws batch list-jobs --job-status RUNNABLE says why it waits",
)
# The first that fits counts. A capacity reason is what AWS Batch writes once a job waited in RUNNABLE for too long.
SIGNS = (
    Sign(
        ("CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY", "CapacityError", "MaxWaitTimeExceeded"), NO_CAPACITY, elsewhere=True
    ),
    Sign(
        ("ResourceLimitExceeded",),
        Failure(
            "quota_exceeded",
            "the account's quota allows no such machine now",
            "ask for more under Service Quotas, for the instance type and for Spot apart from on demand",
        ),
        elsewhere=True,
    ),
    Sign(("Host EC2", "Spot interruption", "InternalServerError"), LOST, elsewhere=True),
    Sign(
        ("MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE",),
        Failure(
            "queue_too_small",
            "the job asks for more than its queue may have in all",
            "raise batch_max_vcpus of the stage, or lower job_vcpus or job_gpus",
        ),
    ),
    Sign(
        ("MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT",),
        Failure(
            "job_fits_no_machine",
            "no instance type of the queue has what the job asks for",
            "lower job_vcpus, job_memory_mb or job_gpus of the stage, or name larger batch_instance_types",
        ),
    ),
    Sign(
        ("MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED",),
        Failure(
            "machine_not_offered",
            "the queue's instance types can't be had as the stage asks for them",
            "name batch_instance_types that the region offers, of the image's architecture",
        ),
    ),
    Sign(
        ("CannotPull", "Cannot pull", "Failed to pull"),
        Failure("image_not_pulled", "the training image could not be pulled", "push it, and check job_image"),
    ),
    Sign(("exceeded timeout", "MaxRuntimeExceeded"), TIMED_OUT),
    Sign(
        ("OutOfMemory", "out of memory"),
        Failure("out_of_memory", "memory ran out", "raise job_memory_mb of the stage, or use fewer rows"),
    ),
)


def diagnose(end: JobEnd) -> Diagnosis:
    """What a service's account of a failed job means. Its words are told on: they hold nothing of the data."""
    words = f"{end.error} {end.words}".casefold()
    for sign in SIGNS:
        if any(each.casefold() in words for each in sign.words):
            return Diagnosis(FAILED, _quoting(sign.failure, end), sign.elsewhere)
    if end.error == TIMEOUT:
        return Diagnosis(FAILED, NEVER_ENDED, elsewhere=True)
    if end.exit_code == HANDED_BACK:
        return Diagnosis(FAILED, _quoting(LOST, end), elsewhere=True)
    code = "" if end.exit_code is None else f" with exit code {end.exit_code}"
    crashed = Failure("job_crashed", f"the job ended{code} and did not say why", "see the job's log: millrace logs")
    return Diagnosis(FAILED, _quoting(crashed, end))


def _quoting(failure: Failure, end: JobEnd) -> Failure:
    said = end.words or end.error
    return replace(failure, message=f"{failure.message}; the service says: {said[:TOLD]}")

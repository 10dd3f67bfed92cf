"""What a service says of a failed job becomes a failure with a code and a way out."""

from __future__ import annotations

import pytest

from millrace.domain.job_end import HANDED_BACK, SIGNS, TIMEOUT, TOLD, JobEnd, diagnose

FAILED = "States.TaskFailed"
CANCELLED = "Canceled by JobStateTimeLimit action due to reason: "


@pytest.mark.parametrize(
    ("end", "code", "elsewhere"),
    [
        (JobEnd(FAILED, f"{CANCELLED}CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY"), "no_capacity", True),
        (
            JobEnd(FAILED, "CapacityError: Unable to provision requested ML compute capacity; Failed"),
            "no_capacity",
            True,
        ),
        (JobEnd(FAILED, "MaxWaitTimeExceeded"), "no_capacity", True),
        (JobEnd("SageMaker.ResourceLimitExceededException", "The account-level service limit"), "quota_exceeded", True),
        (JobEnd("SageMaker.AmazonSageMakerException", "Error Code: ResourceLimitExceeded"), "quota_exceeded", True),
        (JobEnd(FAILED, "Host EC2 (instance i-0123456789abcdef0) terminated."), "machine_lost", True),
        (JobEnd(FAILED, "Essential container in task exited", HANDED_BACK), "machine_lost", True),
        (JobEnd(TIMEOUT), "never_ended", True),
        (JobEnd(FAILED, f"{CANCELLED}MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE"), "queue_too_small", False),
        (JobEnd(FAILED, f"{CANCELLED}MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT"), "job_fits_no_machine", False),
        (
            JobEnd(FAILED, f"{CANCELLED}MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED"),
            "machine_not_offered",
            False,
        ),
        (JobEnd(FAILED, "Task failed to start; CannotPullContainerError: not found"), "image_not_pulled", False),
        (JobEnd(FAILED, "Job attempt duration exceeded timeout", 143), "timed_out", False),
        (JobEnd(FAILED, "MaxRuntimeExceeded"), "timed_out", False),
        (JobEnd(FAILED, "Essential container in task exited; OutOfMemoryError: killed", 137), "out_of_memory", False),
        (JobEnd(FAILED, "Essential container in task exited", 1), "job_crashed", False),
        (JobEnd(FAILED, "AlgorithmError: , exit code: 137"), "job_crashed", False),
        (JobEnd("Batch.AWSBatchException", "Status Code: 403; AccessDeniedException: decrypt"), "job_crashed", False),
    ],
)
def test_each_end_has_its_code_and_is_tried_elsewhere_where_that_helps(end: JobEnd, code: str, elsewhere: bool) -> None:
    found = diagnose(end)
    assert (found.kind, found.failure.code, found.elsewhere) == ("JobFailed", code, elsewhere)
    assert found.failure.hint
    assert end.words[:TOLD] in found.failure.message
    assert end.exit_code in (None, 137, 143, HANDED_BACK) or f"exit code {end.exit_code}" in found.failure.message


def test_every_sign_is_found_by_each_of_its_words_whatever_their_case() -> None:
    for sign in SIGNS:
        for words in sign.words:
            assert diagnose(JobEnd(FAILED, f"of {words.upper()}.")).failure.code == sign.failure.code


def test_long_words_are_cut() -> None:
    assert len(diagnose(JobEnd(FAILED, "x" * 5000)).failure.message) < 2 * TOLD

"""What a worker may do, on whatever machine it runs."""

from __future__ import annotations

from aws_cdk import Aws, aws_iam
from constructs import Construct

from stacks.constructs.bucket import PrivateBucket
from stacks.constructs.grant import Grant, allow, every
from stacks.constructs.queue import Queue


class WorkerRole(aws_iam.Role):
    """Polls, reads a job's inputs, writes its outputs, answers.

    Anyone in this account whose own policy lets them assume it may be a worker: which machine that is, is the
    account's business.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        jobs: Queue,
        landing: PrivateBucket,
        captures: PrivateBucket,
        artifacts: PrivateBucket,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            assumed_by=aws_iam.AccountPrincipal(Aws.ACCOUNT_ID),
            description="Millrace: takes training jobs from the queue",
        )
        for grant in (
            jobs.allow_receiving(),
            allow(
                ["states:SendTaskSuccess", "states:SendTaskFailure", "states:SendTaskHeartbeat"],
                on=["*"],  # the task's token says which task; these calls have no resource that a policy could name
            ),
            allow_job(landing, captures, artifacts),
        ):
            grant(self)


def allow_job(landing: PrivateBucket, captures: PrivateBucket, artifacts: PrivateBucket, *documents: str) -> Grant:
    """A grant to read a job's inputs and to write its outputs, and `documents` of the run beside them."""
    written = ("result.json", "checkpoints/*", *documents)
    return every(
        landing.allow_reading_versions("*"),  # any tenant's upload
        # Any tenant's, here and below: jobs of every tenant run under one role, and the job names tenant and run.
        captures.allow_reading("*/*/labelled/*/part-*"),  # parts of datasets that are captures with their truth
        artifacts.allow_reading("*/runs/*", "*/blobs/*"),
        artifacts.allow_listing(),  # it looks for results and checkpoints of an earlier worker
        # A blob is named by its digest and a checkpoint by the job, so no name can be written here.
        artifacts.allow_writing(*(f"*/runs/*/{name}" for name in written), "*/blobs/*"),
    )

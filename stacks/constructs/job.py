"""Job backends: one row each, from which the state machine's choice is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from stacks.constructs.grant import Grant
from stacks.constructs.queue import Queue
from stacks.stage import StageConfig


@dataclass(frozen=True, slots=True)
class JobBackend:
    """A name that a spec may ask for, the state that runs the job there, what that state needs, and what to retry."""

    name: str
    state: Callable[[Construct], sfn.TaskStateBase]
    grant: Grant
    transient: tuple[str, ...]


def backends(stage: StageConfig, queue: Queue) -> tuple[JobBackend, ...]:
    """The backends of a stage. `domain/job.py` has their names for specs."""

    def worker(scope: Construct) -> sfn.TaskStateBase:
        """A message with the job's address and the token that answers it; any machine that can poll takes it."""
        return tasks.SqsSendMessage(
            scope,
            "Train on a worker",
            queue=queue,
            integration_pattern=sfn.IntegrationPattern.WAIT_FOR_TASK_TOKEN,
            message_body=sfn.TaskInput.from_object(
                {"job_uri": sfn.JsonPath.string_at("$.admitted.job_uri"), "token": sfn.JsonPath.task_token}
            ),
            heartbeat_timeout=sfn.Timeout.duration(Duration.seconds(stage.job_heartbeat_seconds)),
            task_timeout=sfn.Timeout.duration(Duration.minutes(stage.job_timeout_minutes)),
            result_path=sfn.JsonPath.DISCARD,
        )

    return (JobBackend("worker", worker, queue.allow_sending(), ("SQS.AmazonSQSException", "SQS.SdkClientException")),)

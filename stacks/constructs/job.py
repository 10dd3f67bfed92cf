"""Job backends: one row each, from which the state machine's choice is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aws_cdk import Aws, Duration
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from stacks.constructs.grant import Grant
from stacks.constructs.queue import Queue
from stacks.stage import StageConfig

JobState = sfn.TaskStateBase | sfn.CustomState
JOB_URI = "$.admitted.job_uri"


@dataclass(frozen=True, slots=True)
class JobBackend:
    """A name that a spec may ask for, the states that run the job there, what they need, and what to retry.

    Where one state's machines can't be had, the next one's are tried. A backend that is `silent` tells by its error
    only that the job failed, so that the cause has to be found out before it is told.
    """

    name: str
    states: tuple[Callable[[Construct], JobState], ...]
    grant: Grant
    transient: tuple[str, ...]
    silent: bool = False


def worker(stage: StageConfig, queue: Queue) -> JobBackend:
    """Any machine that polls the queue. `domain/job.py` has the backends' names for specs."""

    def state(scope: Construct) -> JobState:
        """A message with the job's address and the token that answers it; any machine that can poll takes it."""
        return tasks.SqsSendMessage(
            scope,
            "Train on a worker",
            queue=queue,
            integration_pattern=sfn.IntegrationPattern.WAIT_FOR_TASK_TOKEN,
            message_body=sfn.TaskInput.from_object(
                {"job_uri": sfn.JsonPath.string_at(JOB_URI), "token": sfn.JsonPath.task_token}
            ),
            heartbeat_timeout=sfn.Timeout.duration(Duration.seconds(stage.job_heartbeat_seconds)),
            task_timeout=sfn.Timeout.duration(Duration.minutes(stage.job_timeout_minutes)),
            result_path=sfn.JsonPath.DISCARD,
        )

    return JobBackend("worker", (state,), queue.allow_sending(), ("SQS.AmazonSQSException", "SQS.SdkClientException"))


def service_state(
    title: str, service: str, parameters: Mapping[str, object], minutes: int
) -> Callable[[Construct], JobState]:
    """A state that has `service` (`batch:submitJob`) run a job, waits until it ended, and keeps nothing of its answer.

    It ends after so many `minutes`, and the state machine then ends the job too.
    """

    def state(scope: Construct) -> JobState:
        return sfn.CustomState(
            scope,
            title,
            state_json={
                "Type": "Task",
                "Resource": f"arn:{Aws.PARTITION}:states:::{service}.sync",
                "Parameters": dict(parameters),
                "TimeoutSeconds": minutes * 60,
                "ResultPath": None,
            },
        )

    return state


def job_name(stage: StageConfig) -> str:
    """An expression for the name of an attempt's job: two stages in one account may train the same run."""
    return f"States.Format('{stage.name}-{{}}-{{}}', $.run_id, $.attempt)"

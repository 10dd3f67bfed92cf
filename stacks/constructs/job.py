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
class JobKind:
    """What jobs are for: the verb of their states' titles, the form of their names on services, and its paths.

    Names of jobs on Spot end with `spot`. SageMaker's have 63 characters at most.
    """

    verb: str
    name: str
    paths: str
    spot: str


WHOLE = JobKind("Train", "{}-{}", "$.run_id, $.attempt", "-spot")
PART = JobKind("Search", "{}-{}-{}", "$.run_id, $.attempt, $.admitted.part", "s")  # one of several at once
State = Callable[[Construct, JobKind], JobState]


@dataclass(frozen=True, slots=True)
class JobBackend:
    """A name that a spec may ask for, the states that run a job there, what they need, and what to retry.

    Where one state's machines can't be had, the next one's are tried. A backend that is `silent` tells by its error
    only that the job failed, so that the cause has to be found out before it is told.
    """

    name: str
    states: tuple[State, ...]
    grant: Grant
    transient: tuple[str, ...]
    silent: bool = False


def worker(stage: StageConfig, queue: Queue) -> JobBackend:
    """Any machine that polls the queue. `domain/job.py` has the backends' names for specs."""

    def state(scope: Construct, kind: JobKind) -> JobState:
        """A message with the job's address and the token that answers it; any machine that can poll takes it."""
        return tasks.SqsSendMessage(
            scope,
            f"{kind.verb} on a worker",
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
    title: str, service: str, parameters: Callable[[JobKind], Mapping[str, object]], minutes: int
) -> State:
    """A state that has `service` (`batch:submitJob`) run a job, waits until it ended, and keeps nothing of its answer.

    Its title goes on after the kind's verb. It ends after so many `minutes`, and the state machine then ends the job.
    """

    def state(scope: Construct, kind: JobKind) -> JobState:
        return sfn.CustomState(
            scope,
            f"{kind.verb} {title}",
            state_json={
                "Type": "Task",
                "Resource": f"arn:{Aws.PARTITION}:states:::{service}.sync",
                "Parameters": dict(parameters(kind)),
                "TimeoutSeconds": minutes * 60,
                "ResultPath": None,
            },
        )

    return state


def job_name(stage: StageConfig, kind: JobKind, ending: str = "") -> str:
    """An expression for the name of an attempt's job: two stages in one account may train the same run."""
    return f"States.Format('{stage.name}-{kind.name}{ending}', {kind.paths})"

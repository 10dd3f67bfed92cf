"""The state machine `train`: admit, train, gate, register, deploy, notify. Only identifiers pass through it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from aws_cdk import Aws, Duration, aws_iam, aws_lambda
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from stacks.constructs.grant import Grant, allow
from stacks.constructs.job import PART, WHOLE, JobBackend, JobKind, JobState
from stacks.constructs.logs import LogGroup

TICKET = {name: sfn.JsonPath.object_at(f"$.{name}") for name in ("tenant", "dataset", "run_id", "attempt")}
PARTS = "$.admitted.parts"
VERSION = sfn.JsonPath.object_at("$.registered.version")
# Only what may pass by itself; our own errors say by their class whether that is so.
TRANSIENT = (
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.TooManyRequestsException",
    "Unavailable",
)
TRACING = allow(
    [
        *("xray:PutTraceSegments", "xray:PutTelemetryRecords"),
        *("xray:GetSamplingRules", "xray:GetSamplingTargets"),
    ],
    on=["*"],  # X-Ray has no resources that these calls could name
)
DELIVER_LOGS = allow(
    [
        *("logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery"),
        *("logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies"),
        "logs:DescribeLogGroups",
    ],
    on=["*"],  # CloudWatch Logs has no resources that log deliveries could name
)


def arn(name: str, kind: str = "stateMachine") -> str:
    """The ARN of the state machine of this name: for its own steps, which can't refer to what refers to them."""
    return f"arn:{Aws.PARTITION}:states:{Aws.REGION}:{Aws.ACCOUNT_ID}:{kind}:{name}"


class TrainWorkflow(Construct):
    """`steps` are the functions' aliases by name; every failure ends in `notify` and then in a failed execution.

    Where `admit` names parts, these are jobs of the same backend that search first, `jobs_per_run` at once.

    The execution as a whole has no timeout: one would end it without a word to the run's record. Its steps have.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        steps: Mapping[str, aws_lambda.IFunction],
        backends: Sequence[JobBackend],
        jobs_per_run: int,
        log_group: LogGroup,
    ) -> None:
        super().__init__(scope, construct_id)
        self._name, self._steps, self._jobs_per_run = name, steps, jobs_per_run
        self._failed = self._failure()
        invoke = allow(["lambda:InvokeFunction"], on=[step.function_arn for step in steps.values()])
        role = aws_iam.Role(
            self,
            "Role",
            assumed_by=aws_iam.ServicePrincipal("states.amazonaws.com"),
            description="Millrace: the state machine that trains",
        )
        for grant in (invoke, TRACING, DELIVER_LOGS, *(backend.grant for backend in backends)):
            grant(role)
        admit = self._step("Admit", "admit", into="$.admitted")
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=name,
            definition_body=sfn.DefinitionBody.from_chainable(admit.next(self._train(backends))),
            role=role.without_policy_updates(),  # the CDK's own grants reach every version, not only `live`
            tracing_enabled=True,
            # Every event, but not its data: that holds the token of a running task, which is what it takes to answer
            # for the worker, and messages that quote columns. The execution's history keeps the data for 90 days, for
            # those who may read it; the command line shows progress from there.
            logs=sfn.LogOptions(destination=log_group, level=sfn.LogLevel.ALL, include_execution_data=False),
        )
        self.machine.node.add_dependency(role)

    def allow_starting(self) -> Grant:
        """A grant to start executions."""
        return allow(["states:StartExecution"], on=[self.machine.state_machine_arn])

    def allow_looking(self) -> Grant:
        """A grant to ask how executions stand."""
        return allow(["states:DescribeExecution"], on=[arn(self._name, "execution") + ":*"])

    def _train(self, backends: Sequence[JobBackend]) -> sfn.IChainable:
        """The choice of a backend, each followed by what comes after the job; a refused upload has none."""
        judged = self._judge()
        refused = sfn.Pass(self, "Refused", input_path="$.admitted", result_path="$.error")
        where = sfn.Choice(self, "Where does it run?").when(
            sfn.Condition.is_present("$.admitted.Error"), refused.next(self._failed)
        )
        for backend in backends:
            chosen = sfn.Condition.string_equals("$.admitted.backend", backend.name)
            job = self._tries(backend, WHOLE, judged, self._failed)
            several = sfn.Condition.and_(chosen, sfn.Condition.is_present(PARTS))
            where = where.when(several, self._spread(backend, job)).when(chosen, job)
        has = ", ".join(backend.name for backend in backends)
        failure = {"code": "unknown_backend", "message": "this stage lacks the backend that the spec asks for"}
        cause = json.dumps({**failure, "hint": f"it has: {has}", "field": "backend"})
        unknown = sfn.Pass(
            self,
            "No such backend",
            result=sfn.Result.from_object({"Error": "Rejected", "Cause": cause}),
            result_path="$.error",
        )
        return where.otherwise(unknown.next(self._failed))

    def _spread(self, backend: JobBackend, job: sfn.IChainable) -> sfn.IChainable:
        """Jobs that search at once, before the one that makes the model of what they found.

        One that fails, or is lost, is only missing: the job takes what there is, and searches if that is nothing.
        """
        # Nothing is kept of why: sixteen causes would be more than a state may hold. The history has them.
        missing = sfn.Pass(self, f"A part is missing: {backend.name}", result=sfn.Result.from_object({}))
        at_once = sfn.Map(
            self,
            f"Spread over {backend.name}",
            items_path=PARTS,
            item_selector=TICKET | {"admitted": sfn.JsonPath.object_at("$$.Map.Item.Value")},
            max_concurrency=self._jobs_per_run,
            result_path=sfn.JsonPath.DISCARD,
        )
        at_once.item_processor(self._tries(backend, PART, None, missing))
        at_once.add_catch(job, errors=["States.ALL"], result_path=sfn.JsonPath.DISCARD)
        return at_once.next(job)

    def _tries(
        self, backend: JobBackend, kind: JobKind, done: sfn.IChainable | None, failed: sfn.IChainable
    ) -> sfn.IChainable:
        """The first of the backend's states: each goes on to what is `done` next, and falls back on the one after it.

        Why the last try `failed` is found out where somebody is told.
        """
        after: sfn.IChainable = failed
        for state in reversed(backend.states):
            job = state(self, kind)
            _patiently(job, backend.transient)
            asked = backend.silent and (after is not failed or kind is WHOLE)
            caught = self._diagnosed(job.state_id, after, failed) if asked else failed
            job.add_catch(caught, errors=["States.ALL"], result_path="$.error")
            if done is not None:
                job.next(done)
            after = job
        return after

    def _diagnosed(self, job: str, after: sfn.IChainable, failed: sfn.IChainable) -> sfn.IChainable:
        """What finds out why a job failed, and goes on to `after` where the job may do well on its machines."""
        why = self._invoke(f"{job}: why not?", "diagnose", into="$.error", error=sfn.JsonPath.object_at("$.error"))
        _patiently(why, TRANSIENT)
        why.add_catch(failed, errors=["States.ALL"], result_path=sfn.JsonPath.DISCARD)  # the first reason counts
        if after is failed:
            return why.next(after)
        elsewhere = sfn.Condition.boolean_equals("$.error.elsewhere", True)  # noqa: FBT003  # the CDK's order
        return why.next(sfn.Choice(self, f"{job}: elsewhere?").when(elsewhere, after).otherwise(failed))

    def _judge(self) -> sfn.IChainable:
        """What comes after the job: the gate, the registry and, for an accepted model, the alias."""
        accepted = sfn.Condition.boolean_equals("$.gate.accepted", True)  # noqa: FBT003  # the CDK's order
        promoted = sfn.JsonPath.object_at("$.deployed.promoted")
        deploy = self._step("Deploy", "deploy", into="$.deployed", version=VERSION)
        done = sfn.Succeed(self, "Done")
        serves = self._step("Notify of a deployed model", "notify", version=VERSION, promoted=promoted)
        kept = self._step("Notify of a kept model", "notify", version=VERSION, promoted=False)
        may_serve = (
            sfn.Choice(self, "May it serve?").when(accepted, deploy.next(serves).next(done)).otherwise(kept.next(done))
        )
        return self._step("Gate", "gate", into="$.gate").next(
            self._step("Register", "register", into="$.registered").next(may_serve)
        )

    def _failure(self) -> sfn.TaskStateBase:
        """What every failure leads to: the run's record is closed, and the execution fails for the same reason."""
        failed = sfn.Fail(self, "Failed", error_path="$.error.Error", cause_path="$.error.Cause")
        notify = self._invoke("Notify of a failure", "notify", error=sfn.JsonPath.object_at("$.error"))
        _patiently(notify, TRANSIENT)
        notify.add_catch(failed, errors=["States.ALL"], result_path=sfn.JsonPath.DISCARD)  # the first reason counts
        notify.next(failed)
        return notify

    def _step(self, title: str, function: str, *, into: str | None = None, **extra: object) -> sfn.TaskStateBase:
        """A guarded call of a function with the ticket and `extra`; its answer goes to the path `into`, or nowhere."""
        return self._guarded(self._invoke(title, function, into=into, **extra), TRANSIENT)

    def _invoke(self, title: str, function: str, *, into: str | None = None, **extra: object) -> tasks.LambdaInvoke:
        return tasks.LambdaInvoke(
            self,
            title,
            lambda_function=self._steps[function],
            payload=sfn.TaskInput.from_object({**TICKET, **extra}),
            payload_response_only=True,
            retry_on_service_exceptions=False,
            result_path=into or sfn.JsonPath.DISCARD,
        )

    def _guarded(self, state: sfn.TaskStateBase, transient: Sequence[str]) -> sfn.TaskStateBase:
        _patiently(state, transient)
        state.add_catch(self._failed, errors=["States.ALL"], result_path="$.error")
        return state


def _patiently(state: JobState, transient: Sequence[str]) -> None:
    """Try again after what may pass by itself, at random within a doubling wait, so that many don't return at once."""
    state.add_retry(
        errors=list(transient),
        interval=Duration.seconds(1),
        backoff_rate=2,
        max_attempts=6,
        max_delay=Duration.seconds(30),
        jitter_strategy=sfn.JitterType.FULL,
    )

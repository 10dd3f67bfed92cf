"""AWS Batch as a job backend: Spot machines, then machines on demand, none of either while nothing is trained."""

from __future__ import annotations

from aws_cdk import Aws, aws_batch, aws_ec2, aws_iam
from constructs import Construct

from stacks.constructs.bucket import PrivateBucket
from stacks.constructs.grant import Grant, allow, every
from stacks.constructs.image import allow_pulling, service, variables
from stacks.constructs.job import JOB_URI, JobBackend, JobKind, State, job_name, service_state
from stacks.constructs.logs import LogGroup
from stacks.constructs.network import JobNetwork
from stacks.constructs.worker import allow_job
from stacks.stage import StageConfig

TRANSIENT = ("Batch.ServerException", "Batch.AWSBatchException", "Batch.SdkClientException")
ATTEMPTS = 3  # of one job on one queue
HANDED_BACK = "75"  # `domain/job_end.py`: the container was told to stop, or a service was away
# A job that waits in RUNNABLE for one of these is cancelled, and its statusReason then names it. Those are all that AWS
# lets a queue act on; whatever else a job waits for ends with the state's own timeout.
WAITS = (
    "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
    "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE",
    "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT",
    "MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED",
)
# Capacity-optimized Spot: pools least likely to be taken away again, among the cheaper ones.
ALLOCATIONS = {"SPOT": "SPOT_PRICE_CAPACITY_OPTIMIZED", "EC2": "BEST_FIT_PROGRESSIVE"}
TITLES = {"SPOT": "on Batch, Spot", "EC2": "on Batch"}
RULE = "StepFunctionsGetEventsForBatchJobsRule"  # the managed rule by which a .sync state hears that its job ended


class BatchJobs(Construct):
    """Queues, machines and the job's definition."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: StageConfig,
        log_group: LogGroup,
        landing: PrivateBucket,
        captures: PrivateBucket,
        artifacts: PrivateBucket,
    ) -> None:
        super().__init__(scope, construct_id)
        self._stage, self._log_group = stage, log_group
        self.job_role = aws_iam.Role(
            self,
            "JobRole",
            assumed_by=service("ecs-tasks.amazonaws.com"),
            description=f"Millrace {stage.name}: a training job on Batch",
        )
        allow_job(landing, captures, artifacts, "failure.json")(self.job_role)
        self._network = JobNetwork(self, "Network", stage=stage)
        self._template = self._launch_template()
        self._profile = self._instance_profile()
        self._definition = self._define(variables(stage, landing, artifacts))
        self.queues = {kind: self._queue(kind) for kind in (("SPOT", "EC2") if stage.job_spot else ("EC2",))}

    def backend(self) -> JobBackend:
        """The row of the backends' table."""
        states = tuple(self._state(kind) for kind in self.queues)
        return JobBackend("batch", states, self._grant(), TRANSIENT, silent=True)

    def _state(self, machines: str) -> State:
        def parameters(kind: JobKind) -> dict[str, object]:
            return {
                "JobName.$": job_name(self._stage, kind),
                "JobQueue": self.queues[machines].ref,
                "JobDefinition": self._definition.job_definition_name,  # its newest revision
                "Parameters": {"job_uri.$": JOB_URI},
            }

        minutes = self._stage.job_wait_minutes + self._stage.job_timeout_minutes
        return service_state(TITLES[machines], "batch:submitJob", parameters, minutes)

    def _grant(self) -> Grant:
        here = f"{Aws.REGION}:{Aws.ACCOUNT_ID}"
        definition = f"arn:{Aws.PARTITION}:batch:{here}:job-definition/{self._definition.job_definition_name}"
        return every(
            allow(
                ["batch:SubmitJob"],
                # By its name, and by whichever revision is the newest.
                on=[*(queue.ref for queue in self.queues.values()), definition, f"{definition}:*"],
            ),
            allow(["batch:DescribeJobs"], on=["*"]),  # it has no resource that a policy could name
            allow(["batch:TerminateJob"], on=[f"arn:{Aws.PARTITION}:batch:{here}:job/*"]),  # a job's id is Batch's
            allow_managed_rule(RULE),
        )

    def _launch_template(self) -> aws_ec2.CfnLaunchTemplate:
        disk = aws_ec2.CfnLaunchTemplate.EbsProperty(
            volume_size=self._stage.job_disk_gb, volume_type="gp3", encrypted=True, delete_on_termination=True
        )
        return aws_ec2.CfnLaunchTemplate(
            self,
            "Machine",
            launch_template_data=aws_ec2.CfnLaunchTemplate.LaunchTemplateDataProperty(
                block_device_mappings=[
                    aws_ec2.CfnLaunchTemplate.BlockDeviceMappingProperty(device_name="/dev/xvda", ebs=disk)
                ],
                # Tokens, and no hop into containers: a job has its own role, and never the machine's.
                metadata_options=aws_ec2.CfnLaunchTemplate.MetadataOptionsProperty(
                    http_tokens="required", http_put_response_hop_limit=1
                ),
            ),
        )

    def _instance_profile(self) -> aws_iam.CfnInstanceProfile:
        role = aws_iam.Role(
            self,
            "MachineRole",
            assumed_by=aws_iam.ServicePrincipal("ec2.amazonaws.com"),
            description=f"Millrace {self._stage.name}: a machine of Batch",
        )
        here = f"arn:{Aws.PARTITION}:ecs:{Aws.REGION}:{Aws.ACCOUNT_ID}"
        for grant in (
            allow(["ecs:DiscoverPollEndpoint"], on=["*"]),  # it has no resource that a policy could name
            allow(
                [
                    *("ecs:RegisterContainerInstance", "ecs:DeregisterContainerInstance", "ecs:Poll"),
                    *("ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState"),
                    *(
                        "ecs:SubmitContainerStateChange",
                        "ecs:SubmitTaskStateChange",
                        "ecs:SubmitAttachmentStateChanges",
                    ),
                ],
                # Batch makes the clusters and names them and their machines, so no name can be written here.
                on=[f"{here}:cluster/*", f"{here}:container-instance/*"],
            ),
            allow_pulling(self._stage),
            self._log_group.allow_writing(),
        ):
            grant(role)
        return aws_iam.CfnInstanceProfile(self, "Profile", roles=[role.role_name])

    def _define(self, told: dict[str, str]) -> aws_batch.CfnJobDefinition:
        stage = self._stage
        needs = {"VCPU": stage.job_vcpus, "MEMORY": stage.job_memory_mb, "GPU": stage.job_gpus}
        told |= {"SM_NUM_CPUS": str(stage.job_vcpus), "SM_NUM_GPUS": str(stage.job_gpus)}
        kind = aws_batch.CfnJobDefinition
        return aws_batch.CfnJobDefinition(
            self,
            "Job",
            type="container",
            job_definition_name=f"millrace-{stage.name}-train",
            platform_capabilities=["EC2"],
            propagate_tags=True,
            container_properties=kind.ContainerPropertiesProperty(
                image=stage.job_image,
                # The job's document stays in S3: what overrides a container's settings has 8,192 characters at most.
                command=["job", "Ref::job_uri"],
                job_role_arn=self.job_role.role_arn,
                environment=[kind.EnvironmentProperty(name=name, value=value) for name, value in told.items()],
                resource_requirements=[
                    kind.ResourceRequirementProperty(type=name, value=str(value))
                    for name, value in needs.items()
                    if value
                ],
                log_configuration=kind.LogConfigurationProperty(
                    log_driver="awslogs",
                    options={
                        "awslogs-group": self._log_group.log_group_name,
                        "awslogs-region": Aws.REGION,
                        "awslogs-stream-prefix": "batch",
                    },
                ),
            ),
            timeout=kind.TimeoutProperty(attempt_duration_seconds=stage.job_timeout_minutes * 60),
            retry_strategy=kind.RetryStrategyProperty(
                attempts=ATTEMPTS,
                evaluate_on_exit=[
                    kind.EvaluateOnExitProperty(on_status_reason="Host EC2*", action="RETRY"),
                    kind.EvaluateOnExitProperty(on_exit_code=HANDED_BACK, action="RETRY"),
                    kind.EvaluateOnExitProperty(on_reason="CannotPullContainerError*", action="RETRY"),
                    kind.EvaluateOnExitProperty(on_reason="*", action="EXIT"),
                ],
            ),
        )

    def _queue(self, kind: str) -> aws_batch.CfnJobQueue:
        machines = self._machines(kind)
        return aws_batch.CfnJobQueue(
            self,
            f"Queue{kind.capitalize()}",
            priority=1,
            state="ENABLED",
            compute_environment_order=[
                aws_batch.CfnJobQueue.ComputeEnvironmentOrderProperty(order=1, compute_environment=machines.ref)
            ],
            job_state_time_limit_actions=[
                aws_batch.CfnJobQueue.JobStateTimeLimitActionProperty(
                    state="RUNNABLE",
                    reason=reason,
                    max_time_seconds=self._stage.job_wait_minutes * 60,
                    action="CANCEL",
                )
                for reason in WAITS
            ],
        )

    def _machines(self, kind: str) -> aws_batch.CfnComputeEnvironment:
        stage = self._stage
        return aws_batch.CfnComputeEnvironment(
            self,
            f"Machines{kind.capitalize()}",
            type="MANAGED",
            state="ENABLED",
            replace_compute_environment=False,  # a change is made in place, and jobs that run go on
            update_policy=aws_batch.CfnComputeEnvironment.UpdatePolicyProperty(
                terminate_jobs_on_update=False, job_execution_timeout_minutes=stage.job_timeout_minutes
            ),
            compute_resources=aws_batch.CfnComputeEnvironment.ComputeResourcesProperty(
                type=kind,
                allocation_strategy=ALLOCATIONS[kind],
                minv_cpus=0,
                maxv_cpus=stage.batch_max_vcpus,
                instance_types=list(stage.batch_instance_types),
                instance_role=self._profile.attr_arn,
                subnets=self._network.subnets,
                security_group_ids=[self._network.security_group],
                update_to_latest_image_version=True,
                launch_template=aws_batch.CfnComputeEnvironment.LaunchTemplateSpecificationProperty(
                    launch_template_id=self._template.ref, version="$Latest"
                ),
            ),
        )


def allow_managed_rule(rule: str) -> Grant:
    """A grant to keep the EventBridge rule that a `.sync` state makes for itself and hears its job's end by."""
    return allow(
        ["events:PutTargets", "events:PutRule", "events:DescribeRule"],
        on=[f"arn:{Aws.PARTITION}:events:{Aws.REGION}:{Aws.ACCOUNT_ID}:rule/{rule}"],
    )

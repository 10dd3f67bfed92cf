"""SageMaker as a job backend: one training job per try, managed Spot first. Nothing stands while nothing is trained."""

from __future__ import annotations

from aws_cdk import Aws, aws_iam
from constructs import Construct

from stacks.constructs.batch import allow_managed_rule
from stacks.constructs.bucket import PrivateBucket
from stacks.constructs.grant import Grant, allow, every
from stacks.constructs.image import allow_pulling, service, variables
from stacks.constructs.job import JOB_URI, JobBackend, JobKind, State, job_name, service_state
from stacks.constructs.key import EncryptionKey
from stacks.constructs.worker import allow_job
from stacks.stage import StageConfig

TRANSIENT = ("SageMaker.AmazonSageMakerException", "SageMaker.SdkClientException")
ATTEMPTS = 3  # that SageMaker itself makes when its own machines fail
SLACK_MINUTES = 30  # for machines to come up and outputs to be stored, beside what SageMaker counts
LOGS = "/aws/sagemaker/TrainingJobs"  # SageMaker's own group; no other can be named
RULE = "StepFunctionsGetEventsForSageMakerTrainingJobsRule"


class SageMakerJobs(Construct):
    """The role that training jobs run under, and what starts them."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: StageConfig,
        key: EncryptionKey,
        landing: PrivateBucket,
        captures: PrivateBucket,
        artifacts: PrivateBucket,
    ) -> None:
        super().__init__(scope, construct_id)
        self._stage, self._key, self._artifacts = stage, key, artifacts
        self._told = variables(stage, landing, artifacts)
        self.job_role = aws_iam.Role(
            self,
            "JobRole",
            assumed_by=service("sagemaker.amazonaws.com"),
            description=f"Millrace {stage.name}: a training job on SageMaker",
        )
        group = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:{LOGS}"
        for grant in (
            allow_job(landing, captures, artifacts, "failure.json", "sagemaker/*"),
            allow_pulling(stage),
            # Its streams are named after jobs, which are named after runs.
            allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], on=[group, f"{group}:*"]),
        ):
            grant(self.job_role)

    def backend(self) -> JobBackend:
        """The row of the backends' table."""
        states = (
            (self._state(spot=True), self._state(spot=False)) if self._stage.job_spot else (self._state(spot=False),)
        )
        return JobBackend("sagemaker", states, self._grant(), TRANSIENT, silent=True)

    def _state(self, *, spot: bool) -> State:
        stage = self._stage
        title = "on SageMaker, Spot" if spot else "on SageMaker"
        minutes = stage.job_timeout_minutes + stage.job_wait_minutes + SLACK_MINUTES
        return service_state(
            title, "sagemaker:createTrainingJob", lambda kind: self._parameters(kind, spot=spot), minutes
        )

    def _parameters(self, kind: JobKind, *, spot: bool) -> dict[str, object]:
        stage = self._stage
        run, wait = stage.job_timeout_minutes, stage.job_wait_minutes
        limits = {"MaxRuntimeInSeconds": run * 60} | ({"MaxWaitTimeInSeconds": (run + wait) * 60} if spot else {})
        return {
            # SageMaker never frees a name, so that the second try needs another one.
            "TrainingJobName.$": job_name(stage, kind, kind.spot if spot else ""),
            "RoleArn": self.job_role.role_arn,
            "AlgorithmSpecification": {"TrainingImage": stage.job_image, "TrainingInputMode": "File"},
            "HyperParameters": {"job_uri.$": JOB_URI},
            "Environment": self._told,
            # The image stores what it makes by content; what SageMaker itself packs up at the end is kept beside it.
            "OutputDataConfig": {"S3OutputPath.$": self._run_folder("sagemaker"), "KmsKeyId": self._key.key_arn},
            "ResourceConfig": {
                "InstanceCount": 1,
                "InstanceType": stage.sagemaker_instance_type,
                "VolumeSizeInGB": stage.job_disk_gb,
            },
            "EnableManagedSpotTraining": spot,
            "StoppingCondition": limits,
            "RetryStrategy": {"MaximumRetryAttempts": ATTEMPTS},
        }

    def _run_folder(self, folder: str) -> str:
        """An expression for the address of a folder of the attempt, where `domain/job.py` puts its documents."""
        place = f"s3://{self._artifacts.bucket_name}/{{}}/runs/{{}}/{{}}/{folder}"
        return f"States.Format('{place}', $.tenant, $.run_id, $.attempt)"

    def _grant(self) -> Grant:
        jobs = f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}:training-job/{self._stage.name}-*"
        return every(
            allow(
                ["sagemaker:CreateTrainingJob", "sagemaker:DescribeTrainingJob", "sagemaker:StopTrainingJob"],
                on=[jobs],  # a job is named after its run
            ),
            allow(
                ["iam:PassRole"],
                on=[self.job_role.role_arn],
                when={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
            ),
            allow_managed_rule(RULE),
        )

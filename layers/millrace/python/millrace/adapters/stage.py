"""What a deployed stage is called: its stacks' outputs, by which the command line and the worker find it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from millrace.adapters.errors import code_of, translated
from millrace.domain.errors import NotFound

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient


class StageOutputs:
    """The outputs of `millrace-<stage>-data`, `-training` and `-inference`, read once each, when first asked for.

    Each attribute raises NotFound, with what to do, when its stack is not deployed.
    """

    def __init__(self, client: CloudFormationClient, stage: str, *, endpoint: str | None = None) -> None:
        """`endpoint` is another cloud's address, where the API answers too; None on AWS."""
        self._client, self.stage, self._endpoint = client, stage, endpoint
        self._read: dict[str, Mapping[str, str]] = {}

    def of_stack(self, part: str) -> Mapping[str, str]:
        """The outputs of one stack by key; `part` is data, training or inference."""
        if part not in self._read:
            self._read[part] = self._outputs(f"millrace-{self.stage}-{part}")
        return self._read[part]

    @property
    def registry_table(self) -> str:
        """The registry's table."""
        return self._one("data", "RegistryTable")

    @property
    def landing_bucket(self) -> str:
        """Where uploads arrive."""
        return self._one("data", "LandingBucket")

    @property
    def artifact_bucket(self) -> str:
        """Where blobs and runs' documents lie."""
        return self._one("data", "ArtifactBucket")

    @property
    def capture_bucket(self) -> str:
        """Where captures, and truth about them, lie."""
        return self._one("data", "CaptureBucket")

    @property
    def state_machine_arn(self) -> str:
        """The state machine `train`."""
        return self._one("training", "StateMachineArn")

    @property
    def run_topic_arn(self) -> str:
        """Where the ends of runs are told."""
        return self._one("training", "RunTopicArn")

    @property
    def drift_topic_arn(self) -> str:
        """Where it is told that models drift."""
        return self._one("training", "DriftTopicArn")

    @property
    def event_bus(self) -> str:
        """Where they are told too."""
        return self._one("training", "EventBus")

    @property
    def runs_per_tenant(self) -> int:
        """How many runs of one tenant run at once."""
        return int(self._one("training", "RunsPerTenant"))

    @property
    def job_queue_url(self) -> str:
        """Where a worker finds jobs."""
        return self._one("training", "JobQueueUrl")

    @property
    def job_dead_letter_queue_url(self) -> str:
        """Where jobs end that no worker could answer."""
        return self._one("training", "JobDeadLetterQueueUrl")

    @property
    def worker_role_arn(self) -> str:
        """The role that a worker assumes."""
        return self._one("training", "WorkerRoleArn")

    @property
    def visibility_seconds(self) -> int:
        """How long the queue hides a message from other workers."""
        return int(self._one("training", "VisibilitySeconds"))

    @property
    def api_url(self) -> str:
        """The API's base URL, without a slash at its end."""
        api, stage = self._one("inference", "ApiId"), self._one("inference", "ApiStage")
        if self._endpoint:
            return f"{self._endpoint.rstrip('/')}/restapis/{api}/{stage}/_user_request_"
        return f"https://{api}.execute-api.{self._one('inference', 'Region')}.amazonaws.com/{stage}"

    def _one(self, part: str, key: str) -> str:
        outputs = self.of_stack(part)
        if key not in outputs:
            name = f"millrace-{self.stage}-{part}"
            raise NotFound(f"the stack {name} has no output {key}", code="stage_outdated", hint="deploy this release")
        return outputs[key]

    def _outputs(self, name: str) -> Mapping[str, str]:
        with translated(f"stack {name}"):
            try:
                stacks = self._client.describe_stacks(StackName=name)["Stacks"]
            except ClientError as error:
                if code_of(error) != "ValidationError":  # which is how CloudFormation says that there is none
                    raise
                stacks = []
        if not stacks or stacks[0]["StackStatus"] == "DELETE_COMPLETE":
            raise NotFound(
                f"the stage {self.stage} is not deployed: there is no stack {name}",
                code="stage_not_deployed",
                hint="run `millrace up`" if self._endpoint else f"run `cdk deploy -c stage={self.stage} --all`",
            )
        return {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", [])}

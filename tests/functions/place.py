"""Real handlers over the real adapters, on a table, buckets, a state machine and a bus in the embedded cloud."""

from __future__ import annotations

import importlib.util
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from millrace.adapters.blobs import S3Blobs
from millrace.adapters.datasets import DynamoDatasets
from millrace.adapters.document_store import S3Documents
from millrace.adapters.keys import DynamoKeys
from millrace.adapters.models import DynamoModels
from millrace.adapters.retrainings import DynamoRetrainings
from millrace.adapters.runs import DynamoRuns
from millrace.adapters.session import Clients
from millrace.adapters.tenants import DynamoTenants
from millrace.settings import (
    AuthorizeSettings,
    CollectSettings,
    ControlSettings,
    DetectSettings,
    IngestSettings,
    LabelSettings,
    NotifySettings,
    RegisterSettings,
    RetrainSettings,
    TrainingSettings,
)

ROOT = Path(__file__).parents[2]
MAX_UPLOAD_BYTES = 1024**3
RUNS_PER_TENANT = 2
DETECT_MINUTES = 60

Handler = Callable[[Mapping[str, Any], object], Any]


class Context:
    """What Lambda passes beside the event."""

    aws_request_id = "8f4c0d2e-1b3a-4c5d-9e6f-7a8b9c0d1e2f"

    def get_remaining_time_in_millis(self) -> int:
        """As after the start of a long call."""
        return 900_000


@dataclass(frozen=True)
class Place:
    """Where handlers work, and what a test looks at afterwards."""

    clients: Clients
    name: str
    state_machine: str
    topic: str

    @property
    def settings(self) -> dict[str, str]:
        """The environment of every function of the control plane."""
        common = {"stage": self.name, "registry_table": self.name}  # a stage of its own, for its metrics and alarms
        landing, artifact = f"{self.name}-landing", f"{self.name}-artifact"
        machine, limit = self.state_machine, MAX_UPLOAD_BYTES
        return {
            **TrainingSettings(
                **common,
                landing_bucket=landing,
                artifact_bucket=artifact,
                default_backend="worker",
            ).to_env(),
            **RegisterSettings(
                **common,
                landing_bucket=landing,
                artifact_bucket=artifact,
                default_backend="worker",
                drift_topic_arn=self.topic,
            ).to_env(),
            **RetrainSettings(
                **common,
                event_bus=self.name,
                topic_arn=self.topic,
                state_machine_arn=machine,
                runs_per_tenant=RUNS_PER_TENANT,
                artifact_bucket=artifact,
                capture_bucket=f"{self.name}-capture",
                detect_minutes=DETECT_MINUTES,
            ).to_env(),
            **NotifySettings(
                **common,
                event_bus=self.name,
                topic_arn=self.topic,
                state_machine_arn=machine,
                runs_per_tenant=RUNS_PER_TENANT,
            ).to_env(),
            **IngestSettings(
                **common,
                landing_bucket=landing,
                artifact_bucket=artifact,
                event_bus=self.name,
                topic_arn=self.topic,
                state_machine_arn=machine,
                max_upload_bytes=limit,
                runs_per_tenant=RUNS_PER_TENANT,
            ).to_env(),
            **AuthorizeSettings(**common).to_env(),
            **CollectSettings(
                **common,
                capture_bucket=f"{self.name}-capture",
                capture_dead_letter_queue_url=self.queue_url,
            ).to_env(),
            **LabelSettings(
                **common,
                landing_bucket=landing,
                capture_bucket=f"{self.name}-capture",
                capture_expiration_days=36_500,
            ).to_env(),
            **DetectSettings(
                **common,
                artifact_bucket=artifact,
                capture_bucket=f"{self.name}-capture",
                drift_topic_arn=self.topic,
            ).to_env(),
            **ControlSettings(**common, landing_bucket=landing, max_upload_bytes=limit).to_env(),
        }

    @property
    def queue_url(self) -> str:
        """The queue that hears what the handlers say."""
        return self.clients.sqs().get_queue_url(QueueName=self.name)["QueueUrl"]

    @property
    def tenants(self) -> DynamoTenants:
        return DynamoTenants(self.clients.dynamodb(), self.name)

    @property
    def keys(self) -> DynamoKeys:
        return DynamoKeys(self.clients.dynamodb(), self.name)

    @property
    def datasets(self) -> DynamoDatasets:
        return DynamoDatasets(self.clients.dynamodb(), self.name)

    @property
    def runs(self) -> DynamoRuns:
        return DynamoRuns(self.clients.dynamodb(), self.name)

    @property
    def models(self) -> DynamoModels:
        return DynamoModels(self.clients.dynamodb(), self.name)

    @property
    def retrainings(self) -> DynamoRetrainings:
        return DynamoRetrainings(self.clients.dynamodb(), self.name)

    @property
    def documents(self) -> S3Documents:
        return S3Documents(self.clients.s3(), f"{self.name}-artifact")

    @property
    def blobs(self) -> S3Blobs:
        return S3Blobs(self.clients.s3(), f"{self.name}-artifact")

    def upload(self, key: str, content: bytes) -> str:
        """Put an object in the landing bucket; its version."""
        return self.clients.s3().put_object(Bucket=f"{self.name}-landing", Key=key, Body=content)["VersionId"]

    def executions(self) -> dict[str, Any]:
        """The inputs of what was started, by name."""
        states = self.clients.stepfunctions()
        found = states.list_executions(stateMachineArn=self.state_machine)["executions"]
        return {
            each["name"]: json.loads(states.describe_execution(executionArn=each["executionArn"])["input"])
            for each in found
        }

    def heard(self) -> list[Any]:
        """The events on the bus and the messages of the topic since the last look, as a listener gets them."""
        messages = (
            self.clients.sqs().receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get("Messages", [])
        )
        return [json.loads(message["Body"]) for message in messages]


@contextmanager
def built(clients: Clients, machine_role: str) -> Iterator[Place]:
    """A place of its own, taken down at the end."""
    name = f"place-{uuid.uuid4().hex[:12]}"
    attributes = [{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")]
    schema = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
    clients.dynamodb().create_table(
        TableName=name,
        KeySchema=schema,  # type: ignore[arg-type]  # plain dicts of the typed shape
        AttributeDefinitions=attributes,  # type: ignore[arg-type]  # plain dicts of the typed shape
        BillingMode="PAY_PER_REQUEST",
    )
    for bucket in ("landing", "artifact", "capture"):
        clients.s3().create_bucket(Bucket=f"{name}-{bucket}")
        clients.s3().put_bucket_versioning(Bucket=f"{name}-{bucket}", VersioningConfiguration={"Status": "Enabled"})
    machine = clients.stepfunctions().create_state_machine(
        name=name,
        definition=json.dumps({"StartAt": "Wait", "States": {"Wait": {"Type": "Pass", "End": True}}}),
        roleArn=machine_role,
    )["stateMachineArn"]
    yield Place(clients, name, machine, _listen(clients, name))
    clients.stepfunctions().delete_state_machine(stateMachineArn=machine)
    clients.dynamodb().delete_table(TableName=name)


def _listen(clients: Clients, name: str) -> str:
    """A bus and a topic, whose ARN is returned, and a queue that hears what is said on them by us."""
    url = clients.sqs().create_queue(QueueName=name)["QueueUrl"]
    arn = clients.sqs().get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    clients.sqs().set_queue_attributes(
        QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [allow]})}
    )
    clients.events().create_event_bus(Name=name)
    clients.events().put_rule(Name=name, EventBusName=name, EventPattern=json.dumps({"source": ["millrace"]}))
    clients.events().put_targets(Rule=name, EventBusName=name, Targets=[{"Id": "queue", "Arn": arn}])
    sns: Any = clients.sns()  # with all that a test sets up
    topic: str = sns.create_topic(Name=name)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return topic


def load_handler(function: str, place: Place, monkeypatch: pytest.MonkeyPatch) -> Handler:
    """Import functions/<function>/handler.py as Lambda does, with its environment."""
    own = {"POWERTOOLS_SERVICE_NAME": f"{function}-{place.name}"}  # a logger of this name writes to this test's output
    for variable, value in {**place.settings, **own}.items():
        monkeypatch.setenv(variable, value)
    path = ROOT / "functions" / function / "handler.py"
    spec = importlib.util.spec_from_file_location(f"{function}_handler", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler: Handler = module.handler
    return handler

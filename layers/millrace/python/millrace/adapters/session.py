"""The one place that makes AWS clients, so that timeouts, retries and addressing are the same everywhere."""

from __future__ import annotations

import os
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, cast

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import CredentialProvider, CredentialResolver, DeferredRefreshableCredentials

from millrace.adapters.errors import translated

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_events import EventBridgeClient
    from types_boto3_lambda import LambdaClient
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_s3 import S3Client
    from types_boto3_sqs import SQSClient
    from types_boto3_stepfunctions import SFNClient
    from types_boto3_sts import STSClient

    from millrace.adapters.topic import Publisher

DEFAULT = Config(
    retries={"mode": "standard", "total_max_attempts": 4},
    connect_timeout=3,
    read_timeout=30,  # above the queue's longest poll of 20 s
    tcp_keepalive=True,
)
# Where somebody waits for the answer, 10 s at most: a connection that stalls must leave time for the next try.
PROMPT = Config(connect_timeout=1, read_timeout=2)
SESSION_SECONDS = 3600


class Clients:
    """AWS clients of one set of credentials, made on first use and kept. Safe to share between threads."""

    def __init__(
        self, session: boto3.Session | None = None, *, endpoint: str | None = None, config: Config | None = None
    ) -> None:
        """Use `session`, or the environment's. `endpoint` (default: AWS_ENDPOINT_URL) is another cloud than AWS."""
        with translated("session"):
            self._session = session or boto3.Session()
        self._endpoint = endpoint or os.environ.get("AWS_ENDPOINT_URL")
        self._config = DEFAULT if config is None else DEFAULT.merge(config)
        self._made: dict[str, Any] = {}
        self._lock = Lock()  # a boto3 session is not safe to share; the clients it makes are

    @property
    def region(self) -> str | None:
        """Where the clients call."""
        return self._session.region_name

    @property
    def endpoint(self) -> str | None:
        """The other cloud's address, or None on AWS."""
        return self._endpoint

    def s3(self) -> S3Client:
        """Buckets. Signature 4 always, and path-style addresses on another cloud.

        On AWS the bucket's name stands in its region's host: a signed URL for the global one ends in a redirect that
        the signature forbids.
        """
        style: Literal["path", "virtual"] = "path" if self._endpoint else "virtual"
        return cast("S3Client", self._client("s3", Config(signature_version="s3v4", s3={"addressing_style": style})))

    def dynamodb(self) -> DynamoDBClient:
        """The registry's table."""
        return cast("DynamoDBClient", self._client("dynamodb"))

    def stepfunctions(self) -> SFNClient:
        """The state machine and its task tokens."""
        return cast("SFNClient", self._client("stepfunctions"))

    def events(self) -> EventBridgeClient:
        """The event bus."""
        return cast("EventBridgeClient", self._client("events"))

    def sns(self) -> Publisher:
        """The topic of runs."""
        return cast("Publisher", self._client("sns"))

    def sqs(self) -> SQSClient:
        """The job queue."""
        return cast("SQSClient", self._client("sqs"))

    def lambda_(self) -> LambdaClient:
        """The stage's functions, for those who call them directly."""
        return cast("LambdaClient", self._client("lambda"))

    def logs(self) -> CloudWatchLogsClient:
        """The functions' logs."""
        return cast("CloudWatchLogsClient", self._client("logs"))

    def cloudwatch(self) -> CloudWatchClient:
        """Metrics and alarms."""
        return cast("CloudWatchClient", self._client("cloudwatch"))

    def cloudformation(self) -> CloudFormationClient:
        """The stage's stacks."""
        return cast("CloudFormationClient", self._client("cloudformation"))

    def sts(self) -> STSClient:
        """Who we are."""
        return cast("STSClient", self._client("sts"))

    def assume(self, role_arn: str, name: str) -> Clients:
        """The same clients under a role, whose credentials renew themselves before they expire."""
        core = botocore.session.Session()
        core.set_config_variable("region", self.region)
        core.register_component("credential_provider", CredentialResolver([_Role(self.sts(), role_arn, name)]))
        return Clients(boto3.Session(botocore_session=core), endpoint=self._endpoint, config=self._config)

    def _client(self, service: str, extra: Config | None = None) -> object:
        with self._lock, translated(f"client for {service}"):
            if service not in self._made:
                config = self._config if extra is None else self._config.merge(extra)
                make: Any = self._session.client
                self._made[service] = make(service, endpoint_url=self._endpoint, config=config)
            return self._made[service]


class _Role(CredentialProvider):
    """Credentials of an assumed role, fetched at the first call and again whenever they are about to expire."""

    METHOD = "assume-role"
    CANONICAL_NAME = "AssumeRole"

    def __init__(self, client: STSClient, role_arn: str, name: str) -> None:
        super().__init__()
        self._client, self._role_arn, self._name = client, role_arn, name

    def load(self) -> DeferredRefreshableCredentials:
        """Called by botocore, once."""
        return DeferredRefreshableCredentials(refresh_using=self._fetch, method=self.METHOD)

    def _fetch(self) -> dict[str, str]:
        with translated(f"role {self._role_arn}"):
            answer = self._client.assume_role(
                RoleArn=self._role_arn, RoleSessionName=self._name, DurationSeconds=SESSION_SECONDS
            )["Credentials"]
        return {
            "access_key": answer["AccessKeyId"],
            "secret_key": answer["SecretAccessKey"],
            "token": answer["SessionToken"],
            "expiry_time": answer["Expiration"].isoformat(),
        }

"""A deployed stage as the tests see it: its outputs, and clients for the root caller or for one of its roles."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

import boto3
import botocore.session
from botocore.config import Config

from millrace.adapters.session import Clients
from millrace.local.emulator import REGION, ROOT_KEY, Cloud


def root_clients(cloud: Cloud, endpoint: str | None = None) -> Clients:
    """Clients of the root caller, made as the library makes them, to the cloud or to what stands before it."""
    core = botocore.session.Session()
    core.set_config_variable("ca_bundle", str(cloud.ca_bundle))
    core.set_config_variable("region", REGION)
    core.set_credentials(ROOT_KEY, ROOT_KEY)
    return Clients(boto3.Session(botocore_session=core), endpoint=endpoint or cloud.endpoint)


@dataclass
class Stage:
    """The local stage on the session's cloud."""

    cloud: Cloud
    stacks: tuple[str, ...] = ()
    _clients: dict[tuple[str, str | None], Any] = field(default_factory=dict)

    @cached_property
    def session(self) -> boto3.Session:
        """The root caller's session. It knows no endpoint: use `client`, or the fixture `cloud_env`."""
        return boto3.Session(aws_access_key_id=ROOT_KEY, aws_secret_access_key=ROOT_KEY, region_name=REGION)

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The outputs of every stack, by key."""
        described = [
            stack
            for page in self.client("cloudformation").get_paginator("describe_stacks").paginate()
            for stack in page["Stacks"]
            if stack["StackName"] in self.stacks
        ]
        return {each["OutputKey"]: each["OutputValue"] for stack in described for each in stack.get("Outputs", [])}

    @property
    def api_url(self) -> str:
        """Where the REST API answers, without a slash at the end."""
        return f"{self.cloud.endpoint}/restapis/{self.outputs['ApiId']}/{self.outputs['ApiStage']}/_user_request_"

    def client(self, service: str, role: str | None = None) -> Any:
        """A client of the root caller, or of the role with this ARN, closed at the end of the session."""
        if (service, role) not in self._clients:
            session = self.session if role is None else self._assume(role)
            self._clients[service, role] = session.client(
                cast("Any", service),  # the overloads want a literal
                endpoint_url=self.cloud.endpoint,
                verify=str(self.cloud.ca_bundle),
                config=Config(retries={"total_max_attempts": 2}, inject_host_prefix=False),
            )
        return self._clients[service, role]

    def close(self) -> None:
        """Close every client."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def _assume(self, role: str) -> boto3.Session:
        given = self.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        return boto3.Session(
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
            region_name=REGION,
        )

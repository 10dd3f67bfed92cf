"""Sends a deployed stage's functions and a worker by way of a proxy for a while, without touching what they run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from tests.stage import Stage

ALIAS = "live"


@contextmanager
def functions_through(stage: Stage, endpoint: str) -> Iterator[None]:
    """Every function's alias points at a version that calls `endpoint`; at the one before again afterwards."""
    client = stage.client("lambda")
    names = [
        each["PhysicalResourceId"]
        for stack in stage.stacks
        for each in stage.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
        if each["ResourceType"] == "AWS::Lambda::Function"
    ]
    with ExitStack() as undo:
        for name in names:
            undo.enter_context(_through(client, name, endpoint))
        yield


@contextmanager
def _through(client: Any, name: str, endpoint: str) -> Iterator[None]:
    before = client.get_alias(FunctionName=name, Name=ALIAS)["FunctionVersion"]
    variables = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    changed = {"Variables": variables | {"AWS_ENDPOINT_URL": endpoint}}
    client.update_function_configuration(FunctionName=name, Environment=changed)
    version = client.publish_version(FunctionName=name)["Version"]
    client.update_alias(FunctionName=name, Name=ALIAS, FunctionVersion=version)
    try:
        yield
    finally:
        client.update_alias(FunctionName=name, Name=ALIAS, FunctionVersion=before)
        client.update_function_configuration(FunctionName=name, Environment={"Variables": variables})

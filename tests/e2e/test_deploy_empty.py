"""The smallest app goes onto the embedded cloud by the same path as the real one, once, and again when it changed."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

from millrace.domain.errors import Unavailable
from millrace.local import deploy
from millrace.local.emulator import Cloud
from tests.conftest import ROOT
from tests.stage import Stage

APP = """
from aws_cdk import App, CfnOutput, CliCredentialsStackSynthesizer, RemovalPolicy, Stack, aws_dynamodb, aws_s3

app = App()
stack = Stack(app, "empty-" + app.node.get_context("stage"), synthesizer=CliCredentialsStackSynthesizer())
bucket = aws_s3.Bucket(stack, "Bucket", removal_policy=RemovalPolicy.DESTROY)
key = aws_dynamodb.Attribute(name="pk", type=aws_dynamodb.AttributeType.STRING)
aws_dynamodb.TableV2(stack, "Table", partition_key=key, removal_policy=RemovalPolicy.DESTROY)
CfnOutput(stack, "EmptyBucket", value=bucket.bucket_name)
app.synth()
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an app of one bucket and one table, and this project's CDK command line."""
    folder = tmp_path_factory.mktemp("app")
    (folder / "app.py").write_text(APP)
    (folder / "cdk.json").write_text(json.dumps({"app": "python app.py"}))
    shutil.copy(ROOT / "package-lock.json", folder)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return folder


@pytest.fixture(scope="module")
def elsewhere(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Cloud:
    """The session's cloud, with a state folder of this module's own for what deploy remembers."""
    return dataclasses.replace(cloud, state=tmp_path_factory.mktemp("state"))


def test_an_empty_stage_is_deployed_once_and_again_when_it_changed(elsewhere: Cloud, root: Path) -> None:
    said: list[str] = []
    stacks = deploy.deploy(elsewhere, root, said.append)
    assert stacks == ("empty-local",)
    assert "deploying the stacks" in said

    stage = Stage(elsewhere, stacks)
    stage.client("s3").put_object(Bucket=stage.outputs["EmptyBucket"], Key="a", Body=b"1")

    said.clear()
    assert deploy.deploy(elsewhere, root, said.append) == stacks
    assert said == ["the stacks are up to date"]

    (root / "app.py").write_text(APP.replace('"EmptyBucket"', '"RenamedBucket"'))
    said.clear()
    deploy.deploy(elsewhere, root, said.append)
    assert "deploying the stacks" in said
    assert "bootstrapping the account" not in said
    assert set(Stage(elsewhere, stacks).outputs) == {"RenamedBucket"}
    stage.close()


def test_a_broken_app_is_told_with_its_own_words(elsewhere: Cloud, tmp_path: Path, root: Path) -> None:
    shutil.copytree(root, tmp_path / "app", symlinks=True)
    (tmp_path / "app" / "app.py").write_text("raise SystemExit('the field is wrong')")
    with pytest.raises(Unavailable, match="the field is wrong") as raised:
        deploy.deploy(elsewhere, tmp_path / "app", lambda _: None)
    assert raised.value.code == "deploy_failed"
    assert raised.value.hint is not None
    assert "deploy.log" in raised.value.hint

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from botocore.stub import Stubber

from millrace.adapters.stage import StageOutputs
from millrace.cli.local import exported
from millrace.cli.saved import Saved
from millrace.cli.session import Options, Session


def test_a_stage_on_aws_exports_no_authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    session = Session(Options(stage="dev"))
    Saved().with_tenant("acme").with_key("acme", "mr_acme.x").write(session.saved_path)
    client = boto3.client("cloudformation", region_name="eu-west-1")
    values = {"ApiId": "abc", "ApiStage": "api", "Region": "eu-west-1"}
    stack = {
        "StackName": "millrace-dev-inference",
        "StackStatus": "CREATE_COMPLETE",
        "CreationTime": "2026-01-01T00:00:00Z",
        "Outputs": [{"OutputKey": name, "OutputValue": value} for name, value in values.items()],
    }
    with Stubber(client) as stub:
        stub.add_response("describe_stacks", {"Stacks": [stack]})
        vars(session)["outputs"] = StageOutputs(client, "dev")
        told = exported(session)
    assert told == {
        "MILLRACE_API": "https://abc.execute-api.eu-west-1.amazonaws.com/api",
        "MILLRACE_KEY": "mr_acme.x",
    }

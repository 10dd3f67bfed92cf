"""The embedded cloud as a process: who may reach it, what it keeps, and what a crash or a second start does to it.

What is stopped, killed or wiped here is an emulator of this module's own, beside the session's: that two don't collide
is one of the promises.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import io
import json
import os
import re
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

from millrace.domain.errors import Unavailable
from millrace.local import emulator
from tests.e2e.thread import until
from tests.stage import Stage

HEALTH = "/_ministack/health"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A state folder whose emulator, if any, is stopped in the end."""
    yield tmp_path / "own"
    emulator.stop(tmp_path / "own")


@contextlib.contextmanager
def _clients(cloud: emulator.Cloud) -> Iterator[Stage]:
    """Clients of the root caller."""
    stage = Stage(cloud)
    try:
        yield stage
    finally:
        stage.close()


@contextlib.contextmanager
def _client(service: str, cloud: emulator.Cloud, key: Mapping[str, Any]) -> Iterator[Any]:
    """A client of whom an access key belongs to."""
    client = boto3.client(
        cast("Any", service),  # the overloads want a literal
        endpoint_url=cloud.endpoint,
        verify=str(cloud.ca_bundle),
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        region_name=emulator.REGION,
    )
    with contextlib.closing(client):
        yield client


def _listening(pid: int) -> set[str]:
    """Address and port of every socket on which a process listens, as Linux writes them."""
    own = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            own.update(re.findall(r"socket:\[(\d+)\]", str(link.readlink())))
    tables = [Path(f"/proc/{pid}/net/{name}") for name in ("tcp", "tcp6")]
    rows = [line.split() for table in tables if table.exists() for line in table.read_text().splitlines()[1:]]
    return {row[1] for row in rows if row[3] == "0A" and row[9] in own}


def test_it_listens_on_one_loopback_port_and_nowhere_else(cloud: emulator.Cloud) -> None:
    port = int(cloud.endpoint.rpartition(":")[2])
    assert _listening(cloud.pid) == {f"0100007F:{port:04X}"}


def test_only_who_trusts_its_authority_gets_through_and_only_by_tls(cloud: emulator.Cloud) -> None:
    trusting = ssl.create_default_context(cafile=str(cloud.ca_bundle))
    assert httpx.get(cloud.endpoint + HEALTH, verify=trusting).is_success
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(cloud.endpoint + HEALTH, verify=ssl.create_default_context())
    with pytest.raises(httpx.TransportError):
        httpx.get(cloud.endpoint.replace("https", "http") + HEALTH)


def test_old_tls_is_refused(cloud: emulator.Cloud) -> None:
    old = ssl.create_default_context(cafile=str(cloud.ca_bundle))
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    port = int(cloud.endpoint.rpartition(":")[2])
    with (
        socket.create_connection(("127.0.0.1", port)) as raw,
        pytest.raises(ssl.SSLError),
        old.wrap_socket(raw, server_hostname="127.0.0.1"),
    ):
        pass


def test_a_user_may_do_what_a_policy_grants_and_nothing_else(cloud: emulator.Cloud) -> None:
    grant = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}}'
    with _clients(cloud) as root:
        iam = root.client("iam")
        iam.create_user(UserName="somebody")
        iam.put_user_policy(UserName="somebody", PolicyName="buckets", PolicyDocument=grant)
        key = iam.create_access_key(UserName="somebody")["AccessKey"]
    wrong = dict(key, SecretAccessKey="not the secret")
    with _client("s3", cloud, key) as buckets:
        assert "Buckets" in buckets.list_buckets()
    with _client("sqs", cloud, key) as queues, pytest.raises(ClientError, match="AccessDenied"):
        queues.create_queue(QueueName="mine")
    with _client("s3", cloud, wrong) as buckets, pytest.raises(ClientError, match="Signature"):
        buckets.list_buckets()


FAILING = """
import json, os
def handler(event, context):
    with open(os.environ["CALLS"], "a") as calls:
        calls.write(json.dumps(event["detail"]) + "\\n")
    if sum(1 for _ in open(os.environ["CALLS"])) < int(os.environ["GOOD"]):
        raise RuntimeError("not yet")
"""


@pytest.mark.parametrize(("good", "calls", "set_aside"), [(2, 2, 0), (99, 3, 1)])
def test_an_event_is_handed_over_again_to_who_failed_on_it_and_then_set_aside(
    cloud: emulator.Cloud, tmp_path: Path, good: int, calls: int, set_aside: int
) -> None:
    name, log, code = f"failing-{good}", tmp_path / "calls", io.BytesIO()
    with zipfile.ZipFile(code, "w") as package:
        package.writestr("main.py", FAILING)
    with _clients(cloud) as root:
        functions, events, queues = root.client("lambda"), root.client("events"), root.client("sqs")
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        role = root.client("iam").create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )
        url = queues.create_queue(QueueName=name)["QueueUrl"]
        queue = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        functions.create_function(
            FunctionName=name,
            Runtime="python3.11",
            Handler="main.handler",
            Role=role["Role"]["Arn"],
            Code={"ZipFile": code.getvalue()},
            Environment={"Variables": {"CALLS": str(log), "GOOD": str(good)}},
            Publish=True,
        )
        alias = functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
        functions.put_function_event_invoke_config(
            FunctionName=name,
            Qualifier="live",
            MaximumRetryAttempts=2,
            DestinationConfig={"OnFailure": {"Destination": queue}},
        )
        events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
        events.put_targets(Rule=name, Targets=[{"Id": "it", "Arn": alias["AliasArn"]}])
        events.put_events(Entries=[{"Source": name, "DetailType": "Test", "Detail": '{"number": 7}'}])
        until(lambda: log.exists() and len(log.read_text().splitlines()) == calls, "not handed over again")
        told = queues.receive_message(QueueUrl=url, WaitTimeSeconds=3).get("Messages", [])
    assert log.read_text() == '{"number": 7}\n' * calls
    assert [json.loads(each["Body"])["requestPayload"]["detail"] for each in told] == [{"number": 7}] * set_aside


def test_private_files_are_for_their_owner_only(cloud: emulator.Cloud) -> None:
    assert stat.S_IMODE((cloud.state / "tls" / "server.key").stat().st_mode) == 0o600


def test_clients_hear_nothing_of_the_callers_own_account(cloud: emulator.Cloud) -> None:
    environ = {"AWS_PROFILE": "work", "AWS_SESSION_TOKEN": "t", "AWS_ENDPOINT_URL_S3": "https://s3", "HOME": "/home/me"}
    assert cloud.over(environ) == {"HOME": "/home/me"} | cloud.env


def test_a_second_start_finds_the_first(state: Path) -> None:
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        clouds = list(threads.map(emulator.start, [state] * 4))
    assert len(set(clouds)) == 1
    assert emulator.find(state) == clouds[0]


def test_the_callers_environment_stays_outside(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "secret")
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    environ = Path(f"/proc/{emulator.start(state).pid}/environ").read_bytes()
    assert b"GATEWAY_PORT=" in environ
    assert not any(name in environ for name in (b"SOME_TOKEN", b"AWS_PROFILE", b"HTTPS_PROXY"))


def test_a_stop_in_order_keeps_everything_though_a_client_is_connected(state: Path) -> None:
    before = emulator.start(state)
    with _clients(before) as root:
        _put(root)
        assert emulator.stop(state)
        after = emulator.start(state)
        assert after.endpoint == before.endpoint
        assert after.pid != before.pid
        _check(root)


def test_on_another_port_the_addresses_it_gave_still_work(state: Path) -> None:
    before = emulator.start(state)
    with _clients(before) as root:
        url = root.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    emulator.stop(state)
    port = int(before.endpoint.rpartition(":")[2])
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        after = emulator.start(state)
    assert after.endpoint != before.endpoint
    with _clients(after) as root:
        root.client("sqs").send_message(QueueUrl=url, MessageBody="hello")
        assert root.client("sqs").receive_message(QueueUrl=url)["Messages"][0]["Body"] == "hello"


def test_after_a_crash_it_comes_back_as_it_was_saved(state: Path) -> None:
    cloud = emulator.start(state)
    with _clients(cloud) as root:
        _put(root)
        assert emulator.save(cloud)
        os.kill(cloud.pid, signal.SIGKILL)
        emulator.start(state)
        _check(root)


def test_after_a_crash_before_anything_was_saved_it_begins_anew(state: Path) -> None:
    cloud = emulator.start(state)
    with _clients(cloud) as root:
        _put(root)
        os.kill(cloud.pid, signal.SIGKILL)
        emulator.start(state)
        assert root.client("s3").list_buckets()["Buckets"] == []
        _put(root)


def test_a_failed_start_tells_the_last_lines_of_the_log(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state.mkdir()
    broken = state / "python"
    broken.write_text("#!/bin/sh\necho 'no room on the device'; exit 3\n")
    broken.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(broken))
    with pytest.raises(Unavailable, match="no room on the device") as raised:
        emulator.start(state)
    assert raised.value.code == "cloud_did_not_start"
    assert "millrace doctor" in (raised.value.hint or "")
    assert emulator.find(state) is None


def test_one_of_a_programs_own_ends_with_it_however_that_is(state: Path) -> None:
    program = f"from millrace.local.emulator import start; start(Path({str(state)!r}), ours=True); time.sleep(60)"
    owner = subprocess.Popen([sys.executable, "-c", f"import time; from pathlib import Path; {program}"])
    try:
        _until(lambda: emulator.find(state) is not None)
    finally:
        owner.kill()
        owner.wait()
    _until(lambda: emulator.find(state) is None)


def test_wiped_it_leaves_nothing(state: Path) -> None:
    pid = emulator.start(state).pid
    emulator.wipe(state)
    assert not state.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not emulator.stop(state)


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _put(root: Stage) -> None:
    root.client("s3").create_bucket(Bucket="kept-here")
    root.client("s3").put_object(Bucket="kept-here", Key="a", Body=b"1")
    key = [{"AttributeName": "pk", "KeyType": "HASH"}]
    kind = [{"AttributeName": "pk", "AttributeType": "S"}]
    registry = root.client("dynamodb")
    registry.create_table(TableName="kept", KeySchema=key, AttributeDefinitions=kind, BillingMode="PAY_PER_REQUEST")
    registry.put_item(TableName="kept", Item={"pk": {"S": "1"}})


def _check(root: Stage) -> None:
    assert root.client("s3").get_object(Bucket="kept-here", Key="a")["Body"].read() == b"1"
    assert root.client("dynamodb").scan(TableName="kept")["Items"] == [{"pk": {"S": "1"}}]

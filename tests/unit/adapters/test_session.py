from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config

from millrace.adapters.session import DEFAULT, PROMPT, Clients
from millrace.domain.errors import Denied

ELSEWHERE = "https://127.0.0.1:4566"


@pytest.fixture
def session() -> boto3.Session:
    return boto3.Session("id", "secret", region_name="eu-west-1")


def config(client: Any) -> Any:
    return client.meta.config


def test_each_client_is_made_once_even_by_threads(session: boto3.Session) -> None:
    clients = Clients(session, endpoint=ELSEWHERE)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: clients.dynamodb(), range(16)))
    assert len({id(client) for client in made}) == 1


def test_every_client_has_the_defaults_and_the_endpoint(session: boto3.Session) -> None:
    clients = Clients(session, endpoint=ELSEWHERE)
    made: list[Any] = [clients.s3(), clients.dynamodb(), clients.stepfunctions(), clients.events()]
    made += [clients.sqs(), clients.logs(), clients.cloudwatch(), clients.cloudformation(), clients.sts()]
    for client in made:
        assert client.meta.endpoint_url == ELSEWHERE
        assert client.meta.region_name == "eu-west-1"
        assert (config(client).connect_timeout, config(client).read_timeout) == (3, 30)
        assert config(client).retries["mode"] == "standard"
        assert config(client).retries["total_max_attempts"] == 4
    assert len({client.meta.service_model.service_name for client in made}) == len(made)


def test_a_signed_url_names_the_bucket_s_region(session: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    url = Clients(session).s3().generate_presigned_url("put_object", Params={"Bucket": "landing", "Key": "a/b/c.csv"})
    assert url.startswith("https://landing.s3.eu-west-1.amazonaws.com/a/b/c.csv?")


def test_a_caller_changes_what_it_must(session: boto3.Session) -> None:
    clients = Clients(session, config=Config(read_timeout=1))
    assert config(clients.dynamodb()).read_timeout == 1
    assert config(clients.dynamodb()).connect_timeout == 3
    assert config(clients.s3()).signature_version == "s3v4"
    assert DEFAULT.read_timeout == 30  # type: ignore[attr-defined]  # botocore sets its options at run time


def test_where_somebody_waits_a_stalled_call_leaves_time_for_others(session: boto3.Session) -> None:
    made = config(Clients(session, config=PROMPT).dynamodb())
    tries = made.retries["total_max_attempts"]
    assert (made.connect_timeout, made.read_timeout, tries) == (1, 2, 4)
    assert tries * made.read_timeout < 10  # the authorizer's own timeout


def test_the_environment_names_another_cloud(session: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", ELSEWHERE)
    assert Clients(session).endpoint == ELSEWHERE
    assert config(Clients(session).s3()).s3["addressing_style"] == "path"
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    assert Clients(session).endpoint is None
    assert config(Clients(session).s3()).s3["addressing_style"] == "virtual"
    assert Clients(session).dynamodb().meta.endpoint_url == "https://dynamodb.eu-west-1.amazonaws.com"


def test_no_region_or_profile_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(Denied):
        Clients(boto3.Session("id", "secret")).dynamodb()
    monkeypatch.setenv("AWS_PROFILE", "absent")
    with pytest.raises(Denied):
        Clients()


class Sts:
    """Gives credentials that expire `minutes` from now, numbered."""

    def __init__(self, minutes: int) -> None:
        self.calls: list[dict[str, object]] = []
        self._minutes = minutes

    def assume_role(self, **given: object) -> dict[str, Any]:
        self.calls.append(given)
        expires = datetime.now(UTC) + timedelta(minutes=self._minutes)
        number = len(self.calls)
        return {
            "Credentials": {
                "AccessKeyId": f"id{number}",
                "SecretAccessKey": f"secret{number}",
                "SessionToken": f"token{number}",
                "Expiration": expires,
            }
        }


def keys_used(clients: Clients, times: int) -> list[str]:
    """The access key that signs each of some calls, none of which is sent."""
    used: list[str] = []
    s3 = clients.s3()
    for _ in range(times):
        url = s3.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})
        used.append(url.split("X-Amz-Credential=")[1].split("%2F")[0])
    return used


def assumed(session: boto3.Session, sts: Sts, monkeypatch: pytest.MonkeyPatch) -> Clients:
    clients = Clients(session, endpoint=ELSEWHERE)
    monkeypatch.setattr(clients, "sts", lambda: sts)
    return clients.assume("arn:aws:iam::1:role/worker", "worker-1")


def test_a_role_is_assumed_when_first_needed_and_kept(session: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    sts = Sts(minutes=60)
    worker = assumed(session, sts, monkeypatch)
    assert sts.calls == []
    assert keys_used(worker, 3) == ["id1", "id1", "id1"]
    assert sts.calls == [
        {"RoleArn": "arn:aws:iam::1:role/worker", "RoleSessionName": "worker-1", "DurationSeconds": 3600}
    ]
    assert (worker.region, worker.endpoint) == ("eu-west-1", ELSEWHERE)


def test_a_roles_credentials_renew_before_they_expire(session: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = assumed(session, Sts(minutes=5), monkeypatch)
    assert keys_used(worker, 3) == ["id1", "id2", "id3"]

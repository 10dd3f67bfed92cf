"""Who may touch truth and what is joined to it, and how: tried."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.e2e.privileges import CAPTURES, DENIED, LANDING, TENANT, UPLOAD, Calls, Roles, check
from tests.stage import Stage

FILE = f"{TENANT}/probe/truth/labels.csv"  # in the landing bucket
KEPT = f"{TENANT}/probe/truth/2026-11-24T20/probe.jsonl.gz"
NOTE = f"{TENANT}/_truth/probe.json"
PART = f"{TENANT}/probe/labelled/2026-11-24T20/part-probe.jsonl.gz"
JOINED = [f"{TENANT}/probe/labelled/2026-11-24T20/truth-probe.jsonl.gz", f"{TENANT}/probe/labelled/2026-11-24T20.json"]
CAPTURE = f"{TENANT}/probe/captures/2026-11-24T20/probe.jsonl.gz"


@pytest.fixture(scope="module")
def calls(stage: Stage) -> Calls:
    for bucket, key in (
        (LANDING, FILE),
        (LANDING, UPLOAD),
        *((CAPTURES, key) for key in (KEPT, NOTE, PART, CAPTURE, *JOINED)),
    ):
        stage.client("s3").put_object(Bucket=stage.outputs[bucket], Key=key, Body=b"")
    return Calls(stage)


def test_label_reads_files_of_truth_and_keeps_what_they_say(roles: Roles, calls: Calls) -> None:
    allowed = [
        calls.get("TENANTS"),
        calls.query(f"MODELS#{TENANT}"),
        calls.read(LANDING, FILE),
        calls.write(CAPTURES, KEPT),
        calls.write(CAPTURES, NOTE),
    ]
    denied = [
        calls.read(LANDING, UPLOAD),
        calls.write(LANDING, FILE),
        calls.read(CAPTURES, KEPT),
        calls.remove(CAPTURES, KEPT),
        calls.read(CAPTURES, CAPTURE),
        calls.write(CAPTURES, CAPTURE),
        calls.write(CAPTURES, PART),
        calls.put("TENANTS"),
        calls.put(f"MODELS#{TENANT}"),
        calls.get(f"KEYS#{TENANT}"),
        calls.start(),
        calls.publish("millrace"),
    ]
    check(roles.tell("label", *allowed, *denied), allowed, denied)


def test_a_worker_reads_parts_and_nothing_else_of_that_bucket(stage: Stage, calls: Calls) -> None:
    s3, bucket = stage.client("s3", stage.outputs["WorkerRoleArn"]), stage.outputs[CAPTURES]
    s3.get_object(Bucket=bucket, Key=PART)
    for key in (KEPT, NOTE, CAPTURE, *JOINED):
        with pytest.raises(ClientError) as caught:
            s3.get_object(Bucket=bucket, Key=key)
        assert caught.value.response["Error"]["Code"] in DENIED
    with pytest.raises(ClientError):
        s3.put_object(Bucket=bucket, Key=PART, Body=b"")


@pytest.mark.parametrize("function", ["ingest", "authorize", "control", "predict"])
def test_nobody_else_comes_near_them(roles: Roles, calls: Calls, function: str) -> None:
    denied = [
        call for key in (KEPT, NOTE, PART, *JOINED) for call in (calls.read(CAPTURES, key), calls.write(CAPTURES, key))
    ]
    check(roles.tell(function, *denied), [], denied)

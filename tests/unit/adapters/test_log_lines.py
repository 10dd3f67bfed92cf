from __future__ import annotations

import boto3
from botocore.stub import ANY, Stubber

from millrace.adapters.log_lines import CloudWatchLogLines

START = 1_767_225_600_000  # 2026-01-01


def test_every_page_of_every_group_is_read() -> None:
    logs = boto3.client("logs", region_name="eu-west-1")
    prefix = {"logGroupNamePrefix": "/millrace/dev/"}
    asked = {"logGroupName": "/millrace/dev/predict", "startTime": START + 1}
    with Stubber(logs) as stub:
        stub.add_response("describe_log_groups", {"logGroups": [], "nextToken": "more"}, prefix)
        groups = [{"logGroupName": "/millrace/dev/predict"}]
        stub.add_response("describe_log_groups", {"logGroups": groups}, prefix | {"nextToken": "more"})
        first = [{"timestamp": START + 1, "message": "one\n"}]
        stub.add_response("filter_log_events", {"events": first, "nextToken": "2"}, asked)
        stub.add_response("filter_log_events", {"events": [], "nextToken": "3"}, asked | {"nextToken": "2"})
        last = [{"timestamp": START + 1500, "message": "two"}]
        stub.add_response("filter_log_events", {"events": last}, asked | {"nextToken": ANY})
        lines = list(CloudWatchLogLines(logs, "dev").since(START))
        stub.assert_no_pending_responses()
    assert lines == ["2026-01-01T00:00:00.001Z predict one", "2026-01-01T00:00:01.500Z predict two"]

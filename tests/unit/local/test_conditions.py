"""What a request names is what IAM judges; whether it is judged is shown in tests/e2e/test_least_privilege.py."""

from __future__ import annotations

import json
from typing import Any

import pytest

from millrace.local.conditions import of_request

A, B = {"pk": {"S": "KEYS#a"}, "sk": {"S": "1"}}, {"pk": {"S": "RUNS#b"}, "sk": {"S": "2"}}


def keys(request: Any) -> object:
    body = json.dumps(request).encode()
    return of_request("dynamodb", "dynamodb:GetItem", body).get("dynamodb:LeadingKeys")


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"Key": A}, ["KEYS#a"]),
        ({"Item": B}, ["RUNS#b"]),
        ({"TransactItems": [{"Put": {"Item": B}}, {"Update": {"Key": A}}]}, ["KEYS#a", "RUNS#b"]),
        ({"RequestItems": {"t": {"Keys": [A, B]}}}, ["KEYS#a", "RUNS#b"]),
        ({"RequestItems": {"t": [{"PutRequest": {"Item": B}}, {"DeleteRequest": {"Key": A}}]}}, ["KEYS#a", "RUNS#b"]),
        (
            {
                "KeyConditionExpression": "#p = :a AND begins_with(sk, :b)",
                "ExpressionAttributeNames": {"#p": "pk"},
                "ExpressionAttributeValues": {":a": {"S": "KEYS#a"}, ":b": {"S": "x"}},
            },
            ["KEYS#a"],
        ),
        ({"TableName": "t"}, None),
        ([], None),
    ],
)
def test_the_partitions_of_a_dynamodb_request(request_: Any, expected: object) -> None:
    assert keys(request_) == expected


def test_a_body_that_is_no_json_names_nothing() -> None:
    assert of_request("dynamodb", "dynamodb:GetItem", b"{") == {}


def test_the_sources_of_events() -> None:
    body = json.dumps({"Entries": [{"Source": "b"}, {"Source": "a"}]}).encode()
    assert of_request("events", "events:PutEvents", body) == {"events:source": ["a", "b"]}
    assert of_request("events", "events:PutRule", body) == {}


def test_the_namespace_of_metrics() -> None:
    body = b'{"Namespace": "Millrace/dev", "MetricData": []}'
    assert of_request("cloudwatch", "cloudwatch:PutMetricData", body) == {"cloudwatch:namespace": "Millrace/dev"}
    assert of_request("cloudwatch", "cloudwatch:PutMetricData", b"{}") == {}
    assert of_request("cloudwatch", "cloudwatch:GetMetricData", body) == {}

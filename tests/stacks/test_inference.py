"""The API asks who calls on every route, speaks JSON even when it refuses, and logs no person's address."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from millrace.edge.http import STATUS
from tests.stacks.conftest import CONTEXT, ROOT, synthesized_to
from tests.stacks.templates import Templates

ROUTES = {
    "/v2": "predict",
    "/v2/{proxy+}": "predict",
    "/models/{model}/{proxy+}": "predict",
    "/models": "control",
    "/models/{model}/truth": "control",
    "/datasets/{proxy+}": "control",
    "/runs": "control",
    "/runs/{proxy+}": "control",
    "/keys": "control",
    "/keys/{proxy+}": "control",
}
REFUSALS = {  # kind: status, type, code
    "UNAUTHORIZED": ("401", "authentication_error", "unauthenticated"),
    "ACCESS_DENIED": ("403", "permission_error", "forbidden"),
    "MISSING_AUTHENTICATION_TOKEN": ("404", "invalid_request_error", "no_such_path"),
    "REQUEST_TOO_LARGE": ("413", "invalid_request_error", "too_large"),
    "THROTTLED": ("429", "rate_limit_error", "throttled"),
    "QUOTA_EXCEEDED": ("429", "rate_limit_error", "quota_exceeded"),
    "INTEGRATION_TIMEOUT": ("504", "unavailable_error", "timeout"),
    "AUTHORIZER_FAILURE": ("500", "server_error", "internal"),
    "DEFAULT_4XX": (None, "invalid_request_error", "invalid_request"),
    "DEFAULT_5XX": (None, "server_error", "internal"),
}


def paths(templates: Templates) -> dict[str, str]:
    """The path of each API resource by its logical id."""
    resources = {each.id: each.properties for each in templates.of("ApiGateway::Resource")}

    def path(logical_id: str) -> str:
        parent = resources[logical_id]["ParentId"].get("Ref")
        return (path(parent) if parent else "") + "/" + str(resources[logical_id]["PathPart"])

    return {logical_id: path(logical_id) for logical_id in resources}


def test_every_route_asks_the_authorizer_and_reaches_its_functions_alias(templates: Templates) -> None:
    path_of = paths(templates)
    authorizer = templates.one("ApiGateway::Authorizer")
    reached = {}
    for method in templates.of("ApiGateway::Method"):
        assert method.properties["HttpMethod"] == "ANY"
        assert method.properties["AuthorizationType"] == "CUSTOM"
        assert method.properties["AuthorizerId"] == {"Ref": authorizer.id}
        assert method.properties["Integration"]["Type"] == "AWS_PROXY"
        uri = templates.text(method.part, method.properties["Integration"]["Uri"])
        function = uri.split("functions/<")[1].removesuffix(":live>/invocations")
        reached[path_of[method.properties["ResourceId"]["Ref"]]] = function
    assert reached == ROUTES


def test_no_two_paths_differ_in_a_variable_alone(templates: Templates) -> None:
    """AWS refuses a second resource with a variable below one parent, a greedy one too."""
    variables = [
        json.dumps(each.properties["ParentId"], sort_keys=True)
        for each in templates.of("ApiGateway::Resource")
        if each.properties["PathPart"].startswith("{")
    ]
    assert len(set(variables)) == len(variables)


def test_the_authorizer_reads_the_header_and_is_believed_for_at_most_5_seconds(templates: Templates) -> None:
    authorizer = templates.one("ApiGateway::Authorizer").properties
    assert authorizer["Type"] == "REQUEST"
    assert authorizer["IdentitySource"] == "method.request.header.Authorization"
    assert "<authorize:live>" in templates.text("inference", authorizer["AuthorizerUri"])
    wanted = CONTEXT["stages"][templates.stage].get("authorizer_ttl_seconds", 3)
    assert authorizer["AuthorizerResultTtlInSeconds"] == wanted < 5  # and a call that began before ends


def test_an_alias_move_is_followed_within_5_seconds(templates: Templates) -> None:
    variables = templates.functions["predict"].properties["Environment"]["Variables"]
    assert int(variables["MILLRACE_ALIAS_SECONDS"]) < 5  # reading the alias takes time too


def test_the_api_is_regional_binary_safe_and_speaks_tls_1_2_or_newer(templates: Templates) -> None:
    api = templates.one("ApiGateway::RestApi").properties
    assert api["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    assert api["BinaryMediaTypes"] == ["*/*"]
    assert api["SecurityPolicy"].startswith("SecurityPolicy_TLS13_1_2_")
    assert api["EndpointAccessMode"] == "BASIC"


def refusals(templates: Templates) -> dict[str, dict[str, Any]]:
    return {each.properties["ResponseType"]: each.properties for each in templates.of("ApiGateway::GatewayResponse")}


def test_refusals_are_json_in_our_form(templates: Templates) -> None:
    found = {}
    for kind, refusal in refusals(templates).items():
        assert list(refusal["ResponseTemplates"]) == ["application/json"]
        error = json.loads(refusal["ResponseTemplates"]["application/json"])
        assert error.keys() == {"error", "type", "param", "code"}
        assert isinstance(error["error"], str)
        found[kind] = (refusal.get("StatusCode"), error["type"], error["code"])
    assert found == REFUSALS


def test_refusals_have_the_types_that_our_functions_answer_with() -> None:
    ours = {(str(status.value), kind) for status, kind in STATUS.values()}
    known = {status for status, _ in ours}
    assert {(status, kind) for status, kind, _ in REFUSALS.values() if status in known} - ours == {
        ("404", "invalid_request_error")  # of a path, as our own functions say of one
    }


def test_every_refusal_is_in_the_documentation() -> None:
    rows = [line for line in (ROOT / "docs" / "api.md").read_text().splitlines() if re.match(r"\| \d{3} \|", line)]
    for status, kind, code in REFUSALS.values():
        assert any(f"`{kind}`" in row and (status is None or f"| {status} |" in row) for row in rows), (status, kind)
        assert any(f"`{code}`" in row for row in rows), code


def test_refusals_say_how_to_go_on(templates: Templates) -> None:
    headers = {
        kind: each["ResponseParameters"] for kind, each in refusals(templates).items() if "ResponseParameters" in each
    }
    again = {"gatewayresponse.header.Retry-After": "'1'"}
    assert headers == {
        "UNAUTHORIZED": {"gatewayresponse.header.WWW-Authenticate": "'Bearer'"},
        "THROTTLED": again,
        "QUOTA_EXCEEDED": again,
    }


def test_the_stage_is_traced_throttled_and_logs_its_calls(templates: Templates) -> None:
    stage = templates.one("ApiGateway::Stage").properties
    wanted = CONTEXT["stages"][templates.stage]
    assert stage["StageName"] == templates.output("inference", "ApiStage") == "api"
    assert stage["TracingEnabled"] is True
    (method,) = stage["MethodSettings"]
    assert (method["HttpMethod"], method["ResourcePath"]) == ("*", "/*")
    assert method["ThrottlingRateLimit"] == wanted.get("throttle_rate", 500)
    assert method["ThrottlingBurstLimit"] == wanted.get("throttle_burst", 1000)
    group = templates.text("inference", stage["AccessLogSetting"]["DestinationArn"])
    assert group == f"</millrace/{templates.stage}/api.Arn>"


def test_execution_logs_which_would_have_a_group_of_their_own_are_off(templates: Templates) -> None:
    (method,) = templates.one("ApiGateway::Stage").properties["MethodSettings"]
    assert method["LoggingLevel"] == "OFF"
    assert method["DataTraceEnabled"] is False


def test_access_logs_say_who_and_what_but_no_address(templates: Templates) -> None:
    setting = templates.one("ApiGateway::Stage").properties["AccessLogSetting"]
    line = json.loads(setting["Format"])
    assert {"request_id", "tenant", "status", "milliseconds"} <= line.keys()
    for personal in ("identity", "requestOverride", "querystring", "header"):
        assert personal not in setting["Format"]


def test_api_gateway_may_write_logs_before_the_stage_asks_for_them(templates: Templates) -> None:
    account = templates.one("ApiGateway::Account")
    depends = templates.one("ApiGateway::Stage").body["DependsOn"]
    assert account.id in depends


def test_another_authorizer_is_another_deployment(tmp_path: Path) -> None:
    """API Gateway serves what was deployed: without a new deployment it would keep the old time to live."""
    deployments = set()
    for seconds in (0, 4):
        (folder := tmp_path / str(seconds)).mkdir()
        template = (
            synthesized_to(folder, "dev", authorizer_ttl_seconds=seconds) / "millrace-dev-inference.template.json"
        )
        resources = json.loads(template.read_text())["Resources"]
        deployments |= {name for name, each in resources.items() if each["Type"] == "AWS::ApiGateway::Deployment"}
    assert len(deployments) == 2

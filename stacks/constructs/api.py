"""The REST API: one authorizer for every route, JSON errors, binary bodies, access logs."""

from __future__ import annotations

import json
from typing import cast

from aws_cdk import Duration, aws_apigateway, aws_lambda
from constructs import Construct

from stacks.constructs.logs import LogGroup
from stacks.constructs.stack import REMOVALS
from stacks.stage import StageConfig

STAGE_NAME = "api"
TLS = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"  # 1.3, or 1.2 with forward secrecy
# Who called what and how it went; no address of a person, no query, no body.
ACCESS_LOG = {
    "request_id": "$context.requestId",
    "time": "$context.requestTime",
    "tenant": "$context.authorizer.tenant",
    "key_id": "$context.authorizer.key_id",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "status": "$context.status",
    "bytes": "$context.responseLength",
    "milliseconds": "$context.responseLatency",
}
# What API Gateway itself answers, before or instead of a function: kind, status, and the error's type, code, message.
# Types, codes and headers are those of docs/api.md, so that a caller reads one error, whoever refused.
REFUSALS = (
    ("UNAUTHORIZED", "401", "authentication_error", "unauthenticated", "send a key: 'Authorization: Bearer mr_...'"),
    ("ACCESS_DENIED", "403", "permission_error", "forbidden", "this key may not call this"),
    ("MISSING_AUTHENTICATION_TOKEN", "404", "invalid_request_error", "no_such_path", "there is no such path"),
    ("REQUEST_TOO_LARGE", "413", "invalid_request_error", "too_large", "the request is larger than 10 MB"),
    ("THROTTLED", "429", "rate_limit_error", "throttled", "too many requests; try again in a second"),
    ("QUOTA_EXCEEDED", "429", "rate_limit_error", "quota_exceeded", "the quota is used up"),
    ("INTEGRATION_TIMEOUT", "504", "unavailable_error", "timeout", "the answer took too long; try again"),
    ("AUTHORIZER_FAILURE", "500", "server_error", "internal", "the key could not be checked; try again"),
    ("DEFAULT_4XX", None, "invalid_request_error", "invalid_request", "the request can't be accepted"),
    ("DEFAULT_5XX", None, "server_error", "internal", "something failed on our side; try again"),
)
HEADERS = {  # by status; a header's fixed value is quoted
    "401": {"WWW-Authenticate": "'Bearer'"},
    "429": {"Retry-After": "'1'"},
}


class Api(aws_apigateway.RestApi):
    """A regional REST API whose every method asks the function `authorize`."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: StageConfig,
        authorize: aws_lambda.IFunction,
        log_group: LogGroup,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            rest_api_name=f"millrace-{stage.name}",
            description="Models, uploads, runs and keys",
            endpoint_types=[aws_apigateway.EndpointType.REGIONAL],
            binary_media_types=["*/*"],
            cloud_watch_role=True,  # one per account and region, without which API Gateway writes no access log
            cloud_watch_role_removal_policy=REMOVALS[stage.removal],
            default_method_options=aws_apigateway.MethodOptions(
                authorizer=_authorizer(scope, authorize, stage.authorizer_ttl_seconds),
                authorization_type=aws_apigateway.AuthorizationType.CUSTOM,
            ),
            deploy_options=aws_apigateway.StageOptions(
                stage_name=STAGE_NAME,
                tracing_enabled=True,
                # Execution logs stay off: API Gateway would put them, with headers, in a group of its own making.
                logging_level=aws_apigateway.MethodLoggingLevel.OFF,
                access_log_destination=aws_apigateway.LogGroupLogDestination(log_group),
                access_log_format=aws_apigateway.AccessLogFormat.custom(json.dumps(ACCESS_LOG)),
                throttling_rate_limit=stage.throttle_rate,
                throttling_burst_limit=stage.throttle_burst,
                metrics_enabled=False,  # billed by the method; the stage's own metrics are free and there
            ),
        )
        self.node.try_remove_child("Endpoint")  # an output that ApiId, ApiStage and Region already say
        api = cast(aws_apigateway.CfnRestApi, self.node.default_child)
        api.security_policy, api.endpoint_access_mode = TLS, "BASIC"
        for kind, status, error_type, code, message in REFUSALS:
            # It can't tell paths apart. A client of the Open Inference Protocol breaks on an `error` that is no text.
            body = {"error": message, "type": error_type, "param": None, "code": code}
            self.add_gateway_response(
                kind.title().replace("_", ""),
                type=aws_apigateway.ResponseType.of(kind),
                status_code=status,
                response_headers=HEADERS.get(status or ""),
                templates={"application/json": json.dumps(body)},
            )

    def serve(self, function: aws_lambda.IFunction, *paths: str) -> None:
        """Send these paths, any method, to a function's alias. A path ending in `{proxy+}` takes all below it."""
        integration = aws_apigateway.LambdaIntegration(function, scope_permission_to_method=False)
        for path in paths:
            self.root.resource_for_path(path).add_method("ANY", integration)


def _authorizer(scope: Construct, function: aws_lambda.IFunction, seconds: int) -> aws_apigateway.RequestAuthorizer:
    """Asks `function` who presents the header, and believes the answer for so many seconds."""
    return aws_apigateway.RequestAuthorizer(
        scope,
        "KeyAuthorizer",
        handler=function,
        identity_sources=[aws_apigateway.IdentitySource.header("Authorization")],
        results_cache_ttl=Duration.seconds(seconds),
    )

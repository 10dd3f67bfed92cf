"""A function that fails on an event gets it again, twice, and then it is set aside, as on AWS.

The emulator does all that for a function that is called by its name, as a caller who does not wait: what EventBridge
hands over it calls once, and a failure is forgotten. It does not look up what is told of an alias either.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

import json

from ministack.services import eventbridge, lambda_svc


def enforce() -> None:
    """Let every event in this process be delivered so from now on."""
    eventbridge._dispatch_to_lambda = deliver  # no setting of the emulator does it


def deliver(arn: str, payload: str) -> None:
    """Call a function, or the version behind its alias, with an event of EventBridge's; returns at once."""
    version, config, _ = lambda_svc._get_func_record_for_ref(arn)
    function, _, _ = lambda_svc._get_base_func_record_for_ref(arn)
    if version is None or config is None or function is None:
        return  # removed since its rule was read
    _, alias = lambda_svc._lambda_function_name_and_qualifier_from_arn(arn)
    told = {"event_invoke_config": lambda_svc._event_invoke_config(function, alias)}
    record = lambda_svc._execution_record_for_config(version, config) | told
    lambda_svc.invoke_async_with_retry(record, json.loads(payload))

"""One page per stage shows what its operators ask first, and what is added to the stage shows by itself."""

from __future__ import annotations

import json
import re
from typing import Any

from millrace.domain import drift
from millrace.domain.run import RunState
from millrace.edge.run_metrics import metric_name
from tests.stacks.templates import Templates

SHOWN = {
    "Traffic",
    "Errors of the API",
    "Latency of the API, ms",
    "Runs by outcome",
    "Messages in queues",
    "Captures",
    "Drift severity by model; an alarm rises at 1",
    "Executions of the state machine",
    "Age of the oldest message, s",
    "Durations of functions, p99, ms",
    "Concurrency of functions",
    "Errors and throttles of functions",
}
SEARCH = re.compile(r"SEARCH\('\{(?P<schema>[^}]*)\} (?P<terms>[^']*)', '(?P<statistic>\w+)', \d+\)")


def widgets(templates: Templates) -> dict[str, dict[str, Any]]:
    dashboard = templates.one("CloudWatch::Dashboard")
    body = json.loads(templates.text(dashboard.part, dashboard.properties["DashboardBody"]))
    return {each["properties"]["title"]: each["properties"] for each in body["widgets"]}


def searches(templates: Templates) -> dict[str, list[re.Match[str]]]:
    """The searches of each picture that has some."""
    found: dict[str, list[re.Match[str]]] = {}
    for title, widget in widgets(templates).items():
        for metric in widget["metrics"]:
            if isinstance(metric[0], dict):
                match = SEARCH.fullmatch(metric[0]["expression"])
                assert match, metric
                found.setdefault(title, []).append(match)
    return found


def test_a_stage_has_one_page_with_its_name(templates: Templates) -> None:
    assert templates.one("CloudWatch::Dashboard").properties["DashboardName"] == f"millrace-{templates.stage}"
    assert set(widgets(templates)) == SHOWN


def test_every_outcome_of_a_run_is_counted(templates: Templates) -> None:
    shown = [metric[:2] for metric in widgets(templates)["Runs by outcome"]["metrics"]]
    ends = [state for state in RunState if state.is_final]
    assert sorted(shown) == sorted([f"Millrace/{templates.stage}", metric_name(state)] for state in ends)


def test_whatever_models_there_are_their_drift_shows(templates: Templates) -> None:
    (search,) = searches(templates)["Drift severity by model; an alarm rises at 1"]
    assert search["schema"] == f'"Millrace/{templates.stage}"'
    word = search["terms"].removeprefix("MetricName=")
    assert word in drift.metric_name("acme", "credit").split("/")
    assert not any(word in metric_name(state) for state in RunState)


def test_functions_and_queues_are_found_by_what_their_names_begin_with(templates: Templates) -> None:
    found = searches(templates)
    ours = {title: each for title, each in found.items() if not title.startswith("Drift")}
    assert len(ours) == 5
    stack = f"millrace-{templates.stage}-inference"  # CloudFormation begins a name that it makes with the stack's
    for each in (match for matches in ours.values() for match in matches):
        assert each["schema"] in {"AWS/Lambda,FunctionName", "AWS/SQS,QueueName"}
        metric, *words = each["terms"].split()
        assert metric.startswith("MetricName=")
        assert set(words) == set(stack.split("-")) - {"inference"}


def test_the_api_is_the_one_that_the_alarms_watch(templates: Templates) -> None:
    alarm = next(each for each in templates.of("CloudWatch::Alarm") if each.properties["MetricName"] == "5XXError")
    watched = {each["Name"]: each["Value"] for each in alarm.properties["Dimensions"]}
    for title in ("Traffic", "Errors of the API", "Latency of the API, ms"):
        for _, _, *dimensions, _ in widgets(templates)[title]["metrics"]:
            assert dimensions == ["ApiName", watched["ApiName"], "Stage", templates.output("inference", "ApiStage")]


def test_captures_are_those_of_the_queue(templates: Templates) -> None:
    for metric in widgets(templates)["Captures"]["metrics"]:
        assert metric[2:4] == ["QueueName", "<CaptureQueueUrl.QueueName>"]


def test_the_state_machine_is_the_one_that_trains(templates: Templates) -> None:
    name = templates.one("StepFunctions::StateMachine").properties["StateMachineName"]
    for metric in widgets(templates)["Executions of the state machine"]["metrics"]:
        assert metric[3].endswith(f":stateMachine:{name}")


def test_no_picture_lies_on_another(templates: Templates) -> None:
    dashboard = templates.one("CloudWatch::Dashboard")
    body = json.loads(templates.text(dashboard.part, dashboard.properties["DashboardBody"]))
    places = [(each["x"], each["y"], each["width"], each["height"]) for each in body["widgets"]]
    assert len({place[:2] for place in places}) == len(places) == 12
    assert all(x % 8 == 0 and x + width <= 24 and y % 6 == 0 and height == 6 for x, y, width, height in places)

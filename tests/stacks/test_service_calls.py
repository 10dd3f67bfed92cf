"""Every call of a service in the state machine is one that the service's own model allows: its action, its parameters,
their types, their bounds and their choices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator

from tests.stacks.templates import Templates

RESOURCE = re.compile(r"arn:<AWS::Partition>:states:::(?P<service>\w+):(?P<action>\w+)(\.(?P<pattern>\w+))?")
PATTERNS = {"sqs": "waitForTaskToken", "batch": "sync", "sagemaker": "sync"}
CONTEXT: dict[str, Any] = {  # what the paths of our definition stand for, as long as AWS lets it be
    "$.tenant": "t" * 63,
    "$.run_id": "f" * 32,
    "$.attempt": 999,
    "$.admitted.job_uri": f"s3://bucket/{'t' * 63}/runs/{'f' * 32}/999/parts/16/job.json",
    "$.admitted.part": 16,
    "$$.Task.Token": "token",
}
ARN = "arn:aws:iam::123456789012:role/sample"
REFERENCE = re.compile(r"<([^<>]+)>")
FORMAT = re.compile(r"States\.Format\('(?P<text>[^']*)', (?P<paths>.*)\)")


def calls(templates: Templates) -> Iterator[tuple[str, dict[str, str | None], dict[str, Any]]]:
    """Each state that calls a service: its title, the parts of its resource, its parameters."""
    for title, state in templates.every_state.items():
        found = RESOURCE.fullmatch(state.get("Resource", ""))
        if found:
            yield title, found.groupdict(), state["Parameters"]


def evaluated(value: Any) -> Any:
    """Parameters as the state machine would send them."""
    if isinstance(value, list):
        return [evaluated(each) for each in value]
    if isinstance(value, str):
        return REFERENCE.sub(lambda found: ARN if found[1].endswith(".Arn") else "a-name", value)
    if not isinstance(value, dict):
        return value
    return {
        key.removesuffix(".$"): _computed(each) if key.endswith(".$") else evaluated(each)
        for key, each in value.items()
    }


def _computed(expression: str) -> Any:
    called = FORMAT.fullmatch(expression)
    if called is None:
        return CONTEXT[expression]
    return evaluated(called["text"]).format(*(CONTEXT[path] for path in called["paths"].split(", ")))


def spelled(value: Any, shape: Shape) -> Any:
    """The state machine's PascalCase in the service's own spelling. Maps' keys are the caller's, and stay."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        own: dict[str, str] = {str(name).casefold(): str(name) for name in shape.members}
        given = {own.get(str(key).casefold(), str(key)): each for key, each in value.items()}
        assert [key for key in value if not key[0].isupper()] == []
        return {key: spelled(each, shape.members[key]) if key in own.values() else each for key, each in given.items()}
    if isinstance(shape, ListShape):
        return [spelled(each, shape.member) for each in value]
    if isinstance(shape, MapShape):
        return {key: spelled(each, shape.value) for key, each in value.items()}
    return str(value) if isinstance(value, dict) else value  # SQS's body, an object that is sent as text


def unfit(value: Any, shape: Shape, path: str = "") -> Iterator[str]:
    """What the model forbids and botocore leaves to the service: choices, longest texts, patterns."""
    if isinstance(shape, StructureShape):
        for key, each in value.items():
            yield from unfit(each, shape.members[key], f"{path}.{key}")
    elif isinstance(shape, ListShape):
        for each in value:
            yield from unfit(each, shape.member, path)
    elif isinstance(shape, MapShape):
        for each in value.values():
            yield from unfit(each, shape.value, path)
    elif isinstance(shape, StringShape):
        if shape.enum and value not in shape.enum:
            yield f"{path}: {value} is none of {shape.enum}"
        if len(value) > shape.metadata.get("max", len(value)):
            yield f"{path}: longer than {shape.metadata['max']}"
        pattern = shape.metadata.get("pattern")
        if pattern and not re.search(pattern, value):
            yield f"{path}: {value} is not like {pattern}"


def test_every_integration_is_found(synthesized: Any) -> None:
    titles = {title for title, _, _ in calls(synthesized("clouds"))}
    places = ("a worker", "Batch, Spot", "Batch", "SageMaker, Spot", "SageMaker")
    assert titles == {f"{verb} on {place}" for verb in ("Train", "Search") for place in places}


def test_whatever_is_no_function_is_a_call_of_a_known_service(templates: Templates) -> None:
    called = {title for title, _, _ in calls(templates)}
    for title, state in templates.every_state.items():
        if state["Type"] == "Task" and title not in called:
            assert re.fullmatch(r"<\w+:live>", state["Resource"])


def test_the_longest_name_of_a_stage_still_makes_names_of_jobs(synthesized: Any) -> None:
    states = synthesized("clouds").every_state
    named = [
        evaluated(each["Parameters"])["TrainingJobName"]
        for title, each in states.items()
        if "on SageMaker" in title and "TrainingJobName.$" in each.get("Parameters", {})
    ]
    assert len(named) == len(set(named)) == 4
    assert max(len(name.replace("clouds", "n" * 20)) for name in named) <= 63


def test_a_call_waits_as_its_service_lets_it(templates: Templates) -> None:
    for _, parts, _ in calls(templates):
        assert parts["pattern"] == PATTERNS[str(parts["service"])]


def test_a_call_is_one_that_the_services_model_allows(templates: Templates) -> None:
    session = botocore.session.Session()
    for title, parts, parameters in calls(templates):
        model = session.get_service_model(str(parts["service"]))
        action = str(parts["action"])
        operation = model.operation_model(action[0].upper() + action[1:])
        shape = operation.input_shape
        assert shape is not None
        sent = spelled(evaluated(parameters), shape)
        report = ParamValidator().validate(sent, shape)
        assert not report.has_errors(), f"{title}: {report.generate_report()}"
        assert list(unfit(sent, shape)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"TrainingJobNam.$": "$.run_id"},
        {"StoppingCondition": {"MaxRuntimeInSeconds": "3600"}},
        {"HyperParameters": {"job_uri": 1}},
        {"AlgorithmSpecification": {"TrainingInputMode": "file"}},
        {"TrainingJobName.$": "States.Format('{}-{}-{}-{}', $.run_id, $.attempt, $.run_id, $.run_id)"},
    ],
)
def test_a_wrong_call_would_be_noticed(synthesized: Any, wrong: dict[str, Any]) -> None:
    parameters = synthesized("clouds").states["Train on SageMaker"]["Parameters"] | wrong
    model = botocore.session.Session().get_service_model("sagemaker").operation_model("CreateTrainingJob")
    assert model.input_shape is not None
    sent = spelled(evaluated(parameters), model.input_shape)
    known = {key: each for key, each in sent.items() if key in model.input_shape.members}
    report = ParamValidator().validate(sent, model.input_shape)
    assert report.has_errors() or list(unfit(known, model.input_shape))

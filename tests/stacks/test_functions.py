"""Every function is traced, logs into its own encrypted group, and is given exactly the settings that it reads."""

from __future__ import annotations

import pytest

from millrace.settings import (
    AuthorizeSettings,
    ControlSettings,
    IngestSettings,
    LabelSettings,
    NotifySettings,
    PredictSettings,
    RegisterSettings,
    RetrainSettings,
    Settings,
    TrainingSettings,
)
from tests.stacks.conftest import CONTEXT
from tests.stacks.templates import Templates

SETTINGS: dict[str, type[Settings]] = {
    "ingest": IngestSettings,
    **dict.fromkeys(("admit", "diagnose", "gate", "deploy"), TrainingSettings),
    "register": RegisterSettings,
    **dict.fromkeys(("notify", "reconcile"), NotifySettings),
    "authorize": AuthorizeSettings,
    "predict": PredictSettings,
    "control": ControlSettings,
    "retrain": RetrainSettings,
    "label": LabelSettings,
}
REFERENCES = {
    "registry_table": "<RegistryTable>",
    "landing_bucket": "<LandingBucket>",
    "artifact_bucket": "<ArtifactBucket>",
    "capture_bucket": "<CaptureBucket>",
    "drift_topic_arn": "<DriftTopicArn>",
    "event_bus": "default",
    "topic_arn": "<RunTopicArn>",
}
NAMED = "arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:stateMachine:millrace-{stage}-train"


def functions(templates: Templates) -> set[str]:
    """Those that a stage has: what finds out why a job failed is there where some backend doesn't say so."""
    return set(SETTINGS) - (set() if templates.is_silent else {"diagnose"})


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_the_environment_is_the_functions_settings_and_nothing_else(templates: Templates, name: str) -> None:
    if name not in functions(templates):
        assert name not in templates.functions
        return
    function = templates.functions[name]
    variables = {
        key: templates.text(function.part, value)
        for key, value in function.properties["Environment"]["Variables"].items()
    }
    settings = SETTINGS[name].from_env(variables)
    ours = settings.to_env()
    assert variables == ours | {"POWERTOOLS_SERVICE_NAME": name, "POWERTOOLS_LOG_LEVEL": "INFO"}
    stage = CONTEXT["stages"][templates.stage]
    assert settings.stage == templates.stage
    for field in SETTINGS[name].__dataclass_fields__:
        if field in REFERENCES:
            assert getattr(settings, field) == REFERENCES[field]
        elif field == "state_machine_arn":  # by its name for what it depends on itself
            assert getattr(settings, field) in ("<StateMachineArn>", NAMED.format(stage=templates.stage))
        elif field in stage:
            assert getattr(settings, field) == stage[field]
    if isinstance(settings, TrainingSettings):
        assert settings.default_backend == stage.get("backends", ["worker"])[0]


def test_functions_run_on_the_stages_python_and_architecture(templates: Templates) -> None:
    stage = CONTEXT["stages"][templates.stage]
    for function in templates.functions.values():
        assert function.properties["Runtime"] == f"python{stage['python']}"
        assert function.properties["Architectures"] == [stage["architecture"]]
        assert function.properties["Handler"] == "handler.handler"
        assert function.properties["TracingConfig"] == {"Mode": "Active"}
    for layer in templates.of("Lambda::LayerVersion"):
        assert layer.properties["CompatibleRuntimes"] == [f"python{stage['python']}"]
        assert layer.properties["CompatibleArchitectures"] == [stage["architecture"]]


def test_only_predict_carries_the_inference_layer(templates: Templates) -> None:
    count = {name: len(function.properties["Layers"]) for name, function in templates.functions.items()}
    assert count == dict.fromkeys(functions(templates), 2) | {"predict": 3}


def test_every_function_is_called_through_live(templates: Templates) -> None:
    aliases = templates.of("Lambda::Alias")
    assert {templates.name(each.part, each.id) for each in aliases} == {f"{name}:live" for name in functions(templates)}
    versions = {each.id for each in templates.of("Lambda::Version")}
    assert {each.properties["FunctionVersion"]["Fn::GetAtt"][0] for each in aliases} == versions
    for permission in templates.of("Lambda::Permission"):
        target = templates.text(permission.part, permission.properties["FunctionName"])
        assert target.endswith(":live>")
        assert permission.properties["SourceArn"]


def test_an_old_version_goes_when_a_new_one_comes(templates: Templates) -> None:
    assert all("DeletionPolicy" not in each.body for each in templates.of("Lambda::Version"))


def test_every_log_group_has_a_retention_and_the_key(templates: Templates) -> None:
    groups = templates.of("Logs::LogGroup")
    names = {each.properties["LogGroupName"] for each in groups}
    jobs = {"batch"} & set(templates.backends)
    assert names == {f"/millrace/{templates.stage}/{name}" for name in {*functions(templates), "train", "api", *jobs}}
    for group in groups:
        assert group.properties["RetentionInDays"] == CONTEXT["stages"][templates.stage]["log_retention_days"]
        assert templates.text(group.part, group.properties["KmsKeyId"]) == "<KeyArn.Arn>"


def test_every_function_logs_into_its_own_group(templates: Templates) -> None:
    for name, function in templates.functions.items():
        group = templates.text(function.part, function.properties["LoggingConfig"]["LogGroup"])
        assert group == f"</millrace/{templates.stage}/{name}>"


def test_nothing_else_runs(templates: Templates) -> None:
    """No function that the CDK brought along: every one has a settings class, a role and a log group of ours."""
    assert len(templates.of("Lambda::Function")) == len(functions(templates))


def test_functions_answer_within_what_their_caller_waits(templates: Templates) -> None:
    timeout = {name: function.properties["Timeout"] for name, function in templates.functions.items()}
    assert max(timeout["predict"], timeout["control"], timeout["authorize"]) <= 29  # API Gateway's bound
    assert max(timeout.values()) <= 900  # Lambda's


def test_the_state_machine_has_the_name_by_which_its_steps_know_it(templates: Templates) -> None:
    machine = templates.one("StepFunctions::StateMachine").properties
    assert machine["StateMachineName"] == f"millrace-{templates.stage}-train"

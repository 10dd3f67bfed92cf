"""Least privilege, written down: what each role may do, and why each star is there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.stacks.grants import (
    CARRY_A_PARTITION_KEY,
    FUNCTIONS,
    GRANTS,
    HERE,
    KEY_USES,
    NO_RESOURCE,
    OF_BACKEND,
    OF_STAGE,
    RESOURCES,
    STARS,
)
from tests.stacks.templates import Statement, Templates


def owners(templates: Templates) -> set[str]:
    """Whose roles a stage has, of those in the tables."""
    absent = {role for role, backend in OF_STAGE.items() if backend not in templates.backends}
    return set(GRANTS) - absent - (set() if templates.is_silent else {"diagnose"})


def spelled(templates: Templates, text: str) -> str:
    """The stage's name and the account's ARNs put in."""
    here = "arn:<AWS::Partition>:{}:<AWS::Region>:<AWS::AccountId>"
    return HERE.sub(lambda found: here.format(found[1]), text).replace("STAGE", templates.stage)


def wanted(templates: Templates, owner: str) -> set[str]:
    """What the tables give a role on this stage."""
    text = GRANTS[owner]
    if owner == "train":
        text = "\n".join([text, *(OF_BACKEND[backend] for backend in templates.backends)])
        text += "\nlambda:InvokeFunction <diagnose:live>" if templates.is_silent else ""
    found = set()
    for line in filter(str.strip, text.splitlines()):
        action, resource, *kinds = line.split()
        for each in RESOURCES.get(resource, (resource,)):
            found.add(spelled(templates, " ".join([action, each, *kinds])))
    queues = {f"batch:SubmitJob <{templates.name(each.part, each.id)}>" for each in templates.of("Batch::JobQueue")}
    return {line for line in found if not line.endswith(" queue>") or line in queues}


def lines(statements: list[Statement]) -> set[str]:
    """One line per action and resource."""
    return {
        " ".join([action, resource, *sorted(statement.kinds)])
        for statement in statements
        for action in statement.actions
        for resource in statement.resources
    }


@pytest.mark.parametrize("owner", sorted(GRANTS))
def test_a_role_has_its_grants_and_no_others(templates: Templates, owner: str) -> None:
    if owner not in owners(templates):
        assert owner not in templates.role_owners.values()
        return
    expected = wanted(templates, owner)
    if owner in FUNCTIONS:
        own_group = f"</millrace/{templates.stage}/{owner}.Arn>"
        expected |= {f"logs:CreateLogStream {own_group}", f"logs:PutLogEvents {own_group}"}
        expected |= {"xray:PutTraceSegments *", "xray:PutTelemetryRecords *"}
    assert {line for line in lines(templates.statements(owner)) if not line.startswith("kms:")} == expected


def test_each_function_has_a_role_of_its_own(templates: Templates) -> None:
    roles = [each.properties["Role"]["Fn::GetAtt"][0] for each in templates.functions.values()]
    assert set(templates.functions) == set(FUNCTIONS) & owners(templates)
    assert len(set(roles)) == len(roles)


def test_every_role_is_accounted_for(templates: Templates) -> None:
    assert {each.id for each in templates.of("IAM::Role")} == set(templates.role_owners)
    assert templates.of("IAM::ManagedPolicy") == []


def test_no_role_has_a_policy_that_is_not_in_these_tests(templates: Templates) -> None:
    attached = {
        templates.role_owners[role.id]: [templates.text(role.part, arn) for arn in role.properties["ManagedPolicyArns"]]
        for role in templates.of("IAM::Role")
        if "ManagedPolicyArns" in role.properties
    }
    push = "arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    assert attached == {"api logs": [push]}  # one role per account and region, which AWS made this policy for
    assert not any("Policies" in role.properties for role in templates.of("IAM::Role"))
    assert templates.statements("api logs") == []


def test_who_may_assume_a_role(templates: Templates) -> None:
    trusted = {
        templates.role_owners[role.id]: statement.principal
        for role in templates.of("IAM::Role")
        for statement in templates.read(role.part, role.properties["AssumeRolePolicyDocument"])
    }
    account = "arn:<AWS::Partition>:iam::<AWS::AccountId>:root"
    services = {"train": "states.amazonaws.com", "api logs": "apigateway.amazonaws.com", "worker": account}
    services |= {"batch job": "ecs-tasks.amazonaws.com", "batch machine": "ec2.amazonaws.com"}
    services |= {"sagemaker job": "sagemaker.amazonaws.com"}
    expected = dict.fromkeys(FUNCTIONS, "lambda.amazonaws.com") | services
    assert trusted == {owner: expected[owner] for owner in {*owners(templates), "api logs"}}


def test_a_container_gets_its_role_on_behalf_of_this_account_only(templates: Templates) -> None:
    for role in templates.of("IAM::Role"):
        if templates.role_owners[role.id] in {"batch job", "sagemaker job"}:
            (statement,) = templates.read(role.part, role.properties["AssumeRolePolicyDocument"])
            assert statement.conditions == {"StringEquals": {"aws:SourceAccount": ("<AWS::AccountId>",)}}


def test_the_state_machine_passes_its_jobs_role_to_sagemaker_only(templates: Templates) -> None:
    passed = [each for each in templates.statements("train") if "iam:PassRole" in each.actions]
    assert len(passed) == ("sagemaker" in templates.backends)
    for statement in passed:
        assert statement.actions == {"iam:PassRole"}
        assert statement.conditions == {"StringEquals": {"iam:PassedToService": ("sagemaker.amazonaws.com",)}}


@pytest.mark.parametrize("owner", sorted(GRANTS))
def test_every_star_has_its_reason(templates: Templates, owner: str) -> None:
    for statement in templates.statements(owner):
        assert statement.allow
        assert not [action for action in statement.actions if "*" in action]
        starred = {resource for resource in statement.resources if "*" in resource}
        assert starred <= {spelled(templates, each) for each in STARS}
        if "*" in statement.resources:
            assert all(NO_RESOURCE.match(action) for action in statement.actions)


def test_no_reason_is_left_over(synthesized: Callable[[str], Templates]) -> None:
    templates = synthesized("clouds")
    used = {each for owner in GRANTS for statement in templates.statements(owner) for each in statement.resources}
    assert {spelled(templates, each) for each in STARS} <= used


@pytest.mark.parametrize("owner", sorted(GRANTS))
def test_registry_grants_name_kinds_and_only_calls_that_carry_one(templates: Templates, owner: str) -> None:
    for statement in templates.statements(owner):
        if statement.resources == {"<RegistryTable.Arn>"}:
            assert statement.kinds
            assert {action.removeprefix("dynamodb:") for action in statement.actions} <= CARRY_A_PARTITION_KEY
            assert "*" not in statement.kinds


@pytest.mark.parametrize("owner", sorted(GRANTS))
def test_the_key_is_used_as_far_as_the_grants_need_it_and_through_services_only(
    templates: Templates, owner: str
) -> None:
    granted = set()
    for statement in templates.statements(owner):
        if any(action.startswith("kms:") for action in statement.actions):
            assert all(action.startswith("kms:") for action in statement.actions)
            assert statement.resources == {"<KeyArn.Arn>"}
            (through,) = statement.conditions["StringEquals"]["kms:ViaService"]
            granted |= {f"{through} {action.removeprefix('kms:')}" for action in statement.actions}
    if owner not in owners(templates):
        return
    actions = {line.split()[0] for line in wanted(templates, owner)}
    assert granted == {
        f"{action.partition(':')[0]}.<AWS::Region>.amazonaws.com {verb}"
        for action in actions
        for verb in KEY_USES.get(action, ())
    }


@pytest.mark.parametrize(
    "owner",
    [*("gate", "register", "deploy", "notify", "reconcile", "predict", "authorize", "control"), "collect", "retrain"],
)
def test_only_who_admits_and_trains_reads_uploads(templates: Templates, owner: str) -> None:
    granted = lines(templates.statements(owner))
    assert not any(line.startswith("s3:Get") and "LandingBucket" in line for line in granted)


@pytest.mark.parametrize("owner", ["ingest", "notify", "reconcile", "retrain"])
def test_events_are_published_in_our_own_name_only(templates: Templates, owner: str) -> None:
    (publish,) = [each for each in templates.statements(owner) if "events:PutEvents" in each.actions]
    assert publish.conditions == {"ForAllValues:StringEquals": {"events:source": ("millrace",)}}


def test_only_places_of_open_runs_are_ever_deleted(templates: Templates) -> None:
    deleting = [
        statement.kinds
        for owner in GRANTS
        for statement in templates.statements(owner)
        if "dynamodb:DeleteItem" in statement.actions
    ]
    assert deleting
    assert all(set(kinds) == {"OPEN"} for kinds in deleting)

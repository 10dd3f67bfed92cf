"""Least privilege, written down: what each role may do, and why each star is there."""

from __future__ import annotations

import re

import pytest

from tests.stacks.templates import Statement, Templates

# One line per grant: action, resource and, for the registry, the kinds of record. What every function has (its own log
# group, traces) and what follows from a grant (uses of the key) is tested for all of them below.
GRANTS = {
    "ingest": """
        dynamodb:GetItem <RegistryTable.Arn> TENANTS
        dynamodb:GetItem <RegistryTable.Arn> DATASETS#* RUNS#*
        dynamodb:PutItem <RegistryTable.Arn> DATASETS#* RUNS#*
        dynamodb:UpdateItem <RegistryTable.Arn> DATASETS#* RUNS#*
        dynamodb:ConditionCheckItem <RegistryTable.Arn> DATASETS#* RUNS#*
        s3:GetObject <LandingBucket.Arn>/*
        s3:GetObjectVersion <LandingBucket.Arn>/*
        s3:ListBucket <LandingBucket.Arn>
        states:StartExecution <StateMachineArn>
        sqs:SendMessage <SQS::Queue.Arn>
    """,
    "admit": """
        dynamodb:GetItem <RegistryTable.Arn> MODEL#* RUNS#*
        s3:GetObject <LandingBucket.Arn>/*
        s3:GetObjectVersion <LandingBucket.Arn>/*
        s3:PutObject <ArtifactBucket.Arn>/*/runs/*/job.json
    """,
    "gate": """
        s3:GetObject <ArtifactBucket.Arn>/*/runs/*
        s3:GetObject <ArtifactBucket.Arn>/*/blobs/*
        s3:PutObject <ArtifactBucket.Arn>/*/runs/*/verdict.json
        s3:PutObject <ArtifactBucket.Arn>/*/runs/*/report.html
    """,
    "register": """
        s3:GetObject <ArtifactBucket.Arn>/*/runs/*
        s3:GetObject <ArtifactBucket.Arn>/*/blobs/*
        dynamodb:GetItem <RegistryTable.Arn> MODEL#* MODELS#*
        dynamodb:PutItem <RegistryTable.Arn> MODEL#* MODELS#*
        dynamodb:UpdateItem <RegistryTable.Arn> MODEL#* MODELS#*
        dynamodb:ConditionCheckItem <RegistryTable.Arn> MODEL#* MODELS#*
    """,
    "deploy": """
        s3:GetObject <ArtifactBucket.Arn>/*/runs/*/verdict.json
        dynamodb:GetItem <RegistryTable.Arn> MODEL#* MODELS#*
        dynamodb:PutItem <RegistryTable.Arn> MODEL#* MODELS#*
        dynamodb:UpdateItem <RegistryTable.Arn> MODEL#* MODELS#*
        dynamodb:ConditionCheckItem <RegistryTable.Arn> MODEL#* MODELS#*
    """,
    "notify": """
        dynamodb:GetItem <RegistryTable.Arn> RUNS#*
        dynamodb:PutItem <RegistryTable.Arn> RUNS#*
        dynamodb:UpdateItem <RegistryTable.Arn> RUNS#*
        dynamodb:ConditionCheckItem <RegistryTable.Arn> RUNS#*
        events:PutEvents arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:event-bus/default
    """,
    "authorize": """
        dynamodb:GetItem <RegistryTable.Arn> KEYS#*
    """,
    "predict": """
        dynamodb:GetItem <RegistryTable.Arn> MODEL#*
        s3:GetObject <ArtifactBucket.Arn>/*/blobs/*
    """,
    "control": """
        dynamodb:GetItem <RegistryTable.Arn> KEYS#* MODELS#* RUNS#*
        dynamodb:Query <RegistryTable.Arn> KEYS#* MODELS#* RUNS#*
        dynamodb:GetItem <RegistryTable.Arn> KEYS#*
        dynamodb:PutItem <RegistryTable.Arn> KEYS#*
        dynamodb:UpdateItem <RegistryTable.Arn> KEYS#*
        dynamodb:ConditionCheckItem <RegistryTable.Arn> KEYS#*
        s3:PutObject <LandingBucket.Arn>/*
    """,
    "worker": """
        sqs:ReceiveMessage <JobQueueUrl.Arn>
        sqs:ChangeMessageVisibility <JobQueueUrl.Arn>
        sqs:DeleteMessage <JobQueueUrl.Arn>
        states:SendTaskSuccess *
        states:SendTaskFailure *
        states:SendTaskHeartbeat *
        s3:GetObject <LandingBucket.Arn>/*
        s3:GetObjectVersion <LandingBucket.Arn>/*
        s3:GetObject <ArtifactBucket.Arn>/*/runs/*
        s3:GetObject <ArtifactBucket.Arn>/*/blobs/*
        s3:ListBucket <ArtifactBucket.Arn>
        s3:PutObject <ArtifactBucket.Arn>/*/runs/*/result.json
        s3:PutObject <ArtifactBucket.Arn>/*/runs/*/checkpoints/*
        s3:PutObject <ArtifactBucket.Arn>/*/blobs/*
    """,
    "train": """
        lambda:InvokeFunction <admit:live>
        lambda:InvokeFunction <gate:live>
        lambda:InvokeFunction <register:live>
        lambda:InvokeFunction <deploy:live>
        lambda:InvokeFunction <notify:live>
        sqs:SendMessage <JobQueueUrl.Arn>
        logs:CreateLogDelivery *
        logs:GetLogDelivery *
        logs:UpdateLogDelivery *
        logs:DeleteLogDelivery *
        logs:ListLogDeliveries *
        logs:PutResourcePolicy *
        logs:DescribeResourcePolicies *
        logs:DescribeLogGroups *
        xray:PutTraceSegments *
        xray:PutTelemetryRecords *
        xray:GetSamplingRules *
        xray:GetSamplingTargets *
    """,
}
DECRYPT = {"Decrypt", "DescribeKey"}
KEY_USES = {  # what an action on an encrypted resource needs of the key, by way of the service
    "dynamodb:GetItem": DECRYPT,
    "dynamodb:Query": DECRYPT,
    "dynamodb:PutItem": DECRYPT | {"Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo"},
    "s3:GetObject": {"Decrypt"},
    "s3:PutObject": {"GenerateDataKey"},
    "sqs:SendMessage": {"Decrypt", "GenerateDataKey"},
    "sqs:ReceiveMessage": {"Decrypt"},
}
FUNCTIONS = sorted(set(GRANTS) - {"worker", "train"})
EVERY_TENANT = "one function serves every tenant, and the key's first part is the tenant"
STARS = {  # every resource with a star that any role is given, and why
    "*": "X-Ray, log deliveries and SendTask have no resources that a policy could name",
    "<LandingBucket.Arn>/*": EVERY_TENANT,
    "<ArtifactBucket.Arn>/*/blobs/*": EVERY_TENANT,
    "<ArtifactBucket.Arn>/*/runs/*": EVERY_TENANT,
    "<ArtifactBucket.Arn>/*/runs/*/job.json": EVERY_TENANT,
    "<ArtifactBucket.Arn>/*/runs/*/verdict.json": EVERY_TENANT,
    "<ArtifactBucket.Arn>/*/runs/*/report.html": EVERY_TENANT,
    "<ArtifactBucket.Arn>/*/runs/*/result.json": EVERY_TENANT,
    "<ArtifactBucket.Arn>/*/runs/*/checkpoints/*": EVERY_TENANT,
}
NO_RESOURCE = re.compile(r"(xray|logs|states):")
CARRY_A_PARTITION_KEY = {"GetItem", "PutItem", "UpdateItem", "ConditionCheckItem", "Query"}


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
    wanted = {line.strip() for line in GRANTS[owner].strip().splitlines()}
    if owner in FUNCTIONS:
        own_group = f"</millrace/{templates.stage}/{owner}.Arn>"
        wanted |= {f"logs:CreateLogStream {own_group}", f"logs:PutLogEvents {own_group}"}
        wanted |= {"xray:PutTraceSegments *", "xray:PutTelemetryRecords *"}
    assert {line for line in lines(templates.statements(owner)) if not line.startswith("kms:")} == wanted


def test_each_function_has_a_role_of_its_own(templates: Templates) -> None:
    roles = [each.properties["Role"]["Fn::GetAtt"][0] for each in templates.functions.values()]
    assert sorted(templates.functions) == FUNCTIONS
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
    assert trusted == dict.fromkeys(FUNCTIONS, "lambda.amazonaws.com") | services


@pytest.mark.parametrize("owner", sorted(GRANTS))
def test_every_star_has_its_reason(templates: Templates, owner: str) -> None:
    for statement in templates.statements(owner):
        assert statement.allow
        assert not [action for action in statement.actions if "*" in action]
        assert {resource for resource in statement.resources if "*" in resource} <= set(STARS)
        if "*" in statement.resources:
            assert all(NO_RESOURCE.match(action) for action in statement.actions)


def test_no_reason_is_left_over(templates: Templates) -> None:
    used = {each for owner in GRANTS for statement in templates.statements(owner) for each in statement.resources}
    assert set(STARS) <= used


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
    actions = {line.split()[0] for line in GRANTS[owner].strip().splitlines()}
    assert granted == {
        f"{action.partition(':')[0]}.<AWS::Region>.amazonaws.com {verb}"
        for action in actions
        for verb in KEY_USES.get(action, ())
    }


@pytest.mark.parametrize("owner", ["gate", "register", "deploy", "notify", "predict", "authorize", "control"])
def test_only_who_admits_and_trains_reads_uploads(templates: Templates, owner: str) -> None:
    granted = lines(templates.statements(owner))
    assert not any(line.startswith("s3:Get") and "LandingBucket" in line for line in granted)


def test_events_are_published_in_our_own_name_only(templates: Templates) -> None:
    (publish,) = [each for each in templates.statements("notify") if "events:PutEvents" in each.actions]
    assert publish.conditions == {"ForAllValues:StringEquals": {"events:source": ("millrace",)}}

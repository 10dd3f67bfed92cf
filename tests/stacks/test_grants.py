"""Least privilege, written down: what each role may do, and why each star is there."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.stacks.templates import Statement, Templates

# One line per grant: action, resource and, for the registry, the kinds of record. What every function has (its own log
# group, traces) and what follows from a grant (uses of the key) is tested for all of them below.
GRANTS = {
    "ingest": """
        dynamodb:GetItem <RegistryTable.Arn> TENANTS
        dynamodb:GetItem <RegistryTable.Arn> DATASETS#* OPEN RUNS#* TIMELINE#* UNCLAIMED
        dynamodb:PutItem <RegistryTable.Arn> DATASETS#* OPEN RUNS#* TIMELINE#* UNCLAIMED
        dynamodb:UpdateItem <RegistryTable.Arn> DATASETS#* OPEN RUNS#* TIMELINE#* UNCLAIMED
        dynamodb:ConditionCheckItem <RegistryTable.Arn> DATASETS#* OPEN RUNS#* TIMELINE#* UNCLAIMED
        dynamodb:GetItem <RegistryTable.Arn> OPEN
        dynamodb:Query <RegistryTable.Arn> OPEN
        dynamodb:DeleteItem <RegistryTable.Arn> OPEN
        dynamodb:GetItem <RegistryTable.Arn> DATASETS#*
        dynamodb:Query <RegistryTable.Arn> DATASETS#*
        events:PutEvents arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:event-bus/default
        sns:Publish <RunTopicArn>
        s3:GetObject <LandingBucket.Arn>/*
        s3:GetObjectVersion <LandingBucket.Arn>/*
        s3:ListBucket <LandingBucket.Arn>
        s3:PutObject <ArtifactBucket.Arn>/*/blobs/*
        states:StartExecution <StateMachineArn>
        sqs:SendMessage <SQS::Queue.Arn>
    """,
    "admit": """
        dynamodb:GetItem <RegistryTable.Arn> MODEL#* RUNS#*
        s3:GetObject <LandingBucket.Arn>/*
        s3:GetObjectVersion <LandingBucket.Arn>/*
        s3:PutObject <ArtifactBucket.Arn>/*/runs/*/job.json
    """,
    "diagnose": """
        s3:GetObject <ArtifactBucket.Arn>/*/runs/*/failure.json
        s3:ListBucket <ArtifactBucket.Arn>
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
        dynamodb:GetItem <RegistryTable.Arn> DATASETS#* MODEL#* MODELS#*
        dynamodb:PutItem <RegistryTable.Arn> DATASETS#* MODEL#* MODELS#*
        dynamodb:UpdateItem <RegistryTable.Arn> DATASETS#* MODEL#* MODELS#*
        dynamodb:ConditionCheckItem <RegistryTable.Arn> DATASETS#* MODEL#* MODELS#*
    """,
    "deploy": """
        s3:GetObject <ArtifactBucket.Arn>/*/runs/*/verdict.json
        dynamodb:GetItem <RegistryTable.Arn> MODEL#* MODELS#*
        dynamodb:PutItem <RegistryTable.Arn> MODEL#* MODELS#*
        dynamodb:UpdateItem <RegistryTable.Arn> MODEL#* MODELS#*
        dynamodb:ConditionCheckItem <RegistryTable.Arn> MODEL#* MODELS#*
    """,
    "notify": """
        dynamodb:GetItem <RegistryTable.Arn> OPEN RUNS#*
        dynamodb:PutItem <RegistryTable.Arn> OPEN RUNS#*
        dynamodb:UpdateItem <RegistryTable.Arn> OPEN RUNS#*
        dynamodb:ConditionCheckItem <RegistryTable.Arn> OPEN RUNS#*
        dynamodb:GetItem <RegistryTable.Arn> OPEN
        dynamodb:Query <RegistryTable.Arn> OPEN
        dynamodb:DeleteItem <RegistryTable.Arn> OPEN
        events:PutEvents arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:event-bus/default
        sns:Publish <RunTopicArn>
        states:StartExecution HERE(states):stateMachine:millrace-STAGE-train
    """,
    "reconcile": """
        dynamodb:GetItem <RegistryTable.Arn> OPEN RUNS#*
        dynamodb:PutItem <RegistryTable.Arn> OPEN RUNS#*
        dynamodb:UpdateItem <RegistryTable.Arn> OPEN RUNS#*
        dynamodb:ConditionCheckItem <RegistryTable.Arn> OPEN RUNS#*
        dynamodb:GetItem <RegistryTable.Arn> OPEN
        dynamodb:Query <RegistryTable.Arn> OPEN
        dynamodb:DeleteItem <RegistryTable.Arn> OPEN
        events:PutEvents arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:event-bus/default
        sns:Publish <RunTopicArn>
        states:StartExecution <StateMachineArn>
        states:DescribeExecution HERE(states):execution:millrace-STAGE-train:*
    """,
    "authorize": """
        dynamodb:GetItem <RegistryTable.Arn> KEYS#*
    """,
    "predict": """
        dynamodb:GetItem <RegistryTable.Arn> MODEL#*
        s3:GetObject <ArtifactBucket.Arn>/*/blobs/*
    """,
    "control": """
        dynamodb:GetItem <RegistryTable.Arn> KEYS#* MODELS#* OPEN RUNS#* TIMELINE#*
        dynamodb:Query <RegistryTable.Arn> KEYS#* MODELS#* OPEN RUNS#* TIMELINE#*
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
    "batch job": """
        s3:GetObject <LandingBucket.Arn>/*
        s3:GetObjectVersion <LandingBucket.Arn>/*
        s3:GetObject <ArtifactBucket.Arn>/*/runs/*
        s3:GetObject <ArtifactBucket.Arn>/*/blobs/*
        s3:ListBucket <ArtifactBucket.Arn>
        s3:PutObject <ArtifactBucket.Arn>/*/runs/*/result.json
        s3:PutObject <ArtifactBucket.Arn>/*/runs/*/checkpoints/*
        s3:PutObject <ArtifactBucket.Arn>/*/runs/*/failure.json
        s3:PutObject <ArtifactBucket.Arn>/*/blobs/*
    """,
    "batch machine": """
        ecs:DiscoverPollEndpoint *
        ecs:RegisterContainerInstance CLUSTERS
        ecs:DeregisterContainerInstance CLUSTERS
        ecs:Poll CLUSTERS
        ecs:StartTelemetrySession CLUSTERS
        ecs:UpdateContainerInstancesState CLUSTERS
        ecs:SubmitContainerStateChange CLUSTERS
        ecs:SubmitTaskStateChange CLUSTERS
        ecs:SubmitAttachmentStateChanges CLUSTERS
        ecr:GetAuthorizationToken *
        ecr:BatchCheckLayerAvailability IMAGE
        ecr:GetDownloadUrlForLayer IMAGE
        ecr:BatchGetImage IMAGE
        logs:CreateLogStream BATCH_LOGS
        logs:PutLogEvents BATCH_LOGS
    """,
    "sagemaker job": """
        s3:GetObject <LandingBucket.Arn>/*
        s3:GetObjectVersion <LandingBucket.Arn>/*
        s3:GetObject <ArtifactBucket.Arn>/*/runs/*
        s3:GetObject <ArtifactBucket.Arn>/*/blobs/*
        s3:ListBucket <ArtifactBucket.Arn>
        s3:PutObject <ArtifactBucket.Arn>/*/runs/*/result.json
        s3:PutObject <ArtifactBucket.Arn>/*/runs/*/checkpoints/*
        s3:PutObject <ArtifactBucket.Arn>/*/runs/*/failure.json
        s3:PutObject <ArtifactBucket.Arn>/*/runs/*/sagemaker/*
        s3:PutObject <ArtifactBucket.Arn>/*/blobs/*
        ecr:GetAuthorizationToken *
        ecr:BatchCheckLayerAvailability IMAGE
        ecr:GetDownloadUrlForLayer IMAGE
        ecr:BatchGetImage IMAGE
        logs:CreateLogGroup SAGEMAKER_LOGS
        logs:CreateLogStream SAGEMAKER_LOGS
        logs:PutLogEvents SAGEMAKER_LOGS
    """,
    "train": """
        lambda:InvokeFunction <admit:live>
        lambda:InvokeFunction <gate:live>
        lambda:InvokeFunction <register:live>
        lambda:InvokeFunction <deploy:live>
        lambda:InvokeFunction <notify:live>
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
    "sns:Publish": {"Decrypt", "GenerateDataKey"},
    "sqs:SendMessage": {"Decrypt", "GenerateDataKey"},
    "sqs:ReceiveMessage": {"Decrypt"},
}
# What the state machine may do more, by backend.
OF_BACKEND = {
    "worker": "sqs:SendMessage <JobQueueUrl.Arn>",
    "batch": """
        batch:SubmitJob QUEUES
        batch:SubmitJob HERE(batch):job-definition/millrace-STAGE-train
        batch:SubmitJob HERE(batch):job-definition/millrace-STAGE-train:*
        batch:DescribeJobs *
        batch:TerminateJob HERE(batch):job/*
        events:PutTargets HERE(events):rule/StepFunctionsGetEventsForBatchJobsRule
        events:PutRule HERE(events):rule/StepFunctionsGetEventsForBatchJobsRule
        events:DescribeRule HERE(events):rule/StepFunctionsGetEventsForBatchJobsRule
    """,
    "sagemaker": """
        sagemaker:CreateTrainingJob HERE(sagemaker):training-job/STAGE-*
        sagemaker:DescribeTrainingJob HERE(sagemaker):training-job/STAGE-*
        sagemaker:StopTrainingJob HERE(sagemaker):training-job/STAGE-*
        iam:PassRole <IAM::Role.Arn>
        events:PutTargets HERE(events):rule/StepFunctionsGetEventsForSageMakerTrainingJobsRule
        events:PutRule HERE(events):rule/StepFunctionsGetEventsForSageMakerTrainingJobsRule
        events:DescribeRule HERE(events):rule/StepFunctionsGetEventsForSageMakerTrainingJobsRule
    """,
}
# Names for lists of resources.
RESOURCES = {
    "CLUSTERS": ("HERE(ecs):cluster/*", "HERE(ecs):container-instance/*"),
    "IMAGE": ("arn:<AWS::Partition>:ecr:eu-west-1:123456789012:repository/millrace/train",),
    "BATCH_LOGS": ("</millrace/STAGE/batch.Arn>",),
    "SAGEMAKER_LOGS": tuple(f"HERE(logs):log-group:/aws/sagemaker/TrainingJobs{end}" for end in ("", ":*")),
    "QUEUES": ("<SPOT queue>", "<EC2 queue>"),
}
HERE = re.compile(r"HERE\((\w+)\)")
OF_STAGE = {"batch job": "batch", "batch machine": "batch", "sagemaker job": "sagemaker"}  # roles of a backend
FUNCTIONS = sorted(set(GRANTS) - {"worker", "train", *OF_STAGE})
EVERY_TENANT = "one function serves every tenant, and the key's first part is the tenant"
STARS = {  # every resource with a star that any role is given, and why
    "*": "X-Ray, log deliveries, SendTask, DescribeJobs, DiscoverPollEndpoint, ECR's token: calls without a resource",
    "<LandingBucket.Arn>/*": EVERY_TENANT,
    "<ArtifactBucket.Arn>/*/blobs/*": EVERY_TENANT,
    "<ArtifactBucket.Arn>/*/runs/*": EVERY_TENANT,
    "<ArtifactBucket.Arn>/*/runs/*/job.json": EVERY_TENANT,
    "<ArtifactBucket.Arn>/*/runs/*/verdict.json": EVERY_TENANT,
    "<ArtifactBucket.Arn>/*/runs/*/report.html": EVERY_TENANT,
    "<ArtifactBucket.Arn>/*/runs/*/result.json": EVERY_TENANT,
    "<ArtifactBucket.Arn>/*/runs/*/checkpoints/*": EVERY_TENANT,
    "<ArtifactBucket.Arn>/*/runs/*/failure.json": EVERY_TENANT,
    "<ArtifactBucket.Arn>/*/runs/*/sagemaker/*": EVERY_TENANT,
    "HERE(ecs):cluster/*": "Batch makes its clusters and names them",
    "HERE(ecs):container-instance/*": "ECS names machines",
    "HERE(batch):job/*": "Batch names jobs",
    "HERE(batch):job-definition/millrace-STAGE-train:*": "every revision of one definition",
    "HERE(sagemaker):training-job/STAGE-*": "a job is named after its run",
    "HERE(logs):log-group:/aws/sagemaker/TrainingJobs:*": "the streams of SageMaker's own group",
    "HERE(states):execution:millrace-STAGE-train:*": "any run's execution",
}
NO_RESOURCE = re.compile(r"(xray|logs|states):|batch:DescribeJobs|ecs:DiscoverPollEndpoint|ecr:GetAuthorizationToken")
CARRY_A_PARTITION_KEY = {"GetItem", "PutItem", "UpdateItem", "ConditionCheckItem", "DeleteItem", "Query"}


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
    "owner", ["gate", "register", "deploy", "notify", "reconcile", "predict", "authorize", "control"]
)
def test_only_who_admits_and_trains_reads_uploads(templates: Templates, owner: str) -> None:
    granted = lines(templates.statements(owner))
    assert not any(line.startswith("s3:Get") and "LandingBucket" in line for line in granted)


@pytest.mark.parametrize("owner", ["ingest", "notify", "reconcile"])
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

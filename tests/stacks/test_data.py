"""What is kept is encrypted, versioned, reachable over TLS only, and not easily deleted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stacks.conftest import CONTEXT
from tests.stacks.templates import Resource, Templates

KEPT = ("KMS::Key", "S3::Bucket", "S3::BucketPolicy", "DynamoDB::Table", "Logs::LogGroup")
CAPTURES = {"CaptureBucket", "CaptureQueueUrl", "CaptureDeadLetterQueueUrl"}
SENDERS = "cloudwatch.amazonaws.com events.amazonaws.com"  # to topics and queues under the key
POLICIES = {"retain": ("RetainExceptOnCreate", "Retain"), "destroy": ("Delete", "Delete")}


def config(templates: Templates) -> dict[str, Any]:
    return dict(CONTEXT["stages"][templates.stage])


def buckets(templates: Templates) -> list[Resource]:
    found = templates.of("S3::Bucket")
    assert len(found) == 3
    return found


def test_the_key_rotates(templates: Templates) -> None:
    key = templates.one("KMS::Key")
    assert key.properties["EnableKeyRotation"] is True
    assert templates.one("KMS::Alias").properties["AliasName"] == f"alias/millrace-{templates.stage}"


def test_the_key_is_the_accounts_and_three_services_use_it_under_conditions(templates: Templates) -> None:
    key = templates.one("KMS::Key")
    statements = {each.principal: each for each in templates.read(key.part, key.properties["KeyPolicy"])}
    groups = f"arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:/millrace/{templates.stage}/*"
    assert {principal: each.conditions for principal, each in statements.items()} == {
        "arn:<AWS::Partition>:iam::<AWS::AccountId>:root": {},  # without it nobody could ever change the key
        "logs.<AWS::Region>.amazonaws.com": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": (groups,)}},
        SENDERS: {"StringEquals": {"aws:SourceAccount": ("<AWS::AccountId>",)}},
    }
    assert statements[SENDERS].actions == {"kms:Decrypt", "kms:GenerateDataKey"}
    stars = {"kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"}
    assert statements["logs.<AWS::Region>.amazonaws.com"].actions == stars  # as CloudWatch Logs documents its need


def test_buckets_are_encrypted_with_the_key(templates: Templates) -> None:
    for bucket in buckets(templates):
        (rule,) = bucket.properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["BucketKeyEnabled"] is True
        assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
        key = templates.text(bucket.part, rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"])
        assert key == "<KeyArn.Arn>"


def test_buckets_are_private_versioned_and_owned_by_us(templates: Templates) -> None:
    for bucket in buckets(templates):
        assert set(bucket.properties["PublicAccessBlockConfiguration"].values()) == {True}
        assert len(bucket.properties["PublicAccessBlockConfiguration"]) == 4
        assert bucket.properties["VersioningConfiguration"] == {"Status": "Enabled"}
        (rule,) = bucket.properties["OwnershipControls"]["Rules"]
        assert rule == {"ObjectOwnership": "BucketOwnerEnforced"}


def test_buckets_refuse_plain_http_and_old_tls(templates: Templates) -> None:
    policies = templates.of("S3::BucketPolicy")
    assert len(policies) == 3
    for policy in policies:
        statements = list(templates.read(policy.part, policy.properties["PolicyDocument"]))
        assert not any(each.allow for each in statements)
        assert all(each.actions == {"s3:*"} and each.principal == "*" for each in statements)
        assert [each.conditions for each in statements] == [
            {"Bool": {"aws:SecureTransport": ("false",)}},
            {"NumericLessThan": {"s3:TlsVersion": ("1.2",)}},
        ]
        (name,) = {each.split(".")[0].lstrip("<") for one in statements for each in one.resources}
        everything = {f"<{name}.Arn>", f"<{name}.Arn>/*"}
        assert all(each.resources == everything for each in statements)


def test_buckets_are_tidied(templates: Templates) -> None:
    wanted = config(templates)
    for bucket in buckets(templates):
        (rule,) = bucket.properties["LifecycleConfiguration"]["Rules"]
        assert rule["Status"] == "Enabled"
        assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
        days = rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
        assert days == wanted.get("noncurrent_expiration_days", 30)
        kept = {"LandingBucket": "landing_expiration_days", "CaptureBucket": "capture_expiration_days"}
        field = kept.get(templates.name(bucket.part, bucket.id))
        assert rule.get("ExpirationInDays") == (wanted.get(field, 365) if field else None)


def test_uploads_are_announced_and_nothing_else_is(templates: Templates) -> None:
    announced = {
        templates.name(bucket.part, bucket.id): bucket.properties.get("NotificationConfiguration")
        for bucket in buckets(templates)
    }
    assert announced == {
        "LandingBucket": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
        "ArtifactBucket": None,
        "CaptureBucket": None,
    }
    assert not [each for each in templates.resources if each.type.startswith("Custom::")]


def test_the_registry_is_encrypted_recoverable_and_on_demand(templates: Templates) -> None:
    table = templates.one("DynamoDB::Table").properties
    assert table["KeySchema"] == [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"]["SSEType"] == "KMS"
    assert templates.text("data", table["SSESpecification"]["KMSMasterKeyId"]) == "<KeyArn.Arn>"
    assert table["DeletionProtectionEnabled"] is config(templates).get("deletion_protection", True)


@pytest.mark.parametrize("kind", KEPT)
def test_what_is_kept_outlives_its_stack_as_the_stage_says(templates: Templates, kind: str) -> None:
    wanted = POLICIES[config(templates).get("removal", "retain")]
    found = templates.of(kind)
    assert found
    for resource in found:
        assert (resource.body["DeletionPolicy"], resource.body["UpdateReplacePolicy"]) == wanted


def test_only_local_may_be_deleted_with_its_data() -> None:
    stages = CONTEXT["stages"]
    for name, stage in stages.items():
        assert (stage.get("removal", "retain") == "destroy") is (name == "local")
        assert stage.get("deletion_protection", True) is (name != "local")
        assert stage.get("termination_protection", True) is (name != "local")


def test_stacks_are_protected_from_deletion(templates: Templates) -> None:
    stacks = [each for each in templates.manifest["artifacts"].values() if each["type"] == "aws:cloudformation:stack"]
    assert len(stacks) == 4
    protected = config(templates).get("termination_protection", True)
    assert [each["properties"].get("terminationProtection", False) for each in stacks] == [protected] * 4


def test_outputs_are_as_agreed(templates: Templates) -> None:
    agreed = {
        "data": {"RegistryTable", "LandingBucket", "ArtifactBucket", "KeyArn", "OperationsTopicArn", *CAPTURES},
        "training": {
            *("StateMachineArn", "JobQueueUrl", "JobDeadLetterQueueUrl", "WorkerRoleArn", "VisibilitySeconds"),
            *("RunTopicArn", "DriftTopicArn", "EventBus", "RunsPerTenant"),
        },
        "inference": {"ApiId", "ApiStage", "Region"},
        "monitoring": {"MonitoringDeadLetterQueueUrl", "DetectFunctionArn"},
    }
    for part, keys in agreed.items():
        outputs = templates.parts[part]["Outputs"]
        assert {key for key, output in outputs.items() if "Export" not in output} == keys


def test_everything_that_takes_tags_has_the_project_and_the_stage(templates: Templates) -> None:
    wanted = [{"Key": "project", "Value": "millrace"}, {"Key": "stage", "Value": templates.stage}]
    tagged = ("S3::Bucket", "DynamoDB::Table", "KMS::Key", "Lambda::Function", "SQS::Queue", "Logs::LogGroup")
    for kind in (*tagged, "IAM::Role", "StepFunctions::StateMachine", "ApiGateway::RestApi"):
        for resource in templates.of(kind):
            assert resource.properties["Tags"] == wanted


def test_what_is_kept_for_a_while_is_deleted_by_its_attribute(templates: Templates) -> None:
    wanted = {"AttributeName": "ttl", "Enabled": True}
    assert templates.one("DynamoDB::Table").properties["TimeToLiveSpecification"] == wanted

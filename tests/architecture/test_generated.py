"""What documents say of the code is what the code says now."""

from __future__ import annotations

from dataclasses import fields

import pytest

from docs import generate, roles
from stacks import stage_reference
from stacks.stage import StageConfig
from tests.stacks.grants import GRANTS


def test_every_document_is_what_make_docs_would_write() -> None:
    outdated = [path.name for path, text in generate.documents().items() if path.read_text(encoding="utf-8") != text]
    assert outdated == [], "run: make docs"


def test_a_section_that_a_document_lacks_is_no_section_to_fill() -> None:
    text = "before\n<!-- a: written by make docs -->\nold\n<!-- end -->\nafter\n"
    assert generate.filled(text, "a", "new\n") == text.replace("old", "\nnew\n")
    with pytest.raises(ValueError, match="no section 'b'"):
        generate.filled(text, "b", "new")


def test_every_field_of_a_stage_says_what_it_is_for() -> None:
    assert [each.name for each in fields(StageConfig) if not stage_reference.comments().get(each.name)] == []


def test_a_role_is_told_whole() -> None:
    text = """
        dynamodb:GetItem <RegistryTable.Arn> OPEN RUNS#*
        dynamodb:PutItem <RegistryTable.Arn> RUNS#*
        dynamodb:ConditionCheckItem <RegistryTable.Arn> RUNS#*
        dynamodb:DeleteItem <RegistryTable.Arn> OPEN
        s3:GetObject <ArtifactBucket.Arn>/*/blobs/*
        s3:ListBucket <ArtifactBucket.Arn>
        sns:Publish <RunTopicArn>
    """
    assert roles.roles_text({"role": text}).splitlines()[-1] == (
        "| `role` | registry: `OPEN`, `RUNS`; artifact bucket `*/blobs/*`; artifact bucket (names of its objects) "
        "| registry: `RUNS` | dynamodb: DeleteItem OPEN; sns: Publish |"
    )


def test_every_role_is_told() -> None:
    assert [line.split("`")[1] for line in roles.roles_text(GRANTS).splitlines()[2:]] == list(GRANTS)

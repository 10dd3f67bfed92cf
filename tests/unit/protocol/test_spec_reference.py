"""What is published about spec.yaml is what is read."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import fields
from pathlib import Path

import jsonschema
import pytest
import yaml

from millrace.domain.errors import Rejected
from millrace.domain.spec import Spec
from millrace.protocol import spec_reference
from millrace.protocol.spec import SpecDocument, read_spec

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize(
    ("name", "text"),
    [("spec.schema.json", spec_reference.schema_text()), ("spec.md", spec_reference.reference_text())],
)
def test_published_documents_are_current(name: str, text: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == text, "run: make docs"


def test_every_field_has_its_row_and_its_example() -> None:
    rows = [line for line in (DOCS / "spec.md").read_text().splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == [field.name for field in fields(Spec)]
    assert all(len(row.split("|")[4].strip()) > 20 for row in rows)
    assert set(yaml.safe_load(spec_reference.example_text())) == set(SpecDocument.model_fields)


def test_the_example_is_read_and_differs_from_every_default() -> None:
    spec, default = read_spec(spec_reference.example_text().encode()), Spec()
    assert [field.name for field in fields(Spec) if getattr(spec, field.name) == getattr(default, field.name)] == []


SCHEMA = json.loads(spec_reference.schema_text())


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        (spec_reference.example_text(), True),
        ("{}", True),
        ("taget: y", False),
        ("folds: 1", False),
        ("backend: batch", True),
        ("time: no", True),
        ("time: yes", True),
        ("time: sold_on", True),
        ("time: 7", False),
        ("time: ' '", False),
        ("false_positive_cost: 0", False),
        ("trials: 0", False),
        ("jobs: 16", True),
        ("jobs: 17", False),
        ("backend: lambda", False),
        ("metric: AUC", False),
        ("promote: 1", False),
    ],
)
def test_the_schema_agrees_with_the_reader(text: str, valid: bool) -> None:
    assert jsonschema.Draft202012Validator(SCHEMA).is_valid(yaml.safe_load(text)) is valid
    with nullcontext() if valid else pytest.raises(Rejected):
        read_spec(text.encode())

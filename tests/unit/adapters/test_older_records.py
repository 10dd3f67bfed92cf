"""What is stored outlives the release that stored it: it is read without newer fields and with unknown ones.

A field that is added to one of these kinds needs a default, or what is stored already can't be read any more.
"""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest

from millrace.adapters import documents, items
from millrace.domain.access import ApiKey, Tenant
from millrace.domain.dataset import DatasetVersion
from millrace.domain.job import Job, JobResult
from millrace.domain.manifest import Lineage, Manifest
from millrace.domain.model import Alias, AliasMove, Model, ModelVersion
from millrace.domain.report import Report
from millrace.domain.retraining import Cause, Retraining
from millrace.domain.run import Attempt, Run
from millrace.domain.verdict import RuleResult, Verdict
from tests import samples
from tests.contracts import samples as stored
from tests.older import UNKNOWN, older, required

# What the first release wrote of each kind, less what had a default. Nothing may ever be added here but a new kind.
FIRST = {
    Tenant: {"name", "created"},
    ApiKey: {"tenant", "id", "secret_digest", "scopes", "created", "expires"},
    DatasetVersion: {"tenant", "dataset", "data", "created"},
    Run: {"tenant", "dataset", "id", "data", "spec", "created", "outcome"},
    Attempt: {"tenant", "run_id", "number", "started", "outcome"},
    Model: {"tenant", "name", "versions", "champion"},
    ModelVersion: {"tenant", "model", "number", "run_id", "model_digest", "manifest_digest", "report_digest"}
    | {"model_size", "metrics", "accepted", "created"},
    Alias: {"tenant", "model", "name", "version", "moves"},
    AliasMove: {"tenant", "model", "alias", "sequence", "before", "after", "at", "who", "why"},
    Retraining: {"tenant", "model", "at", "cause", "says"},
    Job: {"tenant", "dataset", "run_id", "attempt", "data", "spec"},
    JobResult: {"model_digest", "manifest_digest", "report_digest"},
    Verdict: {"rules", "champion"},
    Lineage: {"tenant", "dataset", "content_digest", "run_id", "spec"},
    Manifest: {"schema", "metrics", "lineage", "model_digest", "model_size", "opset", "algorithm", "steps"},
    Report: {"task", "target", "metric", "rows_train", "rows_held_out", "columns", "candidates", "held_out"}
    | {"constant", "parity"},
}
RECORDS = (
    Tenant("acme", samples.NOW),
    Retraining("acme", "credit", samples.NOW, Cause.DRIFT, "it began", run_id=samples.RUN_ID, rows=300),
    stored.key("acme"),
    stored.dataset("acme"),
    stored.run("acme"),
    stored.attempt(stored.run("acme")),
    Model("acme", "iris", 2, None),
    stored.version("acme"),
    Alias("acme", "iris", "champion", 1, 1),
    stored.move("acme", 1, None, 1),
)
DOCUMENTS = (
    samples.job(),
    JobResult("a" * 64, "b" * 64, "c" * 64),
    Verdict((RuleResult("parity_holds", holds=True, figures={"flips": 0.0}, says="it does"),), None),
    samples.manifest(),
    samples.report(),
)


def name_of(value: object) -> str:
    return type(value).__name__


@pytest.mark.parametrize("kind", FIRST, ids=lambda kind: kind.__name__)
def test_no_field_without_a_default_was_added(kind: type[Any]) -> None:
    assert required(kind) == FIRST[kind]


@pytest.mark.parametrize("value", DOCUMENTS, ids=name_of)
def test_a_document_without_its_newer_fields_and_with_unknown_ones_is_read(value: Any) -> None:
    text = json.dumps(older(value)).encode()
    assert documents.load(type(value), text) == value


@pytest.mark.parametrize("value", RECORDS, ids=name_of)
def test_a_record_without_its_newer_fields_and_with_unknown_ones_is_read(value: Any) -> None:
    item = {name: items.attribute(each) for name, each in older(value).items()}
    assert items.unpack(type(value), item | {"schema_version": {"N": "1"}} | items.key("P", "S")) == value


def test_the_whole_spec_may_be_absent_but_for_nothing() -> None:
    """Its fields all have defaults, the ones of a run's stored spec too."""
    bare = replace(stored.run("acme"), spec=type(stored.run("acme").spec)())
    told = older(bare)
    assert told["spec"] == UNKNOWN
    assert documents.load(Run, json.dumps(told).encode()) == bare
    assert not required(type(bare.spec))
    assert len(fields(type(bare.spec))) > 5

from __future__ import annotations

import json
from pathlib import Path

import jsonschema

from millrace.adapters import documents
from millrace.domain.report import Report
from millrace.protocol import report_reference
from tests import samples
from tests.searched import searched

PUBLISHED = Path(__file__).parents[3] / "docs" / "report.schema.json"


def test_what_is_stored_is_what_is_published() -> None:
    schema = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    for report in (samples.report(), searched(samples.report())):
        jsonschema.Draft202012Validator(schema).validate(json.loads(documents.dump(report)))


def test_every_record_says_what_it_is() -> None:
    schema = json.loads(report_reference.schema_text())
    assert "leaderboard" in schema["$defs"]["Candidate"]["description"]
    assert [name for name, record in schema["$defs"].items() if not record.get("description")] == []
    assert set(schema["properties"]) == set(Report.__dataclass_fields__)

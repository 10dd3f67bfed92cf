"""What is published about a report as JSON, from the records it is stored as: a JSON Schema for whoever reads one."""

from __future__ import annotations

import json

from pydantic import TypeAdapter

from millrace.domain.report import Report
from millrace.protocol.run_event import DIALECT


def schema_text() -> str:
    """docs/report.schema.json. Fields without a value in a stored report stand at their defaults."""
    schema = {"$schema": DIALECT, **TypeAdapter(Report).json_schema(mode="serialization")}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"

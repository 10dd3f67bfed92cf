"""Writes the documents that are made from code, as `make docs`; tests fail while one is out of date."""

from __future__ import annotations

from pathlib import Path

from millrace.cli import reference
from millrace.protocol import retraining_event, run_event, spec_reference

DOCS = Path(__file__).parent
GENERATED = {
    "spec.schema.json": spec_reference.schema_text,
    "spec.md": spec_reference.reference_text,
    "cli.md": reference.reference,
    "event.schema.json": run_event.schema_text,
    "retraining-event.schema.json": retraining_event.schema_text,
}

if __name__ == "__main__":
    for name, text in GENERATED.items():
        (DOCS / name).write_text(text(), encoding="utf-8")

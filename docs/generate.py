"""Writes the documents that are made from code, as `make docs`; tests fail while one is out of date."""

from __future__ import annotations

import sys
from pathlib import Path

from millrace.cli import reference
from millrace.protocol import run_event, spec_reference

DOCS = Path(__file__).parent


def cost_text() -> str:
    """The bill of a stage, counted in its templates."""
    sys.path.insert(0, str(DOCS.parent))  # benchmarks and stacks are no installed packages
    from benchmarks import cost_page

    return cost_page.of_stage()


GENERATED = {
    "spec.schema.json": spec_reference.schema_text,
    "spec.md": spec_reference.reference_text,
    "cli.md": reference.reference,
    "event.schema.json": run_event.schema_text,
    "cost.md": cost_text,
}

if __name__ == "__main__":
    for name, text in GENERATED.items():
        (DOCS / name).write_text(text(), encoding="utf-8")

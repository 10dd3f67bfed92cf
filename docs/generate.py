"""Writes what the documents say of the code from the code, as `make docs`; tests fail while any is out of date.

Some documents are made whole. In others people write, and what is made stands between two comments that name it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks import cost_page
from docs import roles, sources
from millrace.cli import reference
from millrace.domain.codes import CANCELLED, FAILED, REJECTED
from millrace.domain.loop_codes import RETRAINING, TRUTH
from millrace.edge import codes, openapi
from millrace.protocol import report_reference, retraining_event, run_event, spec_reference
from stacks import stage_reference
from stacks.constructs.api import ACCESS_LOG
from tests.stacks.grants import GRANTS as ROLES

DOCS = Path(__file__).parent
ROOT = DOCS.parent
STAGES = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]["stages"]
GENERATED: Mapping[str, Callable[[], str]] = {
    "spec.schema.json": spec_reference.schema_text,
    "spec.md": spec_reference.reference_text,
    "cli.md": reference.reference,
    "openapi.json": openapi.text,
    "event.schema.json": run_event.schema_text,
    "report.schema.json": report_reference.schema_text,
    "retraining-event.schema.json": retraining_event.schema_text,
    "cost.md": cost_page.of_stage,
}
EXAMPLES: Mapping[str, Callable[[], str]] = {
    "algorithm": lambda: sources.whole("tests/examples/least_squares.py"),
    "metric": lambda: sources.whole("tests/examples/balanced_accuracy.py"),
    "warning": lambda: sources.whole("tests/examples/mostly_missing.py"),
    "drift test": lambda: sources.whole("tests/examples/middle_half.py"),
    "gate rule": lambda: sources.whole("tests/examples/enough_rows.py"),
    "function": lambda: sources.whole("functions/notify/handler.py"),
    "backend": lambda: sources.method("stacks/constructs/batch.py", "backend"),
}
SECTIONS: Mapping[tuple[str, str], Callable[[], str]] = {
    **{("extending.md", f"example: {name}"): text for name, text in EXAMPLES.items()},
    ("api.md", "calls"): openapi.calls_text,
    ("api.md", "fields"): openapi.fields_text,
    ("api.md", "statuses"): codes.statuses_text,
    ("deployment.md", "fields of a stage"): stage_reference.fields_text,
    ("deployment.md", "stages of cdk.json"): lambda: stage_reference.stages_text(STAGES),
    ("security.md", "roles"): lambda: roles.roles_text(ROLES),
    ("security.md", "access log"): lambda: ", ".join(f"`{name}`" for name in ACCESS_LOG) + ".",
    ("errors.md", "rejected"): lambda: codes.runs_text(REJECTED),
    ("errors.md", "truth"): lambda: codes.runs_text(TRUTH),
    ("errors.md", "failed"): lambda: codes.runs_text(FAILED),
    ("errors.md", "cancelled"): lambda: codes.runs_text(CANCELLED),
    ("errors.md", "calls"): codes.calls_text,
    ("errors.md", "retraining"): lambda: codes.runs_text(RETRAINING),
}


def filled(text: str, name: str, content: str) -> str:
    """The document with `content` in place of what stands in the section `name`."""
    before, begin, rest = text.partition(f"<!-- {name}: written by make docs -->\n")
    _, end, after = rest.partition("<!-- end -->\n")
    if not (begin and end):
        raise ValueError(f"the document has no section {name!r}")
    return f"{before}{begin}\n{content.strip()}\n\n{end}{after}"


def documents() -> dict[Path, str]:
    """Every document that has something made in it, as it must be."""
    made = {DOCS / name: text() for name, text in GENERATED.items()}
    for (name, section), content in SECTIONS.items():
        path = DOCS / name
        made[path] = filled(made.get(path) or path.read_text(encoding="utf-8"), section, content())
    return made


if __name__ == "__main__":
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")

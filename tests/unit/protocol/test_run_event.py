"""What is published about a run's end is what is sent."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from millrace.domain.job import Ticket
from millrace.domain.run import Failure, Outcome, RunState
from millrace.protocol import run_event
from millrace.usecases.notify import KINDS, SCHEMA_VERSION, detail
from tests import samples

DOCS = Path(__file__).parents[3] / "docs"
WHY = Failure("no_rows", "the file has no rows", "add some", "file")
ENDS = [
    Outcome(RunState.SUCCEEDED, version=3, promoted=True),
    Outcome(RunState.REJECTED, WHY),
    Outcome(RunState.FAILED, Failure("internal", "a step broke")),
    Outcome(RunState.CANCELLED, WHY),
]


def test_the_published_schema_is_current() -> None:
    published = (DOCS / "event.schema.json").read_text(encoding="utf-8")
    assert published == run_event.schema_text(), "run: python docs/generate.py"


def test_the_published_table_is_current() -> None:
    assert run_event.rows_text() in (DOCS / "events.md").read_text()


@pytest.mark.parametrize("outcome", ENDS, ids=lambda end: str(end.state))
def test_what_is_sent_is_as_published(outcome: Outcome) -> None:
    sent = detail(samples.TICKET, outcome)
    jsonschema.Draft202012Validator(json.loads(run_event.schema_text())).validate(sent)
    assert list(sent) == list(run_event.RunEvent.model_fields)
    assert sent["schema_version"] == SCHEMA_VERSION


def test_every_end_has_its_kind_in_the_document() -> None:
    text = (DOCS / "events.md").read_text()
    assert set(KINDS) == {state for state in RunState if state.is_final} == {end.state for end in ENDS}
    assert all(f"`{kind}`" in text for kind in KINDS.values())


def test_the_example_is_as_published() -> None:
    example = json.loads((DOCS / "events.md").read_text().split("```json\n")[1].split("```")[0])
    jsonschema.Draft202012Validator(json.loads(run_event.schema_text())).validate(example["detail"])


@pytest.mark.parametrize(
    "wrong", [{"state": "queued"}, {"schema_version": 2}, {"run_id": "x"}, {"failure": {"code": 1}}]
)
def test_what_is_not_as_published_is_refused(wrong: dict[str, object]) -> None:
    sent = detail(Ticket("acme", "credit", samples.RUN_ID, 0), ENDS[1]) | wrong
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(json.loads(run_event.schema_text())).validate(sent)

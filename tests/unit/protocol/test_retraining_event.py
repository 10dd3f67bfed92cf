"""What is published about retraining that stopped is what is sent."""

from __future__ import annotations

import jsonschema
import pytest

from millrace.domain.retraining import GUARDS, Refusal
from millrace.protocol import retraining_event
from millrace.usecases.retrain import SCHEMA_VERSION, STOPPED, stopped
from tests.conftest import ROOT

DOCS = ROOT / "docs"
SENT = stopped("acme", "credit", "3 challengers in a row lost", ["c" * 32, "b" * 32, "a" * 32])


def test_the_published_schema_and_table_are_current() -> None:
    published = (DOCS / "retraining-event.schema.json").read_text(encoding="utf-8")
    assert published == retraining_event.schema_text(), "run: python docs/generate.py"
    events = (DOCS / "events.md").read_text()
    assert retraining_event.rows_text() in events
    assert f"`{STOPPED}`" in events


def test_what_is_sent_is_as_published() -> None:
    jsonschema.Draft202012Validator(retraining_event.schema()).validate(SENT)
    assert list(SENT) == list(retraining_event.StoppedEvent.model_fields)
    assert SENT["schema_version"] == SCHEMA_VERSION


@pytest.mark.parametrize("wrong", [{"state": "failed"}, {"schema_version": 2}, {"lost": []}, {"message": None}])
def test_what_is_not_as_published_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(retraining_event.schema()).validate(SENT | wrong)


def test_every_refusal_is_documented_and_every_field_named() -> None:
    text = (DOCS / "retraining.md").read_text()
    rows = {line.split("|")[1].strip(): line for line in text.splitlines() if line.startswith("| `")}
    starred = {guard.refusal for guard in GUARDS if not guard.stops_people}
    assert set(rows) == {f"`{each}`" + (" *" if each in starred else "") for each in Refusal}
    order = [f"`{guard.refusal}`" for guard in GUARDS]
    assert [name.removesuffix(" *") for name in rows] == ["`no_champion`", *order]
    errors = (DOCS / "errors.md").read_text().split("## Not retrained")[1]
    assert [each for each in Refusal if f"`{each}`" not in errors] == []

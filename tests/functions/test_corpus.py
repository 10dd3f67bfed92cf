"""No sample event lies around unused: each is named after a function, whose tests replay it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.events import EVENTS

ROOT = Path(__file__).parents[2]
FUNCTIONS = {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}


@pytest.mark.parametrize("event", sorted(EVENTS.iterdir()), ids=lambda path: path.name)
def test_an_event_belongs_to_a_function_that_replays_it(event: Path) -> None:
    function, _, what = event.stem.partition("-")
    assert function in FUNCTIONS
    assert what
    assert isinstance(json.loads(event.read_text()), dict)
    assert any(f"{function}-*.json" in test.read_text() for test in Path(__file__).parent.glob(f"test_{function}*.py"))


def test_every_function_has_an_event() -> None:
    assert {event.stem.partition("-")[0] for event in EVENTS.glob("*.json")} == FUNCTIONS

"""Nobody is woken by an alarm without reading what to do, and no entry outlives its alarm."""

from __future__ import annotations

import re
from collections.abc import Callable

from millrace.domain import drift
from tests.stacks.conftest import ROOT, STAGES
from tests.stacks.templates import Resource, Templates

LINK = re.compile(r"docs/runbook\.md#([\w-]+)")
PARTS = ("**Means**", "**Look**", "**Do**", "**Escalate**")
MODELS = "drift"  # the entry of the alarms that `register` puts


def entries() -> dict[str, str]:
    _, *found = re.split(r"^## (.+)$", (ROOT / "docs/runbook.md").read_text(), flags=re.MULTILINE)
    return dict(zip(found[::2], found[1::2], strict=True))


def linked(alarm: Resource) -> str:
    """The entry that an alarm's description names, at its end."""
    description = alarm.properties["AlarmDescription"]
    (entry,) = LINK.findall(description)
    assert description.endswith(f". What to do: docs/runbook.md#{entry}")
    return str(entry)


def test_every_alarm_has_an_entry_that_names_it(templates: Templates) -> None:
    alarms = templates.of("CloudWatch::Alarm")
    assert alarms
    for alarm in alarms:
        entry = entries()[linked(alarm)]
        assert f"`{alarm.properties['AlarmName'].removeprefix(f'millrace-{templates.stage}-')}`" in entry


def test_no_entry_is_left_over(synthesized: Callable[[str], Templates]) -> None:
    used = {linked(alarm) for stage in STAGES for alarm in synthesized(stage).of("CloudWatch::Alarm")}
    assert used | {MODELS} == set(entries())


def test_the_alarms_of_models_have_one() -> None:
    assert f"`{drift.alarm_name('<stage>', '<tenant>', '<model>')}`" in entries()[MODELS]


def test_an_entry_says_what_it_means_where_to_look_what_to_do_and_whom_to_tell() -> None:
    for name, text in entries().items():
        assert [text.count(part) for part in PARTS] == [1] * len(PARTS), name


def test_whatever_refers_to_an_entry_refers_to_one_that_is_there() -> None:
    sources = [*(ROOT / "layers").rglob("*.py"), *(ROOT / "stacks").rglob("*.py"), *(ROOT / "docs").glob("*.md")]
    named = {entry for path in sources for entry in LINK.findall(path.read_text())}
    assert named <= set(entries())

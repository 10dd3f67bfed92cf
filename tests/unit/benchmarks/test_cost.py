from __future__ import annotations

import re

from benchmarks import cost, log_bytes
from tests.conftest import ROOT


def figures() -> dict[str, str]:
    return {row.what: row.value.removeprefix("$") for row in cost.run()}


def test_every_line_of_a_call_is_counted() -> None:
    predict, authorize, access = (
        log_bytes.of_function("predict"),
        log_bytes.of_function("authorize"),
        log_bytes.of_access(),
    )
    assert 1200 < predict + authorize + access < 1500
    assert (log_bytes.of_function("predict"), log_bytes.of_function("authorize")) == (
        predict,
        authorize,
    )  # a second time
    note = next(row.note for row in cost.run() if row.what == "1 M predictions: CloudWatch Logs")
    assert note.startswith(f"{predict + authorize + access:,} bytes a call")


def test_functions_say_what_is_counted() -> None:
    for name, (words, always, added) in log_bytes.SAID.items():
        source = (ROOT / "functions" / name / "handler.py").read_text()
        assert f'log.info("{words}"' in source
        assert len(re.findall(r"log\.info\(", source)) - source.count('"refused"') == 1
        assert {key for key in [*always, *added] if key not in source} == set()


def test_the_readme_says_what_is_computed() -> None:
    table = (ROOT / "README.md").read_text().partition("## What it costs")[2].partition("## Figures")[0]
    rows = {
        cells[1].strip(): cells[2:4]
        for line in table.splitlines()
        if (cells := line.split("|"))[0] == "" and len(cells) > 4
    }
    told = figures()
    assert rows["idle, a month"][0].strip() == told["idle, a month"]
    assert rows["1 M one-row predictions, spread thin"][0].strip() == told["1 M predictions"]
    assert rows["1 M in a steady stream"][0].strip() == told["1 M predictions, steady"]
    assert f"logs {told['1 M predictions: CloudWatch Logs']} " in rows["1 M one-row predictions, spread thin"][1]

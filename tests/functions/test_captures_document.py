"""What docs/captures.md shows is what lies in the bucket, and its way to read it works."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path

from millrace.domain import digest
from millrace.domain.capture import Recorded
from tests.conftest import ROOT
from tests.events import load

TEXT = (ROOT / "docs/captures.md").read_text()
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
CAPTURES = [Recorded.parse(record["body"]) for record in load("collect-captures")["Records"]]
LINES = [line for each in CAPTURES for line in each.lines]


def block(kind: str) -> str:
    """The first block of code of a kind."""
    return next(found[2] for found in BLOCK.finditer(TEXT) if found[1] == kind)


def test_the_line_and_the_key_are_real() -> None:
    assert json.loads(block("json")) == json.loads(LINES[0])
    key = CAPTURES[0].partition.object_key(LINES[0], digest.of_chunks(line + b"\n" for line in LINES))
    assert block("").splitlines()[1] == key


def test_pandas_reads_it_so(tmp_path: Path) -> None:
    for name in ("one", "two"):  # a row that is there twice is taken once
        hour = tmp_path / "captures" / CAPTURES[0].partition.hour
        hour.mkdir(parents=True, exist_ok=True)
        (hour / f"{name}.jsonl.gz").write_bytes(gzip.compress(b"\n".join(LINES) + b"\n"))
    program = block("python") + "print(table[['inference_id', 'age', 'city']].to_json(orient='values'))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    ids = [json.loads(line)["inference_id"] for line in LINES]
    assert json.loads(done.stdout) == [[ids[0], 30, "Paris"], [ids[1], "41", None], [ids[2], "41", None]]

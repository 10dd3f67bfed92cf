from __future__ import annotations

import io

from rich.console import Console, RenderableType

from millrace.cli.truth import shown, standing
from millrace.domain.run import Failure
from millrace.domain.truth import TruthFile
from millrace.usecases.join_truth import Joined

FAULT = Failure("invalid_truth", "line 3: truth is missing", "send the class's name", "a.csv:3: truth")
WHOLE = Failure("missing_column", "the file has no column 'truth'")


def text(of: RenderableType) -> str:
    out = io.StringIO()
    Console(file=out, width=160).print(of)
    return out.getvalue()


def test_files_are_listed_with_what_became_of_them() -> None:
    files = [
        TruthFile("acme", "iris", "a.csv", "1", "2026-11-24T20:00:00.000Z", rows=5, refused=2, faults=(FAULT, FAULT)),
        TruthFile("acme", "rose", "b.csv", "2", "2026-11-24T19:00:00.000Z", failure=WHOLE),
    ]
    said = text(shown(files))
    for word in ("a.csv", "iris", "5", "2", "invalid_truth", "line 3: truth is missing → send the class's name"):
        assert word in said
    assert "missing_column: the file has no column 'truth'\n" in said.replace(" \n", "\n")


def test_what_truth_came_to_is_told_in_rows() -> None:
    said = text(standing(Joined(("2026-11-24T20",), rows=11, unmatched=22, unreadable=33, left_out=44, damaged=55)))
    assert all(count in said for count in ("11", "22", "33", "44", "55"))

from __future__ import annotations

import pytest

from millrace.cli.arguments import hoisted


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["runs", "list", "--json"], ["--json", "runs", "list"]),
        (["--json", "runs", "list"], ["--json", "runs", "list"]),
        (["runs", "show", "id", "--stage", "dev"], ["--stage", "dev", "runs", "show", "id"]),
        (["train", "x.csv", "--tenant=acme", "--wait"], ["--tenant=acme", "train", "x.csv", "--wait"]),
        (["predict", "m", "--", "--json"], ["predict", "m", "--", "--json"]),
        (["models", "export", "m", "--version", "2"], ["models", "export", "m", "--version", "2"]),
        (["status", "--region"], ["--region", "status"]),
        ([], []),
    ],
)
def test_the_common_options_may_stand_anywhere(given: list[str], expected: list[str]) -> None:
    assert hoisted(given) == expected

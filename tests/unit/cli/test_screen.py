from __future__ import annotations

import json

import pytest

from millrace.cli.screen import Screen
from millrace.domain.access import Tenant
from millrace.domain.errors import Rejected

ERROR = Rejected("no column 'x'", code="unknown_column", field="target", hint="did you mean 'y'?")


def test_json_is_all_there_is_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(as_json=True)
    screen.note("on the way")
    with screen.busy("working"):
        pass
    screen.show(Tenant("é" * 300, "now"), lambda: "for a person")
    told = capsys.readouterr()
    assert json.loads(told.out) == {"created": "now", "name": "é" * 300}
    assert told.out.count("\n") == 1
    assert "on the way" in told.err


def test_a_person_reads_words(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(as_json=False)
    screen.note("on the way")
    screen.show(Tenant("acme", "now"), lambda: "for a person")
    told = capsys.readouterr()
    assert told.out.split("\n") == ["on the way", "for a person", ""]
    assert told.err == ""


def test_an_error_tells_a_person_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(as_json=False).error(ERROR)
    told = capsys.readouterr()
    assert told.out == ""
    for word in ("unknown_column", "no column 'x'", "target", "did you mean 'y'?"):
        assert word in told.err


def test_an_error_tells_a_program_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(as_json=True).error(ERROR)
    told = capsys.readouterr()
    assert told.out == ""
    assert json.loads(told.err)["error"] == {
        "type": "Rejected",
        "code": "unknown_column",
        "message": "no column 'x'",
        "field": "target",
        "hint": "did you mean 'y'?",
    }


def test_somebody_s_markup_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(as_json=False).error(Rejected("[red]x[/] [/nothing]"))
    Screen(as_json=False).line("[bold]line[/bold] [/]")
    told = capsys.readouterr()
    assert "[red]x[/] [/nothing]" in told.err
    assert told.out == "[bold]line[/bold] [/]\n"

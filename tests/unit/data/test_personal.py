from __future__ import annotations

from millrace.data import personal
from millrace.data.inspection import inspect
from millrace.domain.spec import Spec
from tests.admitted import admitted

ROWS = 60
COLUMNS: dict[str, list[object]] = {
    "reach me": [f"somebody{place % 30}@example.com" for place in range(ROWS)],
    "phone": [491710000000 + place for place in range(ROWS)],
    "first_name": [["Anna", "Karl", "Zoë"][place % 3] for place in range(ROWS)],
    "has_email": ["yes", "no"] * 30,
    "surname": ["yes", "no", "yes"] * 20,  # an answer, whatever it is called
    "own_telephone": ["none", "yes"] * 30,
    "street": [place % 7 for place in range(ROWS)],  # no address is a number
    "size": [place * 1.5 for place in range(ROWS)],
    "answer": ["a", "b", "b"] * 20,
}


def test_columns_are_told_by_name_or_values_whether_they_are_used_or_not() -> None:
    found = personal.find(admitted(COLUMNS, Spec(exclude=("reach me",), target="answer")))
    assert {name: each.what for name, each in found.items()} == {
        "reach me": "an e-mail address",
        "phone": "a telephone number",
        "first_name": "a person's name",
    }
    assert found["phone"].why == "its name says so"
    assert found["reach me"].why == "100% of the 30 distinct values looked at are written so"


def test_addresses_in_free_text_are_found() -> None:
    letters = [f"{chr(97 + place % 26)}{chr(97 + place // 26)}" for place in range(ROWS)]
    notes = [f"please write {word} to anna.{word}@example.com {'x' * 10_000}" for word in letters]
    columns: dict[str, list[object]] = {"note": [*notes], "answer": ["a", "b", "b"] * 20}
    found = personal.find(admitted(columns))
    assert {name: each.what for name, each in found.items()} == {"note": "an e-mail address"}


def test_one_address_in_twenty_texts_is_one_too_many() -> None:
    notes: list[object] = []
    notes += [f"called {place} times" for place in range(38)] * 2
    notes += ["mail anna@example.com", "mail karl@example.com"]
    notes *= 2
    columns: dict[str, list[object]] = {"note": notes, "answer": ["a", "b"] * 78}
    assert list(personal.find(admitted(columns))) == ["note"]


def test_a_warning_names_the_column_and_no_value() -> None:
    rows = admitted(COLUMNS, Spec(target="answer"))
    warned = [each for each in inspect(rows, unanswered=0).warned if each.code == "personal_data"]
    assert [each.columns for each in warned] == [("reach me",), ("phone",), ("first_name",)]
    assert not any("somebody" in each.says + each.do or "Anna" in each.says + each.do for each in warned)
    assert "spec.yaml" in warned[0].do

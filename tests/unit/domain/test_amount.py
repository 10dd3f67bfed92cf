from __future__ import annotations

from millrace.domain.amount import counted


def test_numbers_of_things() -> None:
    assert counted(1, "row") == "1 row"
    assert counted(0, "row") == "0 rows"
    assert counted(48842, "row") == "48,842 rows"
    assert counted(2, "class", "classes") == "2 classes"
    assert counted(1, "class", "classes") == "1 class"

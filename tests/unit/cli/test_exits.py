from __future__ import annotations

import pytest

from millrace.cli import exits
from millrace.domain import errors


def every_kind(kind: type[errors.MillraceError] = errors.MillraceError) -> list[type[errors.MillraceError]]:
    return [kind, *(below for child in kind.__subclasses__() for below in every_kind(child))]


@pytest.mark.parametrize("kind", every_kind())
def test_every_error_has_a_documented_code(kind: type[errors.MillraceError]) -> None:
    assert exits.code_for(kind("it")) in set(exits.MEANING) - {exits.OK, exits.INTERRUPTED}


def test_only_an_error_of_no_kind_and_damage_are_ours() -> None:
    broken = {kind for kind in every_kind() if exits.code_for(kind("it")) == exits.BROKEN}
    assert broken == {errors.MillraceError, errors.Corrupt}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.Rejected("it"), 2),
        (errors.NotFound("it"), 3),
        (errors.Denied("it"), 4),
        (errors.Forbidden("it"), 4),
        (errors.Unavailable("it"), 5),
        (errors.Conflict("it"), 6),
        (errors.JobFailed("it"), 1),
    ],
)
def test_codes_are_stable(error: errors.MillraceError, code: int) -> None:
    assert exits.code_for(error) == code

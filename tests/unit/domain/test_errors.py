"""The tree of errors, which its module's docstring draws."""

from __future__ import annotations

import re

import pytest

from millrace.domain import errors
from millrace.domain.errors import InvalidInput, MillraceError, Rejected


def tree() -> list[type[MillraceError]]:
    found: list[type[MillraceError]] = []
    left: list[type[MillraceError]] = [MillraceError]
    while left:
        kind = left.pop()
        found.append(kind)
        left.extend(kind.__subclasses__())
    return [kind for kind in found if kind.__module__ == errors.__name__]


def test_the_docstring_draws_every_error() -> None:
    assert errors.__doc__ is not None
    drawn = set(re.findall(r"─ (\w+)", errors.__doc__)) | {"MillraceError"}
    assert drawn == {kind.__name__ for kind in tree()}


def test_codes_differ() -> None:
    codes = [kind.code for kind in tree()]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("kind", tree(), ids=lambda kind: kind.__name__)
def test_an_error_carries_its_facts(kind: type[MillraceError]) -> None:
    bare, full = kind("so"), kind("so", code="x", field="f", hint="h")
    assert (bare.code, bare.field, bare.hint, str(bare)) == (kind.code, None, None, "so")
    assert (full.code, full.message, full.field, full.hint) == ("x", "so", "f", "h")
    assert kind.code == kind("again").code  # a code of one error is not the class's


def test_a_rejection_is_the_callers() -> None:
    assert issubclass(Rejected, InvalidInput)

"""Every code that a call through the API can be answered with is in the table of docs/errors.md, with its status."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

from millrace.domain import errors
from millrace.domain.errors import Conflict, MillraceError, NotFound, TooLarge, Unavailable
from millrace.edge.codes import CALLS
from millrace.edge.http import STATUS, UNSAID
from stacks.constructs.api import REFUSALS
from tests.imported import PYTHON, files, reached

ENTRANCES = ("millrace.edge.serving", "millrace.edge.tenant_api", "millrace.adapters.uploads")
KINDS = {
    name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, MillraceError)
}
FOREIGN = {Conflict, NotFound, TooLarge, Unavailable}  # the rows of adapters/errors.py
# A call writes no record with numbers, and reads no spec but that of a manifest, which was checked when it was made.
NEVER = {"number_too_long", "invalid_spec"}
ROUTED = {  # made by the edge without an error of ours
    ("internal", "500 server_error"),
    ("method_not_allowed", "405 invalid_request_error"),
    ("no_such_path", "404 invalid_request_error"),
}


def told(kind: type[MillraceError]) -> str:
    """Status and type of an error of this kind."""
    status, name = next(STATUS[ancestor] for ancestor in kind.__mro__ if ancestor in STATUS)
    return f"{status.value} {name}"


def codes(source: Path) -> Iterator[tuple[str, str]]:
    """The codes of the errors that a module makes and a caller is told; a kind's own where none is given."""
    for node in ast.walk(ast.parse(source.read_text())):
        kind = KINDS.get(node.func.id) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None
        if isinstance(node, ast.Call) and kind is not None and kind not in UNSAID:
            given = [each.value for each in node.keywords if each.arg == "code"]
            yield from ((code, told(kind)) for code in (_texts(given[0]) if given else [kind.code]))


def _texts(node: ast.expr) -> Iterator[str]:
    yield from (each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str))


def test_every_code_that_can_be_answered_is_documented_and_every_documented_one_can_be() -> None:
    entrances = [file for name in ENTRANCES for file in files(name)]
    ours = {(code, how) for source in reached(entrances) for code, how in codes(source) if code not in NEVER}
    of_aws = {(kind.code, told(kind)) for kind in FOREIGN if kind not in UNSAID} | {
        ("unexpected", told(MillraceError)),
    }
    gateways = {(code, f"{status} {kind}") for _, status, kind, code, _ in REFUSALS if status is not None}
    assert {(code.name, code.by) for code in CALLS} == ours | of_aws | gateways | ROUTED
    assert {code for _, _, _, code, _ in REFUSALS} <= {code.name for code in CALLS}


def test_the_edges_own_codes_are_in_its_source() -> None:
    source = (PYTHON / "millrace/edge/http.py").read_text()
    assert all(f'"{code}"' in source for code, _ in ROUTED)


def test_a_status_is_one_that_there_is() -> None:
    assert {int(code.by.split()[0]) for code in CALLS} <= {status.value for status in HTTPStatus}

"""Every code that a call through the API can be answered with is in docs/api.md, and nothing else is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from millrace.domain import errors
from millrace.domain.errors import Conflict, MillraceError, NotFound, TooLarge, Unavailable
from millrace.edge.http import STATUS, UNSAID
from stacks.constructs.api import REFUSALS

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / "layers/millrace/python"
ERRORS = (ROOT / "docs/api.md").read_text().split("## Errors")[1].split("## Limits")[0]
ENTRANCES = ("millrace.edge.serving", "millrace.edge.tenant_api", "millrace.adapters.uploads")
KINDS = {
    name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, MillraceError)
}
FOREIGN = {Conflict, NotFound, TooLarge, Unavailable}  # the rows of adapters/errors.py
# A call writes no record with numbers, and reads no spec but that of a manifest, which was checked when it was made.
NEVER = {"number_too_long", "invalid_spec"}
ROUTED = {"internal", "method_not_allowed", "no_such_path"}  # made by the edge without an error of ours
CODES = "".join(row.rpartition(" | ")[2] for row in ERRORS.splitlines() if re.match(r"\| [0-9]", row))


def reached() -> set[Path]:
    """The modules of the library that the functions behind the API import, directly or not."""
    found: set[Path] = set()
    waiting = [path for name in ENTRANCES for path in _files(name)]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("millrace"):
                waiting += _files(str(node.module))
                waiting += [file for alias in node.names for file in _files(f"{node.module}.{alias.name}")]
    return found


def _files(module: str) -> list[Path]:
    path = PYTHON / (module.replace(".", "/") + ".py")
    return [path] if path.exists() else []


def codes(source: Path) -> Iterator[str]:
    """The codes of the errors that a module makes and a caller is told; a kind's own where none is given."""
    for node in ast.walk(ast.parse(source.read_text())):
        kind = KINDS.get(node.func.id) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None
        if isinstance(node, ast.Call) and kind is not None and kind not in UNSAID:
            given = [each.value for each in node.keywords if each.arg == "code"]
            yield from _texts(given[0]) if given else [kind.code]


def _texts(node: ast.expr) -> Iterator[str]:
    yield from (each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str))


def test_every_code_that_can_be_answered_is_documented_and_every_documented_one_can_be() -> None:
    ours = {code for source in reached() for code in codes(source)} - NEVER
    of_aws = {kind.code for kind in FOREIGN if kind not in UNSAID} | {"unexpected"}
    gateways = {code for _, _, _, code, _ in REFUSALS}
    documented = set(re.findall(r"`([a-z_]+)`", CODES)) - {kind for _, kind in STATUS.values()}
    assert documented == ours | of_aws | gateways | ROUTED


def test_the_edges_own_codes_are_in_its_source() -> None:
    source = (PYTHON / "millrace/edge/http.py").read_text()
    assert all(f'"{code}"' in source for code in ROUTED)


def test_every_type_of_the_edges_table_and_of_the_gateway_is_documented() -> None:
    types = set(re.findall(r"^\| [0-9]+ \| `(\w+)` \|", ERRORS, re.MULTILINE))
    assert types == {kind for _, kind in STATUS.values()} | {kind for _, _, kind, _, _ in REFUSALS}

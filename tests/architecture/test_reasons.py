"""What turns a check off, or catches everything, says why on its own line; nothing is left for later."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

import pytest

from tests.architecture.test_sizes import OURS, ROOT

OFF = re.compile(r"# (?:noqa|type: ignore)(?:: [A-Z0-9, ]+|\[[a-z, -]+\])?")
LATER = re.compile(r"\b(?:TODO|FIXME|XXX)\b")
BROAD = {"Exception", "BaseException"}
BARE = {"pytest.mark.skip", "pytest.mark.xfail"}


def lacking(source: str) -> Iterator[str]:
    """The lines, with their numbers, that lack a reason, or put something off."""
    lines, tree = source.splitlines(), ast.parse(source)
    said = {
        token.start[0]: token.string
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    found = {row for row, comment in said.items() if LATER.search(comment)}
    found |= {row for row, comment in said.items() if OFF.search(comment) and not _reason(comment)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type) and not _reason(said.get(node.lineno, "")):
            found.add(node.lineno)
        if isinstance(node, ast.Name) and node.id == "NotImplementedError":
            found.add(node.lineno)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith((".skip", ".xfail")) and not _told(node):
            found.add(node.lineno)
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found |= {each.lineno for each in node.decorator_list if ast.unparse(each) in BARE}
    yield from (f"{row}: {lines[row - 1].strip()}" for row in sorted(found))


def _reason(comment: str) -> str:
    """What a comment says beside the marks that tools read."""
    return OFF.sub("", comment).strip(" #")


def _is_broad(caught: ast.expr | None) -> bool:
    return caught is None or any(isinstance(each, ast.Name) and each.id in BROAD for each in ast.walk(caught))


def _told(call: ast.Call) -> bool:
    return bool(call.args) or any(each.arg == "reason" for each in call.keywords)


# What runs at the root, or writes the documents and the layers, is ours too.
MORE = (ROOT / "app.py", *sorted((ROOT / "docs").glob("*.py")), ROOT / "layers/build.py")


def test_each_says_why() -> None:
    sources = [*OURS, *MORE]
    found = {str(path.relative_to(ROOT)): list(lacking(path.read_text(encoding="utf-8"))) for path in sources}
    assert {path: lines for path, lines in found.items() if lines} == {}


# What follows are texts for `lacking` to read; none of them is run.
@pytest.mark.parametrize(
    "source",
    [
        "try:\n    f()\nexcept Exception:\n    pass\n",
        "try:\n    f()\nexcept (ValueError, BaseException):\n    pass\n",
        "try:\n    f()\nexcept:\n    pass\n",
        "try:\n    f()\nexcept Exception:  # no" + "qa: BLE001\n    pass\n",
        "x = f()  # type" + ": ignore[misc]\n",
        "x = f()  # type" + ": ignore\n",
        "x = f()  # TO" + "DO: later\n",
        "raise NotImplementedError\n",
        "raise NotImplementedError('later')\n",
        "pytest.skip()\n",
        "@pytest.mark.skip\ndef test(): ...\n",
        "@pytest.mark.xfail()\ndef test(): ...\n",
    ],
)
def test_what_says_nothing_is_found(source: str) -> None:
    assert len(list(lacking(source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    f()\nexcept Exception:  # no" + "qa: BLE001  # one must not fail the others\n    pass\n",
        "try:\n    f()\nexcept ValueError:\n    pass\n",
        "x = f()  # type" + ": ignore[misc]  # no" + "qa: E501  # their stub is wrong\n",
        "pytest.skip('no browser here')\n",
        "@pytest.mark.skip(reason='no browser here')\ndef test(): ...\n",
    ],
)
def test_what_says_why_is_not(source: str) -> None:
    assert list(lacking(source)) == []

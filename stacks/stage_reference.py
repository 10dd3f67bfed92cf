"""What docs/deployment.md says of a stage's fields, made from their one definition: types, bounds and comments."""

from __future__ import annotations

import ast
import inspect
import json
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from io import StringIO
from typing import Any

from stacks import stage
from stacks.stage import BACKENDS, BOUNDS, CHOICES, StageConfig

_KINDS = {"int": "whole number", "bool": "`true` or `false`", "str": "text", "tuple[str, ...]": "list of texts"}


def fields_text() -> str:
    """A row for each field of a stage's block, in the order of their definition."""
    said = comments()
    rows = [
        f"| `{each.name}` | {_takes(each.name, str(each.type))} | {_default(each.default)} | {said.get(each.name)} |"
        for each in fields(StageConfig)
        if each.name != "name"
    ]
    return "\n".join(["| field | what it takes | default | meaning |", "|---|---|---|---|", *rows])


def stages_text(stages: Mapping[str, Mapping[str, Any]]) -> str:
    """Where the stages of cdk.json differ from the defaults, a column for each."""
    given = [each.name for each in fields(StageConfig) if any(each.name in block for block in stages.values())]
    rows = [
        f"| `{name}` | {' | '.join(_value(block[name]) if name in block else '' for block in stages.values())} |"
        for name in given
    ]
    return "\n".join([f"| | {' | '.join(f'`{name}`' for name in stages)} |", "|---" * (len(stages) + 1) + "|", *rows])


def comments() -> dict[str, str]:
    """What the comment at each field says, as a sentence's beginning."""
    source = inspect.getsource(stage)
    at = {token.start[0]: token.string for token in _tokens(source) if token.type == tokenize.COMMENT}
    classes = [each for each in ast.parse(source).body if isinstance(each, ast.ClassDef)]
    [defined] = [each for each in classes if each.name == StageConfig.__name__]
    found = {}
    for node in defined.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            found[node.target.id] = " ".join(at[line].lstrip("# ") for line in lines if line in at)
    return found


def _tokens(source: str) -> Iterator[tokenize.TokenInfo]:
    return tokenize.generate_tokens(StringIO(source).readline)


def _takes(name: str, kind: str) -> str:
    if name == "backends":
        return f"list of {', '.join(f'`{each}`' for each in BACKENDS)}"
    if name in CHOICES:
        return ", ".join(f"`{choice}`" if isinstance(choice, str) else str(choice) for choice in CHOICES[name])
    if name in BOUNDS:
        return f"{BOUNDS[name][0]:,} to {BOUNDS[name][1]:,}"
    return _KINDS[kind]


def _default(value: object) -> str:
    return "none: it must be given" if value is MISSING else _value(value)


def _value(value: object) -> str:
    return f"`{json.dumps(list(value) if isinstance(value, tuple) else value)}`"

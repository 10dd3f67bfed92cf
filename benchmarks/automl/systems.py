"""Who is compared: each a program under one protocol, with what tells that its figures are out of date."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from packaging.requirements import Requirement

from benchmarks import peers
from benchmarks.automl.datasets import Field
from benchmarks.job import ROOT
from millrace.domain import digest

PEERS = "automl-peers"
PROGRAMS = "benchmarks/automl/programs"
LIBRARY = "layers/millrace/python/millrace"
TABULAR = frozenset({Field.TABULAR})


@dataclass(frozen=True, slots=True)
class System:
    """`module` answers questions after `arguments`; `code` and the locked `packages` of `lock` say what it does.

    One that is not `budgeted` takes the time that it takes, so one cell stands at every budget.
    """

    name: str
    module: str
    packages: tuple[str, ...]
    arguments: tuple[str, ...] = ()
    lock: str = PEERS
    code: tuple[str, ...] = ()
    fields: frozenset[Field] = TABULAR
    budgeted: bool = False
    ranked: bool = True


def _peer(
    name: str,
    program: str,
    *packages: str,
    arguments: tuple[str, ...] = (),
    fields: frozenset[Field] = TABULAR,
    budgeted: bool = False,
    ranked: bool = True,
    more: tuple[str, ...] = (),
) -> System:
    module = f"benchmarks.automl.programs.{program}"
    code = tuple(f"{PROGRAMS}/{each}.py" for each in (program, "tables", "asked", *more))
    return System(name, module, packages, arguments, PEERS, code, fields, budgeted, ranked)


_GLUED = ("autogluon-tabular", "lightgbm", "xgboost-cpu", "xgboost", "catboost", "scikit-learn")
OURS = System(
    "millrace",
    "benchmarks.automl.ours",
    ("lightgbm", "xgboost", "xgboost-cpu", "catboost", "scikit-learn", "optuna", "numpy", "onnx", "onnxruntime"),
    lock="dev",
    code=(
        *(f"{LIBRARY}/{part}" for part in ("learning", "data", "evaluation")),
        "benchmarks/automl/ours.py",
        "benchmarks/automl/ablation.py",
        f"{PROGRAMS}/asked.py",
        f"{PROGRAMS}/order.py",
    ),
    fields=frozenset(Field),
    budgeted=True,
)
LARGE = frozenset({Field.LARGE, Field.TABULAR})
TOLD_ORDER = ("order",)  # of those that can be told that rows stand in the order of time
_PEERS = (
    _peer("linear", "linear", "scikit-learn"),
    _peer("random-forest", "forest", "scikit-learn"),
    _peer("lightgbm", "lightgbm", "lightgbm", arguments=("plain",)),
    _peer("lightgbm-stopped", "lightgbm", "lightgbm", arguments=("stopped",), fields=LARGE, ranked=False),
    _peer("xgboost", "xgboost", "xgboost-cpu", "xgboost"),
    _peer("catboost", "catboost", "catboost", more=TOLD_ORDER),
    _peer(
        "flaml", "flaml", "flaml", "lightgbm", "xgboost-cpu", "xgboost", "scikit-learn", budgeted=True, more=TOLD_ORDER
    ),
    _peer("autogluon-medium", "autogluon", *_GLUED, arguments=("medium_quality",), budgeted=True),
    _peer("autogluon-best", "autogluon", *_GLUED, arguments=("best_quality",), budgeted=True),
    _peer("tfidf-linear", "tfidf", "scikit-learn", fields=frozenset({Field.TEXT}), budgeted=True),
)
SYSTEMS: Mapping[str, System] = {system.name: system for system in (OURS, *_PEERS)}


@cache
def identity(system: System) -> Mapping[str, str]:
    """Versions of its packages, and a digest of its code; figures of another identity are out of date."""
    locked = pins(peers.lock(system.lock).read_text())
    return {
        **{name: locked[name] for name in system.packages if name in locked},
        "code": code_digest([ROOT / part for part in system.code])[:16],
    }


def pins(lock: str) -> Mapping[str, str]:
    """The versions that a lock file has for this machine's Python."""
    found = {}
    for line in re.findall(r"^([a-z0-9][^\\\n]*==[^\\\n]*)", lock, flags=re.MULTILINE):
        requirement = Requirement(line.strip())
        if requirement.marker is None or requirement.marker.evaluate():
            found[requirement.name] = str(requirement.specifier).removeprefix("==")
    return found


def code_digest(parts: Sequence[Path]) -> str:
    """Of what files and folders of Python do: comments, documentation and layout don't count."""
    files = [file for part in parts for file in (sorted(part.rglob("*.py")) if part.is_dir() else [part])]
    return digest.of_value([[file.name, ast.dump(_bare(file))] for file in files])


def _bare(file: Path) -> ast.Module:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [each for each in node.body if not _is_text(each)]
    return tree


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )

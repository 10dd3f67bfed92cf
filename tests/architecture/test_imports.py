"""The law of direction: what import-linter can't see, and that its contracts cover every package and bite."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FUNCTIONS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/handler.py"))
ENTRIES = sorted({path.parent.name for path in (ROOT / "functions").glob("*/*.py")})
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
LIBRARY = ROOT / "layers" / "millrace" / "python" / "millrace"
PACKAGES = {f"millrace.{path.parent.name}" for path in LIBRARY.glob("*/__init__.py")}
PACKAGES |= {f"millrace.{path.stem}" for path in LIBRARY.glob("*.py") if path.stem != "__init__"}
FOUNDATIONS = [
    *sorted((LIBRARY / "domain").rglob("*.py")),
    *sorted((LIBRARY / "ports").rglob("*.py")),
    LIBRARY / "settings.py",
]
ONLY_IN = {  # contract: what it keeps, and the only packages that may import it
    "boto3": ({"boto3", "botocore"}, {"adapters", "local"}),
    "powertools": ({"aws_lambda_powertools"}, {"edge"}),
    "runtimes": ({"onnxruntime", "PIL", "tokenizers"}, {"inference", "learning"}),  # learning.parity, and no other
    "rows": ({"pyarrow", "pandas"}, {"data", "learning", "evaluation"}),
    "learners": (
        {"sklearn", "lightgbm", "xgboost", "catboost", "optuna", "scipy", "torch", "onnx"},
        {"learning", "evaluation"},
    ),
}
HANDLER_MAY_IMPORT = {"millrace", "aws_lambda_powertools", "__future__"} | set(sys.stdlib_module_names)


def imports_of(source: Path) -> set[str]:
    """Every absolute module named by an import statement of the file, wherever it stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source.relative_to(ROOT)}:{node.lineno} imports relatively"
            found.add(node.module or "")
    return found


def test_the_whole_law_is_in_force() -> None:
    laws = {"house", "below-the-edge", "pure", "training", "serving", "control", "cdk", "stacks", "domain"}
    assert {contract["id"] for contract in CONTRACTS} == laws | set(ONLY_IN)
    (house,) = [contract for contract in CONTRACTS if contract["id"] == "house"]
    floors = {floor for layer in house["layers"] for floor in layer.split(" | ")}
    assert {f"millrace.{floor}" for floor in floors} == PACKAGES


def test_there_are_functions_to_check() -> None:
    assert {"ingest", "admit", "gate", "register", "deploy", "notify", "authorize", "predict", "control"} <= set(
        FUNCTIONS
    )


@pytest.mark.parametrize("function", ENTRIES)
def test_a_function_imports_the_library_and_powertools_only(function: str) -> None:
    for source in (ROOT / "functions" / function).rglob("*.py"):
        tops = {name.split(".")[0] for name in imports_of(source)}
        assert tops <= HANDLER_MAY_IMPORT, f"{source.relative_to(ROOT)} imports {sorted(tops - HANDLER_MAY_IMPORT)}"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_handler_is_at_most_forty_lines(function: str) -> None:
    assert len((ROOT / "functions" / function / "handler.py").read_text().splitlines()) <= 40


@pytest.mark.parametrize("source", FOUNDATIONS, ids=lambda path: str(path.relative_to(LIBRARY)))
def test_the_foundations_are_standard_library_only(source: Path) -> None:
    tops = {name.split(".")[0] for name in imports_of(source)}
    assert tops <= sys.stdlib_module_names | {"millrace"}


@pytest.mark.parametrize("contract", ONLY_IN)
def test_a_library_is_forbidden_everywhere_but_in_its_packages(contract: str) -> None:
    libraries, allowed = ONLY_IN[contract]
    (found,) = [each for each in CONTRACTS if each["id"] == contract]
    assert set(found["forbidden_modules"]) == libraries
    free = {f"millrace.{name}" for name in allowed} - set(found["source_modules"])
    assert set(found["source_modules"]) | free == PACKAGES | {"stacks"}
    assert len(found.get("ignore_imports", [])) == len(allowed) - len(free)  # one module of a package, by name


def test_a_wrong_import_is_caught(tmp_path: Path) -> None:
    """The contracts bite: a domain module that imports an adapter breaks them."""
    assert any(contract["type"] == "layers" and contract["exhaustive"] for contract in CONTRACTS)
    package = tmp_path / "millrace"
    for floor in ("domain", "adapters"):
        (package / floor).mkdir(parents=True)
        (package / floor / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "domain" / "wrong.py").write_text("import millrace.adapters\n")
    (tmp_path / "lint.toml").write_text(
        '[tool.importlinter]\nroot_packages = ["millrace"]\n[[tool.importlinter.contracts]]\nname = "house"\n'
        'type = "layers"\ncontainers = ["millrace"]\nexhaustive = true\nlayers = ["adapters", "domain"]\n'
    )
    lint = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--config", "lint.toml", "--no-cache"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert lint.returncode == 1
    assert "millrace.domain.wrong -> millrace.adapters" in lint.stdout

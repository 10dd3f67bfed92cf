"""Synthesis is plain construction: no network, no credentials, no Docker, no git; and its templates are sound."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from stacks.constructs.layers import NOT_FOR_FUNCTIONS
from tests.stacks.conftest import CONTEXT, NODE, ROOT, STAGES
from tests.stacks.templates import PARTS, Templates

# Both processes that synthesis consists of refuse to open a connection or to look up a name.
NO_NETWORK_IN_PYTHON = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        raise OSError(f"synthesis reached for the network: {event}")
sys.addaudithook(refuse)
"""
NO_NETWORK_IN_NODE = """
const refuse = () => { process.stderr.write('synthesis reached for the network'); process.exit(97); };
require('net').Socket.prototype.connect = refuse;
require('dns').lookup = refuse;
"""
SYNTHESIZE = """
import sys
from pathlib import Path
from aws_cdk import App
from stacks.composition import compose
from stacks.folders import Folders
from stacks.stage import StageConfig
app, empty = App(), Path(sys.argv[1])
compose(app, StageConfig.read(app.node.try_get_context("stages"), "prod"), Folders(base=empty, inference=empty))
app.synth()
"""


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing can be found but node, and node has no network."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "node").symlink_to(NODE)
    block = tmp_path / "block.js"
    block.write_text(NO_NETWORK_IN_NODE)
    home = tmp_path / "home"
    home.mkdir()
    return {
        "PATH": str(programs),
        "HOME": str(home),
        "NODE_OPTIONS": f"--require {block}",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "layers/millrace/python")]),
        "CDK_CONTEXT_JSON": json.dumps(CONTEXT),
        "CDK_OUTDIR": str(tmp_path / "out"),
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(
            Path.home() / ".cache/aws/jsii/package-cache"
        ),  # unpacked once is enough
    }


def run(arguments: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], env=env, cwd=ROOT, capture_output=True, text=True, check=False)


def test_synthesis_needs_nothing_but_python_and_node(bare: dict[str, str], tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    done = run(["-c", NO_NETWORK_IN_PYTHON + SYNTHESIZE, str(empty)], bare)
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "out").glob("*.template.json"))) == len(PARTS)


def test_the_network_would_have_been_noticed(bare: dict[str, str]) -> None:
    reach = "import socket; socket.create_connection(('127.0.0.1', 9))"
    assert "reached for the network" in run(["-c", NO_NETWORK_IN_PYTHON + reach], bare).stderr
    node = subprocess.run(
        [bare["PATH"] + "/node", "-e", "require('net').connect(9)"], env=bare, capture_output=True, check=False
    )
    assert node.returncode == 97


def test_nothing_is_looked_up(templates: Templates) -> None:
    assert "missing" not in templates.manifest


def test_a_wrong_stage_is_refused_in_one_line(bare: dict[str, str]) -> None:
    stages = CONTEXT["stages"] | {"dev": CONTEXT["stages"]["dev"] | {"log_retention_days": 31}}
    done = run(["app.py"], bare | {"CDK_CONTEXT_JSON": json.dumps(CONTEXT | {"stages": stages, "stage": "dev"})})
    assert done.returncode == 1
    assert done.stderr.startswith("millrace: stages.dev.log_retention_days: expected one of 1, 3, 5,")
    assert done.stderr.endswith("got 31\n")


def test_templates_are_sound(assemblies: Callable[[str], Path]) -> None:
    templates = [str(path) for stage in STAGES for path in sorted(assemblies(stage).glob("*.template.json"))]
    assert len(templates) == len(PARTS) * len(STAGES)
    lint = subprocess.run(
        [Path(sys.executable).with_name("cfn-lint"), "--non-zero-exit-code", "informational", *templates],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert lint.returncode == 0, lint.stdout


def assets(assembly: Path) -> list[Path]:
    return [path for path in assembly.iterdir() if path.name.startswith("asset.")]


def test_our_library_ships_without_what_functions_never_use(assemblies: Callable[[str], Path]) -> None:
    (library,) = [path for path in assets(assemblies("local")) if (path / "python" / "millrace").is_dir()]
    shipped = {path.name for path in (library / "python" / "millrace").iterdir() if path.is_dir()}
    present = {path.name for path in (ROOT / "layers/millrace/python/millrace").iterdir() if path.is_dir()}
    assert set(NOT_FOR_FUNCTIONS) <= present
    assert shipped == present - set(NOT_FOR_FUNCTIONS) - {"__pycache__"}


def test_assets_hold_nothing_that_a_machine_left_behind(assemblies: Callable[[str], Path]) -> None:
    found = [path for path in assets(assemblies("local")) if path.is_dir()]
    assert found
    for pattern in ("__pycache__", "*.pyc", "*.egg-info"):
        assert [str(hit) for path in found for hit in path.rglob(pattern)] == []


def test_each_function_ships_its_folder_only(assemblies: Callable[[str], Path]) -> None:
    handlers = {path.read_text() for path in (ROOT / "functions").glob("*/handler.py")}
    shipped = [path for path in assets(assemblies("clouds")) if (path / "handler.py").exists()]
    assert {(path / "handler.py").read_text() for path in shipped} == handlers

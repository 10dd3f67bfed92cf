"""Every stage of cdk.json, synthesized once per session, with empty folders for the layers that make builds."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.stacks.templates import PARTS, Templates

ROOT = Path(__file__).parents[2]
CONTEXT: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]
# Two stages that cdk.json has not, which run the training image: every test of a template is one of theirs too.
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/millrace/train:1"
CONTEXT["stages"] |= {
    "clouds": CONTEXT["stages"]["dev"] | {"backends": ["batch", "sagemaker", "worker"], "job_image": IMAGE},
    "private": CONTEXT["stages"]["dev"]
    | {
        "backends": ["worker", "batch"],
        "job_image": IMAGE,
        "batch_network": "private",
        "job_spot": False,
        "job_gpus": 1,
        "job_wait_minutes": 30,
        "job_timeout_minutes": 120,
    },
}
STAGES = sorted(CONTEXT["stages"])
NODE = Path(sys.executable).with_name("node")
if NODE.exists():
    os.environ.setdefault("JSII_NODE", str(NODE))  # a test run need not have the virtual environment on its PATH


@pytest.fixture(scope="session")
def assemblies(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a stage's synthesized assembly."""

    @cache
    def synthesize(stage: str) -> Path:
        return synthesized_to(tmp_path_factory.mktemp(stage), stage)

    return synthesize


def synthesized_to(folder: Path, stage: str, **otherwise: Any) -> Path:
    """Synthesize a stage, with some fields of its configuration `otherwise`; the assembly's folder."""
    from aws_cdk import App  # it starts a process, so only where it is needed

    from stacks.composition import compose
    from stacks.folders import Folders
    from stacks.stage import StageConfig

    (empty := folder / "layer").mkdir()
    app = App(context=CONTEXT, outdir=str(folder / "out"))
    block = CONTEXT["stages"][stage] | otherwise
    compose(app, StageConfig.read({stage: block}, stage), Folders(base=empty, inference=empty))
    return Path(app.synth().directory)


@pytest.fixture(scope="session")
def synthesized(assemblies: Callable[[str], Path]) -> Callable[[str], Templates]:
    """A stage's templates."""

    @cache
    def read(stage: str) -> Templates:
        folder = assemblies(stage)
        parts = {part: json.loads((folder / f"millrace-{stage}-{part}.template.json").read_text()) for part in PARTS}
        return Templates(stage, parts, json.loads((folder / "manifest.json").read_text()))

    return read


@pytest.fixture(params=STAGES)
def templates(request: pytest.FixtureRequest, synthesized: Callable[[str], Templates]) -> Templates:
    """The templates of each stage in turn."""
    return synthesized(request.param)

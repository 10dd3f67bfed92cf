"""Each function starts with only its own asset, its declared layers and what Lambda's runtime brings.

The embedded cloud runs functions with this machine's interpreter and sees what is installed here, so only this test
shows that a layer is complete.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App

from millrace.local import host
from stacks.composition import compose
from stacks.folders import Folders
from stacks.stage import StageConfig

ROOT = Path(__file__).parents[2]
FUNCTIONS = (
    *("ingest", "admit", "diagnose", "gate", "register", "deploy", "notify", "reconcile"),
    *("authorize", "predict", "control"),
    *("collect", "label", "detect_drift", "retrain"),
)
RUNTIME_BRINGS = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six.py")
NEVER = {
    *("pandas", "pyarrow", "sklearn", "scipy", "lightgbm", "xgboost", "catboost", "optuna", "onnx", "torch"),
    *("millrace.learning", "millrace.data"),
}
PROBE = """
import json, sys
import handler
assert callable(handler.handler)
print(json.dumps(sorted(sys.modules)))
"""


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Mapping[str, Any]]:
    """By function: the folders that Lambda would mount, and the environment's variables."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    # This machine's, since this interpreter starts them, whatever the stage names.
    everywhere = {"backends": ["worker", "batch"], "job_image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/train:1"}
    stage = StageConfig.read({"local": context["stages"]["local"] | everywhere}, "local")  # with every function
    stage = replace(stage, python=host.PYTHON, architecture=host.ARCHITECTURE)
    subprocess.run([sys.executable, "layers/build.py", "--host"], cwd=ROOT, check=True, capture_output=True)
    app = App(outdir=str(tmp_path_factory.mktemp("assembly")), context=context)
    stacks = compose(app, stage, Folders.built(stage))
    out = Path(app.synth().directory)
    found: dict[str, Mapping[str, Any]] = {}
    for stack in stacks:
        resources = json.loads((out / f"{stack.stack_name}.template.json").read_text())["Resources"]
        for resource in resources.values():
            if resource["Type"] == "AWS::Lambda::Function":
                properties = resource["Properties"]
                layers = [resources[layer["Ref"]]["Properties"]["Content"] for layer in properties["Layers"]]
                variables = properties["Environment"]["Variables"]
                found[variables["POWERTOOLS_SERVICE_NAME"]] = {
                    "code": folder(out, properties["Code"]),
                    "layers": [folder(out, layer) / "python" for layer in layers],
                    "env": {name: value if isinstance(value, str) else "given" for name, value in variables.items()},
                }
    return found


def folder(out: Path, content: Mapping[str, str]) -> Path:
    """The asset's folder, from the key it will have in the asset bucket."""
    return out / f"asset.{content['S3Key'].removesuffix('.zip')}"


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Lambda's Python runtime has beside the standard library."""
    place = tmp_path_factory.mktemp("runtime")
    for name in RUNTIME_BRINGS:
        spec = find_spec(name.removesuffix(".py"))
        assert spec is not None
        assert spec.origin is not None
        (place / name).symlink_to(Path(spec.origin) if name.endswith(".py") else Path(spec.origin).parent)
    return place


def test_every_function_is_known(assets: dict[str, Mapping[str, Any]]) -> None:
    assert set(assets) == set(FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_starts_with_its_layers_alone(function: str, assets: dict[str, Mapping[str, Any]], runtime: Path) -> None:
    asset = assets[function]
    path = [str(asset["code"]), *map(str, asset["layers"]), str(runtime)]
    start = f"import sys; sys.path[:0] = {path!r}\n{PROBE}"
    lambda_env = {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_LAMBDA_FUNCTION_NAME": function}
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", "-c", start],
        env={**asset["env"], **lambda_env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    loaded = set(json.loads(result.stdout.splitlines()[-1]))
    assert loaded & NEVER == set()
    if function not in {"predict", "detect_drift"}:
        assert loaded & {"numpy", "onnxruntime"} == set()


def test_a_missing_layer_is_noticed(assets: dict[str, Mapping[str, Any]], runtime: Path) -> None:
    """The check has teeth: without its third-party layer a function does not start."""
    asset = assets["ingest"]
    start = f"import sys; sys.path[:0] = {[str(asset['code']), str(runtime)]!r}\n{PROBE}"
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", start], env=dict(asset["env"]), capture_output=True, text=True, check=False
    )
    assert "ModuleNotFoundError" in result.stderr

"""What is measured in a clean interpreter needs only what the function's layers have."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import ROOT

LACKING = ("pytest", "hypothesis", "onnx", "sklearn", "lightgbm", "pandas")
CODE = f"import sys; sys.modules.update(dict.fromkeys({LACKING})); import benchmarks.served"


def test_the_function_under_measure_needs_nothing_that_its_layers_lack() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

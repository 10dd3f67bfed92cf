"""The handler of `predict` alone: what a clean interpreter with the function's layers, and nothing else, can import."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

from millrace.settings import PredictSettings

HANDLER = Path(__file__).parents[2] / "functions/predict/handler.py"
SETTINGS = PredictSettings(
    stage="test",
    registry_table="registry",
    artifact_bucket="artifacts",
    capture_bucket="captures",
    capture_queue_url="https://queue",
    session_bytes=10**8,
    alias_seconds=2,
)


def imported() -> ModuleType:
    """Import the handler as Lambda does, once the environment holds its settings."""
    spec = importlib.util.spec_from_file_location("predict_handler", HANDLER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

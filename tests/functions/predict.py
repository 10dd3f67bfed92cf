"""The real handler of `predict`, over a registry in memory."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from millrace.edge import telemetry
from millrace.edge.serving import serving_api
from millrace.settings import PredictSettings
from tests.fakes.captures import FakeCaptures
from tests.shelf import Shelf

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


@dataclass
class Predict:
    """The function, and what it serves."""

    shelf: Shelf
    module: ModuleType
    captures: FakeCaptures

    def handler(self, event: dict[str, Any], context: object) -> dict[str, Any]:
        """Call the function."""
        answer: dict[str, Any] = self.module.handler(event, context)
        return answer


def imported() -> ModuleType:
    """Import the handler as Lambda does, once the environment holds its settings."""
    spec = importlib.util.spec_from_file_location("predict_handler", HANDLER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def deployed(monkeypatch: pytest.MonkeyPatch, shelf: Shelf | None = None) -> Predict:
    """Import the handler as Lambda does, then put `shelf` (one served model by default) where its adapters were."""
    for name, value in SETTINGS.to_env().items():
        monkeypatch.setenv(name, value)
    module = imported()
    if shelf is None:
        shelf = Shelf()
        shelf.register()
        shelf.point(1)
    captures = FakeCaptures()
    models = shelf.open_models(on_found=partial(telemetry.learn, module.log))
    monkeypatch.setattr(module, "api", serving_api(models, captures, module.log))
    return Predict(shelf, module, captures)

"""The real handler of `predict`, over a registry in memory."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

import pytest

from millrace.edge import telemetry
from millrace.edge.serving import serving_api
from tests.fakes.captures import FakeCaptures
from tests.functions.bare_predict import SETTINGS, imported
from tests.shelf import Shelf


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

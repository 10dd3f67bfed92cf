"""The predict function with one model behind it: its real handler, over a registry and blobs in memory."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from millrace.adapters import documents
from millrace.adapters.clock import SystemClock
from millrace.domain.capture import Capture
from millrace.domain.manifest import Manifest
from millrace.domain.model import CHAMPION, AliasMove, ModelVersion
from millrace.edge.serving import serving_api
from millrace.inference.sessions import Recent
from millrace.ports import Captures
from millrace.usecases.open_model import OpenModels
from millrace.usecases.resolve_version import Versions
from tests.fakes.blobs import FakeBlobs
from tests.fakes.models import FakeModels
from tests.functions.bare_predict import SETTINGS, imported

TENANT, MODEL, CREATED = "bench", "credit", "2026-01-01T00:00:00.000Z"

Handler = Callable[[dict[str, Any], object], dict[str, Any]]


class Unrecorded:
    """Implements ports.Captures, for what is measured without recording: `benchmarks.capture` measures that."""

    def record(self, capture: Capture) -> None:
        """Nothing."""


def handler(model: bytes, manifest: bytes, captures: Captures | None = None) -> Handler:
    """The function's handler, imported as Lambda does, serving these two files as champion; its log goes nowhere."""
    os.environ.update(SETTINGS.to_env() | {"AWS_DEFAULT_REGION": "us-east-1"})
    module = imported()
    module.log.registered_handler.setStream(Path(os.devnull).open("w"))  # noqa: SIM115  # for the process's life
    vars(module)["api"] = serving_api(open_models(model, manifest), captures or Unrecorded(), module.log)
    answer: Handler = module.handler
    return answer


def open_models(model: bytes, manifest: bytes) -> OpenModels:
    """One model with one version, which the champion points at."""
    models, blobs, clock = FakeModels(), FakeBlobs(), SystemClock()
    digests = [blobs.put(TENANT, content) for content in (model, manifest)]
    models.register(
        ModelVersion(
            tenant=TENANT,
            model=MODEL,
            number=1,
            run_id="0" * 32,
            model_digest=digests[0],
            manifest_digest=digests[1],
            report_digest="0" * 64,
            model_size=len(model),
            metrics={},
            accepted=True,
            created=CREATED,
        )
    )
    models.move(AliasMove(TENANT, MODEL, CHAMPION, 1, None, 1, CREATED, "bench", ""))
    return OpenModels(
        versions=Versions(models, clock, SETTINGS.alias_seconds),
        blobs=blobs,
        clock=clock,
        sessions=Recent(SETTINGS.session_bytes),
        read_manifest=partial(documents.load, Manifest),
        on_kept=lambda *_: None,
    )


def event(rows: Sequence[Mapping[str, object]]) -> dict[str, Any]:
    """A call for predictions, as API Gateway hands it over."""
    path = f"/models/{MODEL}/predict"
    headers = {"content-type": "application/json", "accept": "*/*"}
    return {
        "resource": "/models/{proxy+}",
        "path": path,
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "requestContext": {
            "stage": "api",
            "path": f"/api{path}",
            "authorizer": {"tenant": TENANT, "key_id": "0" * 16, "scopes": "infer"},
        },
        "body": json.dumps({"rows": rows}),
        "isBase64Encoded": False,
    }

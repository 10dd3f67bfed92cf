"""The data plane: routes on one side, ports joined to adapters on the other."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from functools import partial

from aws_lambda_powertools import Logger

import millrace
from millrace.adapters import documents
from millrace.adapters.blobs import S3Blobs
from millrace.adapters.capture_store import S3CaptureStore
from millrace.adapters.captures import SqsCaptures
from millrace.adapters.clock import SystemClock
from millrace.adapters.models import DynamoModels
from millrace.adapters.session import Clients
from millrace.domain import inference_id
from millrace.domain.access import Scope
from millrace.domain.errors import MillraceError, TooLarge
from millrace.domain.manifest import Manifest
from millrace.domain.model import CHAMPION, ModelAddress, ModelVersion
from millrace.domain.schema import Schema
from millrace.edge import answers, limits, telemetry
from millrace.edge.http import Api, Call, ErrorLog, Reply
from millrace.inference import columns
from millrace.inference.sessions import Recent
from millrace.ports import Captures
from millrace.protocol import oip, rows
from millrace.settings import PredictSettings
from millrace.usecases.capture import capture
from millrace.usecases.open_model import OpenModels
from millrace.usecases.predict import predict
from millrace.usecases.resolve_version import Versions


class Serving:
    """What the data plane's routes answer."""

    def __init__(self, models: OpenModels, captures: Captures) -> None:
        self._models, self._captures = models, captures

    def predict_rows(self, call: Call) -> object:
        """POST /models/{model}[/versions/{version}]/predict. Predictions for records."""
        written = rows.parse(call.json(), limits.ROWS)
        answer = predict(self._models, _address(call), partial(_arranged, written=written), _new_id())
        said = answers.predictions(answer)
        recorded = partial(capture, answer, written.__getitem__, lambda: said, self._captures)
        return Reply(answers.as_rows(answer, said), first=recorded)

    def infer(self, call: Call) -> object:
        """POST /v2/models/{model}[/versions/{version}]/infer. Predictions for tensors."""
        oip.refuse_binary(call.headers)
        request = oip.parse(call.json())
        named = request.columns(limits.ROWS)
        answer = predict(self._models, _address(call), partial(columns.from_named, named=named), _new_id())
        said = partial(answers.predictions, answer)
        recorded = partial(capture, answer, partial(_row_of, named), said, self._captures)
        return Reply(answers.as_tensors(answer, request), first=recorded)

    def model_metadata(self, call: Call) -> object:
        """GET /v2/models/{model}[/versions/{version}]. A model's inputs and outputs."""
        opened = self._models.open(_address(call))
        return answers.metadata(opened.version.model, opened.version.number, opened.model.schema)

    def model_ready(self, call: Call) -> object:
        """GET /v2/models/{model}[/versions/{version}]/ready. Whether it loads; loads it."""
        opened = self._models.open(_address(call))
        return {"name": opened.version.model, "ready": True}

    def server_metadata(self, _: Call) -> object:
        """GET /v2. What this server is, in the Open Inference Protocol."""
        return oip.server_metadata(millrace.__version__)

    def server_live(self, _: Call) -> object:
        """GET /v2/health/live. Whether it is there."""
        return {"live": True}

    def server_ready(self, _: Call) -> object:
        """GET /v2/health/ready. Whether it has all that it needs; models load when they are asked for."""
        return {"ready": True}


def serving_api(models: OpenModels, captures: Captures, log: ErrorLog) -> Api:
    """The data plane's routes over `models`, whose answers go to `captures`. Every one needs the scope `infer`."""
    api, serving = Api(log, body_bytes=limits.PREDICT_BODY_BYTES), Serving(models, captures)
    for rule, handler in (
        ("/v2", serving.server_metadata),
        ("/v2/health/live", serving.server_live),
        ("/v2/health/ready", serving.server_ready),
    ):
        api.get(rule, scope=Scope.INFER)(handler)
    for version in ("", "/versions/<version>"):
        api.get(f"/v2/models/<model>{version}", scope=Scope.INFER)(serving.model_metadata)
        api.get(f"/v2/models/<model>{version}/ready", scope=Scope.INFER)(serving.model_ready)
        api.post(f"/v2/models/<model>{version}/infer", scope=Scope.INFER)(serving.infer)
        api.post(f"/models/<model>{version}/predict", scope=Scope.INFER)(serving.predict_rows)
    return api


def function_api(settings: PredictSettings, clients: Clients, log: Logger) -> Api:
    """The same, joined to the stage."""
    store = S3CaptureStore(clients.s3(), settings.capture_bucket)
    captures = SqsCaptures(clients.sqs(), settings.capture_queue_url, store, partial(log_refused, log))
    return serving_api(open_models(settings, clients, log), captures, log)


def open_models(settings: PredictSettings, clients: Clients, log: Logger) -> OpenModels:
    """The models of the stage, read from the registry and the artifact bucket."""
    clock = SystemClock()
    return OpenModels(
        versions=Versions(DynamoModels(clients.dynamodb(), settings.registry_table), clock, settings.alias_seconds),
        blobs=S3Blobs(clients.s3(), settings.artifact_bucket),
        clock=clock,
        sessions=Recent(settings.session_bytes),
        read_manifest=partial(documents.load, Manifest),
        on_kept=partial(log_kept, log),
        on_found=partial(telemetry.learn, log),
    )


def log_kept(log: Logger, wanted: ModelVersion, kept: ModelVersion, error: MillraceError) -> None:
    """Write that an alias was not followed: the version it points at can't be loaded."""
    told = {"model": wanted.model, "wanted": wanted.number, "kept": kept.number, "code": error.code}
    log.error("a new champion can't be loaded; the one before keeps serving", extra={"tenant": wanted.tenant, **told})


def log_refused(log: Logger, error: MillraceError) -> None:
    """Write that the queue did not take a capture, and the bucket was to."""
    log.warning("the capture queue refused a message", extra={"code": error.code})


def _new_id() -> str:
    return inference_id.make(time.time_ns() // 1_000_000, os.urandom(inference_id.RANDOM_BYTES))


def _row_of(named: Mapping[str, Sequence[object]], number: int) -> Mapping[str, object]:
    return {name: values[number] for name, values in named.items()}


def _arranged(schema: Schema, written: list[dict[str, object]]) -> columns.Columns:
    """The rows as columns. Raises TooLarge where few bytes would take much memory, as fields that are absent do."""
    cells = len(written) * len(schema.features)
    if cells > limits.CELLS:
        raise TooLarge(
            f"{len(written)} rows of this model's {len(schema.features)} columns are {cells} values; "
            f"{limits.CELLS} at most",
            code="too_many_values",
            field="rows",
            hint=f"send {limits.CELLS // len(schema.features)} rows per call",
        )
    return columns.from_rows(schema, written)


def _address(call: Call) -> ModelAddress:
    return ModelAddress(call.caller.tenant, call.path["model"], call.path.get("version", CHAMPION))

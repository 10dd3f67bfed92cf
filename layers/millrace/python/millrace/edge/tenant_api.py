"""The tenants' API beside inference: uploads, truth, runs, models, keys. Each call sees its own tenant and no other."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from http import HTTPStatus

from millrace.domain.access import Scope
from millrace.domain.errors import InvalidInput
from millrace.domain.suggestion import shown
from millrace.edge import limits
from millrace.edge.http import Api, Call, ErrorLog, Reply
from millrace.ports import Clock, Delivery, Keys, Models, Runs, Uploads
from millrace.protocol import resources, truth
from millrace.usecases.issue_key import Entropy, KeyRequest, issue_key, parse_scopes
from millrace.usecases.list_keys import list_keys
from millrace.usecases.request_upload import UploadRequest, request_upload
from millrace.usecases.revoke_key import revoke_key
from millrace.usecases.send_truth import send_truth
from millrace.usecases.show_runs import list_runs, show_run

DEFAULT_LIMIT = 50
SHOWN_ONCE = {"Cache-Control": "no-store"}  # an answer that holds a secret


@dataclass(frozen=True, slots=True)
class TenantPorts:
    """What the tenants' API needs from outside."""

    keys: Keys
    runs: Runs
    models: Models
    uploads: Uploads
    delivery: Delivery
    clock: Clock
    max_upload_bytes: int
    entropy: Entropy = secrets.token_bytes


class TenantApi:
    """What the routes answer."""

    def __init__(self, ports: TenantPorts) -> None:
        self._ports = ports

    def models(self, call: Call) -> object:
        """GET /models. The tenant's models."""
        return {"models": [resources.model(model) for model in self._ports.models.of_tenant(call.caller.tenant)]}

    def truth(self, call: Call) -> object:
        """POST /models/{model}/truth. What turned out to be true of a model's answers."""
        rows = truth.parse(call.json(), limits.ROWS)
        key = send_truth(call.caller.tenant, call.path["model"], rows, self._ports.models, self._ports.delivery)
        return Reply(truth.response(len(rows), key.file), HTTPStatus.ACCEPTED)

    def upload(self, call: Call) -> object:
        """POST /datasets/{dataset}/uploads. A URL that takes one file by PUT."""
        asked = resources.parse(resources.UploadRequest, call.json())
        request = UploadRequest(call.caller.tenant, call.path["dataset"], asked.file, asked.bytes, asked.sha256)
        slot = request_upload(request, self._ports.uploads, max_bytes=self._ports.max_upload_bytes)
        answer = resources.upload_slot(slot.url, slot.key, slot.headers, slot.expires_seconds)
        return Reply(answer, HTTPStatus.CREATED, SHOWN_ONCE)

    def runs(self, call: Call) -> object:
        """GET /runs. The tenant's runs, the newest first."""
        limit, after = _number(call.query.get("limit"), DEFAULT_LIMIT), call.query.get("after")
        found = list_runs(call.caller.tenant, limit, self._ports.runs, after)
        return {"runs": [resources.run(run, found.places.get(run.id)) for run in found.runs], "next": found.next}

    def run(self, call: Call) -> object:
        """GET /runs/{run_id}. A run with its attempts."""
        history = show_run(call.caller.tenant, call.path["run_id"], self._ports.runs)
        shown = resources.run(history.run, history.place)
        return {**shown, "attempts": [resources.attempt(each) for each in history.attempts]}

    def keys(self, call: Call) -> object:
        """GET /keys. The tenant's keys, without their secrets."""
        return {"keys": [resources.key(key) for key in list_keys(call.caller.tenant, self._ports.keys)]}

    def issue(self, call: Call) -> object:
        """POST /keys. A new key of the caller's tenant, whatever the request says."""
        asked = resources.parse(resources.KeyDocument, call.json())
        request = KeyRequest(call.caller.tenant, parse_scopes(asked.scopes), asked.days, asked.label)
        issued = issue_key(request, self._ports.keys, self._ports.clock, self._ports.entropy)
        return Reply({**resources.key(issued.key), "key": issued.text}, HTTPStatus.CREATED, SHOWN_ONCE)

    def revoke(self, call: Call) -> object:
        """DELETE /keys/{key_id}. Revokes a key for ever."""
        revoke_key(call.caller.tenant, call.path["key_id"], self._ports.keys, self._ports.clock)
        return Reply(None, HTTPStatus.NO_CONTENT)


def tenant_api(ports: TenantPorts, log: ErrorLog) -> Api:
    """The routes over `ports`, each with the scope it needs."""
    api, tenant = Api(log, body_bytes=limits.CONTROL_BODY_BYTES), TenantApi(ports)
    api.get("/models", scope=Scope.INFER)(tenant.models)
    api.post("/models/<model>/truth", scope=Scope.INFER, body_bytes=limits.TRUTH_BODY_BYTES)(tenant.truth)
    api.post("/datasets/<dataset>/uploads", scope=Scope.TRAIN)(tenant.upload)
    api.get("/runs", scope=Scope.TRAIN)(tenant.runs)
    api.get("/runs/<run_id>", scope=Scope.TRAIN)(tenant.run)
    api.get("/keys", scope=Scope.ADMIN)(tenant.keys)
    api.post("/keys", scope=Scope.ADMIN)(tenant.issue)
    api.delete("/keys/<key_id>", scope=Scope.ADMIN)(tenant.revoke)
    return api


def _number(text: str | None, default: int) -> int:
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidInput(f"{shown(text)} is not a number", field="limit")
    return int(text)

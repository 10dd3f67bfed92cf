"""The examples of docs/api.md are what the functions behind the API answer."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import boto3
import pytest
from jsonschema import Draft202012Validator

from millrace.adapters.session import Clients
from millrace.adapters.uploads import S3Uploads
from millrace.domain.access import Scope
from millrace.domain.model import CHAMPION, AliasMove
from millrace.domain.run import Attempt, Outcome, RunState
from millrace.edge import openapi
from millrace.edge.tenant_api import TenantPorts, tenant_api
from tests import samples
from tests.events import AUTHORIZED, proxy
from tests.fakes.clock import FakeClock
from tests.fakes.delivery import FakeDelivery
from tests.fakes.keys import FakeKeys
from tests.fakes.landing import FakeLanding
from tests.fakes.models import FakeModels
from tests.fakes.runs import FakeRuns
from tests.functions.predict import deployed

TEXT = (Path(__file__).parents[2] / "docs/api.md").read_text()
EXAMPLE = re.compile(
    r"```http\n(?P<method>[A-Z]+) (?P<path>\S+)\n(?P<body>.*?)```\n\n```json\n(?P<answer>.*?)```", re.DOTALL
)
EXAMPLES = list(EXAMPLE.finditer(TEXT))
SERVING = re.compile(r"/v2\b.*|/models/.*(?<!/truth)")
DOCUMENT = openapi.document()
RUN_ID = "5f2b7c0e9d1a4386b2c4d6e8f0a1b3c5"
DONE = Outcome(RunState.SUCCEEDED, version=1, promoted=True)
FINISHED = "2026-01-01T00:01:30.000Z"


def rounded(said: Any) -> Any:
    """The same with numbers to six places, and without what is new in each answer: ids, URLs and keys' texts."""
    if isinstance(said, dict):
        return {name: "..." if _is_new(name, value) else rounded(value) for name, value in said.items()}
    if isinstance(said, list):
        return [rounded(item) for item in said]
    return round(said, 6) if isinstance(said, float) else said


def _is_new(name: str, value: Any) -> bool:
    if name in {"id", "inference_id"}:
        return len(value) == 36
    return name == "url" or (name == "key" and value.startswith("mr_acme."))


def tenants_ports() -> TenantPorts:
    """A tenant `acme` with a model and a finished run."""
    models, runs = FakeModels(), FakeRuns()
    models.register(samples.version())
    models.move(AliasMove("acme", "credit", CHAMPION, 1, None, 1, samples.NOW, "gate", "first"))
    runs.claim(samples.run(id=RUN_ID, outcome=DONE, finished=FINISHED))
    runs.claim_attempt(Attempt("acme", RUN_ID, 1, samples.NOW, DONE, FINISHED))
    return TenantPorts(
        keys=FakeKeys(),
        runs=runs,
        models=models,
        uploads=S3Uploads(
            Clients(boto3.Session("id", "secret", region_name="eu-west-1")).s3(), "landing"
        ),  # no network
        delivery=FakeDelivery(FakeLanding()),
        clock=FakeClock(),
        max_upload_bytes=1024**3,
        entropy=lambda size: bytes(range(size)),
    )


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == TEXT.count("```http") == TEXT.count("```json") == 11


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda found: found["path"])
def test_an_example_is_what_is_answered(monkeypatch: pytest.MonkeyPatch, example: re.Match[str]) -> None:
    address = urlsplit(example["path"])
    event = proxy(example["method"], address.path, example["body"].strip() or None)
    event["queryStringParameters"] = dict(parse_qsl(address.query)) or None
    if SERVING.fullmatch(address.path):
        answer = deployed(monkeypatch).handler(event, None)
    else:
        event["requestContext"]["authorizer"] = {**AUTHORIZED, "scopes": " ".join(Scope)}
        answer = tenant_api(tenants_ports(), logging.getLogger(__name__))(event, None)
    said = json.loads(answer["body"])
    assert rounded(said) == rounded(json.loads(example["answer"]))
    described = operation(example["method"], address.path)
    response = described["responses"][str(answer["statusCode"])]
    conform(said, response if "content" in response else DOCUMENT["components"]["responses"][str(answer["statusCode"])])
    if example["body"].strip():
        conform(json.loads(example["body"]), described["requestBody"])


def operation(method: str, path: str) -> dict[str, Any]:
    """What docs/openapi.json says of a call."""
    for rule, methods in DOCUMENT["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", rule), path):
            found: dict[str, Any] = methods[method.lower()]
            return found
    raise AssertionError(f"{path} is not described")


def conform(said: Any, described: dict[str, Any]) -> None:
    """Hold a body to the schema that is described for it."""
    schema = {**described["content"]["application/json"]["schema"], "components": DOCUMENT["components"]}
    Draft202012Validator(schema).validate(said)

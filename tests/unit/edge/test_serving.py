"""The data plane's wiring: what is logged when an alias can't be followed, and which routes there are."""

from __future__ import annotations

import io
import json

import pytest
from aws_lambda_powertools import Logger

from millrace.domain.errors import Corrupt
from millrace.edge.serving import log_kept, serving_api
from tests.events import proxy
from tests.fakes.captures import FakeCaptures
from tests.shelf import Shelf

ROUTES = [
    ("GET", "/v2"),
    ("GET", "/v2/health/live"),
    ("GET", "/v2/health/ready"),
    *(
        (method, path.format(version))
        for version in ("", "/versions/1", "/versions/champion")
        for method, path in (
            ("GET", "/v2/models/credit{}"),
            ("GET", "/v2/models/credit{}/ready"),
            ("POST", "/v2/models/credit{}/infer"),
            ("POST", "/models/credit{}/predict"),
        )
    ),
]


def test_a_champion_that_cannot_be_loaded_is_logged_with_its_tenant_and_code() -> None:
    written = io.StringIO()
    log = Logger(service="kept", stream=written)
    shelf = Shelf()
    log_kept(log, shelf.register(bias=1.0), shelf.register(bias=2.0), Corrupt("no", code="digest_mismatch"))
    line = json.loads(written.getvalue())
    facts = {name: line[name] for name in ("level", "tenant", "model", "wanted", "kept", "code")}
    assert facts == {
        "level": "ERROR",
        "tenant": "acme",
        "model": "credit",
        "wanted": 1,
        "kept": 2,
        "code": "digest_mismatch",
    }


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_needs_the_scope_to_infer(method: str, path: str) -> None:
    api = serving_api(Shelf().open_models(), FakeCaptures(), Logger(service="routes", stream=io.StringIO()))
    others = {"tenant": "acme", "key_id": "0" * 16, "scopes": "train admin"}
    assert api(proxy(method, path, authorizer=others), None)["statusCode"] == 403
    answer = api(proxy(method, path), None)
    assert answer["statusCode"] not in {401, 403, 405, 500}
    assert "no such path" not in answer["body"]

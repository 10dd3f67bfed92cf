"""Every sample event of `control`, replayed by its real handler."""

from __future__ import annotations

import json
from typing import Any

import pytest

from millrace.domain.access import ApiKey, PresentedKey, Scope
from millrace.domain.model import CHAMPION, AliasMove
from millrace.domain.run import Attempt, Outcome, RunState
from tests import samples
from tests.events import EVENTS, load
from tests.functions.place import MAX_UPLOAD_BYTES, Context, Handler, Place

RUN_ID = load("admit-ticket")["run_id"]
KEY_ID = "0123456789abcdef"
ANSWERS = {
    "list-models": 200,
    "request-upload": 201,
    "send-truth": 202,
    "list-runs": 200,
    "show-run": 200,
    "list-keys": 200,
    "issue-key": 201,
    "revoke-key": 204,
    "without-scope": 403,
}


@pytest.fixture(autouse=True)
def _known(place: Place) -> None:
    """A model, a run and a key of the caller's tenant, and of another."""
    for tenant in ("acme", "other"):
        place.keys.add(
            ApiKey(tenant, KEY_ID, "d" * 64, frozenset({Scope.ADMIN}), samples.NOW, "9999-01-01T00:00:00.000Z")
        )
        place.runs.claim(samples.run(tenant=tenant, id=RUN_ID if tenant == "acme" else "e" * 32))
        place.models.register(samples.version(tenant=tenant, model=f"{tenant}-model"))
    place.runs.claim_attempt(Attempt("acme", RUN_ID, 1, samples.NOW, Outcome(RunState.RUNNING)))
    place.models.move(AliasMove("acme", "acme-model", CHAMPION, 1, None, 1, samples.NOW, "gate", "first"))


def call(handler: Handler, name: str, **changes: Any) -> tuple[int, Any]:
    answer = handler({**load(f"control-{name}"), **changes}, Context())
    return answer["statusCode"], json.loads(answer["body"]) if answer["body"] else None


def test_every_sample_is_replayed() -> None:
    assert {path.stem.removeprefix("control-") for path in EVENTS.glob("control-*.json")} == set(ANSWERS)


@pytest.mark.parametrize("name", ANSWERS)
def test_replay(name: str, handler: Handler) -> None:
    status, said = call(handler, name)
    assert status == ANSWERS[name], said
    assert "other" not in json.dumps(said)


def test_models_are_listed_with_their_champion(handler: Handler) -> None:
    assert call(handler, "list-models")[1] == {"models": [{"name": "acme-model", "versions": 1, "champion": 1}]}


def test_an_uploads_url_takes_the_file(handler: Handler, place: Place) -> None:
    _, said = call(handler, "request-upload")
    assert (said["method"], said["key"], said["expires_seconds"]) == ("PUT", "acme/credit/data.csv", 900)
    assert f"{place.name}-landing/acme/credit/data.csv" in said["url"]
    assert said["headers"].keys() == {"content-length", "x-amz-checksum-sha256"}
    assert said["headers"]["content-length"] == "4"


def test_truth_is_left_where_files_of_truth_arrive(handler: Handler, place: Place) -> None:
    said = call(handler, "send-truth")[1]
    assert said["accepted"] == 2
    key = f"acme/acme-model/truth/{said['file']}"
    content = place.clients.s3().get_object(Bucket=f"{place.name}-landing", Key=key)["Body"].read()
    assert [json.loads(line)["truth"] for line in content.splitlines()] == ["good", "bad"]


def test_truth_about_another_tenants_model_or_without_an_id_is_refused(handler: Handler) -> None:
    path = "/models/other-model/truth"
    status, said = call(handler, "send-truth", path=path)
    assert (status, said["error"]["code"]) == (404, "model_not_found")
    body = json.dumps({"truth": [{"inference_id": "7", "truth": 1}]})
    status, said = call(handler, "send-truth", body=body, isBase64Encoded=False)
    assert (status, said["error"]["code"]) == (400, "invalid_inference_id")
    assert said["error"]["param"] == "truth[0].inference_id"


def test_ten_thousand_rows_of_truth_are_taken_at_once(handler: Handler) -> None:
    rows = [{"inference_id": f"0192f7a5-5d00-7a3c-8b51-3f1e2d4c5b6a.{row}", "truth": "good"} for row in range(10_001)]
    bodies = [json.dumps({"truth": rows[:count]}) for count in (10_000, 10_001)]
    answers = [call(handler, "send-truth", body=body, isBase64Encoded=False) for body in bodies]
    assert [status for status, _ in answers] == [202, 413]
    assert answers[0][1]["accepted"] == 10_000


def test_an_upload_beyond_the_stages_limit_is_refused(handler: Handler) -> None:
    asked = {"file": "data.csv", "bytes": MAX_UPLOAD_BYTES + 1, "sha256": "0" * 64}
    status, said = call(handler, "request-upload", body=json.dumps(asked), isBase64Encoded=False)
    assert (status, said["error"]["code"], said["error"]["param"]) == (413, "too_large", "bytes")


@pytest.mark.parametrize("lacks", ["bytes", "sha256"])
def test_an_upload_of_unknown_size_or_content_is_refused(lacks: str, handler: Handler) -> None:
    asked: dict[str, object] = {"file": "data.csv", "bytes": 4, "sha256": "0" * 64}
    del asked[lacks]
    status, said = call(handler, "request-upload", body=json.dumps(asked), isBase64Encoded=False)
    assert (status, said["error"]["param"]) == (400, lacks)


def test_a_run_is_shown_with_its_attempts(handler: Handler) -> None:
    said = call(handler, "show-run")[1]
    assert (said["id"], said["state"], said["failure"]) == (RUN_ID, "running", None)
    assert [attempt["number"] for attempt in said["attempts"]] == [1]
    assert [run["id"] for run in call(handler, "list-runs")[1]["runs"]] == [RUN_ID]


def test_another_tenants_run_is_as_one_that_is_not(handler: Handler) -> None:
    theirs = call(handler, "show-run", path=f"/runs/{'e' * 32}")
    nobodys = call(handler, "show-run", path=f"/runs/{'d' * 32}")
    assert theirs[0] == nobodys[0] == 404
    assert theirs[1]["error"]["code"] == "not_found"
    assert json.dumps(theirs).replace("e" * 32, "d" * 32) == json.dumps(nobodys)


def test_a_new_key_is_shown_once_and_belongs_to_the_caller(handler: Handler, place: Place) -> None:
    _, said = call(handler, "issue-key")
    presented = PresentedKey.parse(said["key"])
    assert (presented.tenant, said["scopes"], said["label"]) == ("acme", ["infer"], "web")
    stored = place.keys.find("acme", said["id"])
    assert stored is not None
    assert stored.admits(presented.secret, samples.NOW)
    assert presented.secret not in json.dumps(call(handler, "list-keys")[1])


def test_no_request_makes_another_tenants_key(handler: Handler, place: Place) -> None:
    body = json.dumps({"scopes": ["infer"], "tenant": "other"})
    status, said = call(handler, "issue-key", body=body, isBase64Encoded=False)
    assert (status, said["error"]["param"]) == (400, "tenant")
    assert len(place.keys.of_tenant("other")) == 1


def test_revoking_is_within_the_tenant(handler: Handler, place: Place) -> None:
    assert call(handler, "revoke-key") == (204, None)
    mine, theirs = (place.keys.find(tenant, KEY_ID) for tenant in ("acme", "other"))
    assert mine is not None
    assert theirs is not None
    assert mine.revoked is not None
    assert theirs.revoked is None


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1e3", "٣", "99999999999"])
def test_a_bad_limit_is_named(limit: str, handler: Handler) -> None:
    status, said = call(handler, "list-runs", queryStringParameters={"limit": limit})
    assert (status, said["error"]["param"]) == (400, "limit")


@pytest.mark.parametrize(
    ("name", "scopes"),
    [
        ("list-models", "train admin"),
        ("request-upload", "infer admin"),
        ("list-runs", "infer admin"),
        ("show-run", "infer admin"),
        ("list-keys", "infer train"),
        ("issue-key", "infer train"),
        ("revoke-key", "infer train"),
    ],
)
def test_each_route_needs_its_scope(name: str, scopes: str, handler: Handler) -> None:
    event = load(f"control-{name}")
    event["requestContext"]["authorizer"]["scopes"] = scopes
    assert handler(event, Context())["statusCode"] == 403
    del event["requestContext"]["authorizer"]
    assert handler(event, Context())["statusCode"] == 401


def test_the_answer_with_a_secret_is_not_kept_by_caches(handler: Handler) -> None:
    answer = handler(load("control-issue-key"), Context())
    assert answer["multiValueHeaders"]["Cache-Control"] == ["no-store"]

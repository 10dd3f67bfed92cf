"""Every sample event of `detect_drift`, replayed by its real handler."""

from __future__ import annotations

import io
import json
import os
import time
from dataclasses import replace

import pytest

from millrace.adapters.capture_store import S3CaptureStore
from millrace.adapters.clock import SystemClock
from millrace.adapters.document_store import S3Documents
from millrace.adapters.documents import dump
from millrace.adapters.metrics import CloudWatchMetrics
from millrace.adapters.truth_store import S3TruthStore
from millrace.domain import inference_id
from millrace.domain.access import Tenant
from millrace.domain.baseline import Baseline
from millrace.domain.capture import Partition
from millrace.domain.drift import Drift, Standing, metric_name
from millrace.domain.errors import InvalidInput, Unavailable
from millrace.domain.model import CHAMPION, AliasMove
from millrace.domain.spec import Spec
from millrace.domain.truth import Truth
from millrace.usecases.detect_drift import PERSISTS, last_drift
from tests import samples
from tests.events import EVENTS, load
from tests.functions.place import Context, Handler, Place
from tests.unit.usecases.watching import BASELINE, SCHEMA, captured, older, usual

ROWS = 500
ONE = load("detect_drift-model")
SCHEDULED = load("detect_drift-scheduled")


@pytest.fixture(autouse=True)
def _serving(place: Place) -> None:
    """The model `credit`, which drifts, and `churn`, which does not."""
    place.tenants.create(Tenant("acme", samples.NOW))
    for model in ("credit", "churn"):
        serve(place, model)
    answered(place, "churn", usual(ROWS))


@pytest.fixture
def ids(place: Place) -> list[str]:
    """Those of the inferences of `credit`."""
    return answered(place, "credit", older(ROWS))


def serve(place: Place, model: str, baseline: Baseline | None = BASELINE) -> None:
    lineage = replace(samples.manifest().lineage, dataset=model, spec=Spec(drift_rows=1000))
    manifest = samples.manifest(schema=SCHEMA, lineage=lineage)
    version = samples.version(
        model=model,
        manifest_digest=place.blobs.put("acme", dump(manifest)),
        baseline_digest=place.blobs.put("acme", dump(baseline)) if baseline else None,
    )
    number = place.models.register(version).number
    assert place.models.move(AliasMove("acme", model, CHAMPION, 1, None, number, samples.NOW, "gate", ""))


def answered(place: Place, model: str, rows: list[dict[str, object]]) -> list[str]:
    """Capture one call of these rows now, as `collect` stores it; its rows' ids."""
    call = inference_id.make(time.time_ns() // 1_000_000, os.urandom(10))
    capture = captured(call, rows, model=model)
    S3CaptureStore(place.clients.s3(), f"{place.name}-capture").write(capture.partition, capture.lines())
    return [inference_id.of_row(call, row, len(rows)) for row in range(len(rows))]


def found(place: Place, model: str = "credit") -> Drift | None:
    return last_drift("acme", model, S3Documents(place.clients.s3(), f"{place.name}-capture"))


def measured(place: Place, model: str = "credit") -> float | None:
    metrics = CloudWatchMetrics(place.clients.cloudwatch(), place.name, SystemClock())
    return metrics.latest(metric_name("acme", model), 60)


def test_every_sample_is_replayed() -> None:
    assert {path.stem for path in EVENTS.glob("detect_drift-*.json")} == {
        "detect_drift-scheduled",
        "detect_drift-model",
    }


def test_the_schedule_means_every_model_that_serves(handler: Handler, place: Place, ids: list[str]) -> None:
    answer = handler(SCHEDULED, Context())
    assert answer == {"standings": {"drifted": 1, "stable": 1}, "unwatched": 0, "left": 0, "troubles": []}
    drifted, stable = found(place), found(place, "churn")
    assert drifted is not None
    assert stable is not None
    assert (drifted.standing, drifted.rows, stable.standing, stable.rows) == (
        Standing.DRIFTED,
        len(ids),
        Standing.STABLE,
        ROWS,
    )
    assert measured(place) == drifted.severity
    assert measured(place, "churn") == stable.severity


def test_one_model_can_be_meant(handler: Handler, place: Place, ids: list[str]) -> None:
    assert handler(ONE, Context())["standings"] == {"drifted": 1}
    assert (measured(place, "churn"), found(place, "churn")) == (None, None)


def test_truth_that_came_is_joined_and_judged(handler: Handler, place: Place, ids: list[str]) -> None:
    store = S3TruthStore(place.clients.s3(), f"{place.name}-capture")
    hour = Partition("acme", "credit", inference_id.hour_of(ids[0]))
    store.add(hour, [Truth(each, "good") for each in ids])
    handler(ONE, Context())
    drift = found(place)
    assert drift is not None
    assert drift.labelled == len(ids)
    assert "accuracy" in {finding.test for finding in drift.findings if finding.drifted}


def test_a_reminder_follows_while_drift_persists(handler: Handler, place: Place, ids: list[str]) -> None:
    handler(ONE, Context())
    assert place.heard() == []
    handler(ONE, Context())
    (reminder,) = place.heard()
    assert (reminder["Subject"], json.loads(reminder["Message"])) == (PERSISTS, {"reminder": ONE})


def test_a_capture_object_is_read_once(handler: Handler, place: Place, ids: list[str]) -> None:
    """What lies at its key after that counts for nothing."""
    handler(ONE, Context())
    pages = place.clients.s3().list_objects_v2(Bucket=f"{place.name}-capture", Prefix="acme/credit/captures/")
    for each in pages["Contents"]:
        place.clients.s3().put_object(Bucket=f"{place.name}-capture", Key=each["Key"], Body=b"nonsense")
    handler(ONE, Context())
    drift = found(place)
    assert drift is not None
    assert (drift.rows, drift.damaged) == (len(ids), 0)


def test_a_champion_without_a_baseline_is_counted(handler: Handler, place: Place) -> None:
    serve(place, "old", baseline=None)
    assert handler({**ONE, "model": "old"}, Context())["unwatched"] == 1


def test_what_fails_is_counted_by_its_code(handler: Handler, place: Place, log: io.StringIO) -> None:
    damage(place)
    answer = handler(ONE, Context())
    assert (answer["standings"], answer["troubles"]) == ({}, ["digest_mismatch"])
    assert [json.loads(line)["level"] for line in log.getvalue().splitlines()] == ["ERROR", "WARNING"]


def test_the_schedules_look_fails_in_the_end_where_it_failed_at_some(handler: Handler, place: Place) -> None:
    damage(place)
    with pytest.raises(Unavailable, match=r"^2 models could not be looked at"):
        handler(SCHEDULED, Context())


def damage(place: Place) -> None:
    """What versions are made of can't be read any more."""
    for each in place.clients.s3().list_objects_v2(Bucket=f"{place.name}-artifact")["Contents"]:
        place.clients.s3().put_object(Bucket=f"{place.name}-artifact", Key=each["Key"], Body=b"nonsense")


@pytest.mark.parametrize("event", [{}, {"tenant": "acme"}, {"tenant": "acme", "model": "../x"}])
def test_an_event_of_somebody_else_is_refused(handler: Handler, place: Place, event: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        handler(event, Context())
    assert found(place) is None


def test_its_log_says_how_models_stand_and_nothing_of_the_data(
    log: io.StringIO, handler: Handler, place: Place, ids: list[str]
) -> None:
    handler(ONE, Context())
    looked, whole = (json.loads(line) for line in log.getvalue().splitlines())
    assert (looked["tenant"], looked["model"], looked["version"]) == ("acme", "credit", 1)
    assert (looked["standing"], looked["rows"], looked["request_id"]) == ("drifted", ROWS, Context.aws_request_id)
    assert (whole["message"], whole["level"], whole["standings"]) == ("watched", "INFO", {"drifted": 1})
    for word in ("blue", "red", "colour", ids[0].partition(".")[0]):
        assert f'"{word}' not in log.getvalue()

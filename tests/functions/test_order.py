"""What arrived last serves: the real handlers from `ingest` to `deploy`, in every order of events and ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from millrace.adapters.documents import dump
from millrace.domain.access import Tenant
from millrace.domain.job import Job, JobResult, Ticket
from millrace.domain.model import CHAMPION
from millrace.domain.report import ChampionScore
from millrace.domain.spec import Metric
from tests import samples
from tests.events import load
from tests.functions.place import Context, Handler, Place, load_handler

NEWER = samples.CSV + b"50,Oslo,good\n"
Step = Callable[[str, Any], Any]


@pytest.fixture
def step(place: Place, cloud_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Step:
    """A call of a function by its name."""
    loaded: dict[str, Handler] = {}
    place.tenants.create(Tenant("acme", samples.NOW))

    def call(function: str, event: Any) -> Any:
        if function not in loaded:
            loaded[function] = load_handler(function, place, monkeypatch)
        return loaded[function](event, Context())

    return call


def arrival(place: Place, sequencer: str, content: bytes, file: str = "data.csv") -> Any:
    """An upload and its event, as AWS sends it."""
    event: Any = load("ingest-object-created")
    key = f"acme/credit/{file}"
    version = place.upload(key, content)
    event["detail"]["object"] |= {"key": key, "version-id": version, "sequencer": sequencer, "size": len(content)}
    return event


def finish(run_id: str, place: Place, step: Step) -> bool:
    """What a run does once its turn comes; its model is as good as the champion. Whether it serves."""
    ticket = {"tenant": "acme", "dataset": "credit", "run_id": run_id, "attempt": 1}
    where = Ticket("acme", "credit", run_id, 1)
    step("admit", ticket)
    champion = place.documents.read(Job, where.job_key).champion
    report = samples.report()
    if champion is not None:
        report = replace(report, champion=ChampionScore(champion.version, {Metric.LOG_LOSS: 0.5}, None))
    model = run_id.encode()
    lineage = replace(samples.manifest().lineage, run_id=run_id)
    blobs = place.blobs
    result = JobResult(
        blobs.put("acme", model),
        blobs.put("acme", dump(samples.manifest(model, lineage=lineage))),
        blobs.put("acme", dump(report)),
    )
    place.documents.write(result, where.result_key)
    assert step("gate", ticket) == {"accepted": True}
    version = step("register", ticket | {"accepted": True})["version"]
    return bool(step("deploy", ticket | {"version": version})["promoted"])


def serves(place: Place) -> str:
    """The run of the champion."""
    alias = place.models.alias("acme", "credit", CHAMPION)
    assert alias is not None
    version = place.models.version("acme", "credit", alias.version)
    assert version is not None
    return version.run_id


@pytest.mark.parametrize("older_ends_last", [False, True])
@pytest.mark.parametrize("events_turned", [False, True])
def test_the_newer_upload_serves_in_the_end(
    place: Place, step: Step, *, events_turned: bool, older_ends_last: bool
) -> None:
    events = {"older": arrival(place, "FF", samples.CSV), "newer": arrival(place, "100", NEWER)}
    order = ["newer", "older"] if events_turned else ["older", "newer"]
    runs = {name: step("ingest", events[name])["run_id"] for name in order}
    ends = ["newer", "older"] if older_ends_last else ["older", "newer"]
    promoted = {name: finish(runs[name], place, step) for name in ends}
    assert promoted == {"newer": True, "older": not older_ends_last}
    assert serves(place) == runs["newer"]


@pytest.mark.parametrize("default_ends_last", [False, True])
def test_the_later_spec_s_run_serves_in_the_end(place: Place, step: Step, *, default_ends_last: bool) -> None:
    default = step("ingest", arrival(place, "FF", samples.CSV))["run_id"]
    asked = step("ingest", arrival(place, "100", b"exclude: [city]", "spec.yaml"))["run_id"]
    assert default != asked
    for run_id in (asked, default) if default_ends_last else (default, asked):
        finish(run_id, place, step)
    assert serves(place) == asked

"""Every sample input of `gate`, replayed by its real handler."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from millrace.domain.errors import NotFound
from millrace.domain.spec import Metric
from millrace.domain.verdict import Verdict
from tests import samples
from tests.events import EVENTS, load
from tests.functions.judged import TICKET, trained
from tests.functions.place import Context, Handler, Place


def test_every_sample_is_replayed() -> None:
    assert [path.stem for path in EVENTS.glob("gate-*.json")] == ["gate-ticket"]


def test_replay(handler: Handler, place: Place) -> None:
    trained(place)
    assert handler(load("gate-ticket"), Context()) == {"accepted": True}
    assert place.documents.read(Verdict, TICKET.verdict_key).accepted


def test_the_report_is_left_beside_the_verdict(handler: Handler, place: Place) -> None:
    trained(place)
    handler(load("gate-ticket"), Context())
    stored = place.clients.s3().get_object(Bucket=f"{place.name}-artifact", Key=TICKET.page_key)
    assert stored["ContentType"] == "text/html; charset=utf-8"
    assert "This model may serve." in stored["Body"].read().decode()


def test_a_page_that_can_not_be_drawn_stops_no_verdict(
    handler: Handler, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    result = trained(place)
    place.documents.write(replace(result, profile_digest=place.blobs.put("acme", b"{}")), TICKET.result_key)
    assert handler(load("gate-ticket"), Context()) == {"accepted": True}
    (broke,) = [each for each in caplog.records if each.message == "the report's page broke"]
    assert vars(broke)["error"] == "Corrupt"


def test_a_model_that_learned_nothing_is_refused(handler: Handler, place: Place) -> None:
    trained(place, samples.report(held_out={Metric.LOG_LOSS: 0.7}))
    assert handler(load("gate-ticket"), Context()) == {"accepted": False}


def test_without_a_result_the_state_fails_readably(handler: Handler) -> None:
    with pytest.raises(NotFound) as caught:
        handler(load("gate-ticket"), Context())
    assert json.loads(str(caught.value))["code"] == "not_found"

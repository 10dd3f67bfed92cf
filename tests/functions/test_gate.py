"""Every sample input of `gate`, replayed by its real handler."""

from __future__ import annotations

import json

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


def test_a_model_that_learned_nothing_is_refused(handler: Handler, place: Place) -> None:
    trained(place, samples.report(held_out={Metric.LOG_LOSS: 0.7}))
    assert handler(load("gate-ticket"), Context()) == {"accepted": False}


def test_without_a_result_the_state_fails_readably(handler: Handler) -> None:
    with pytest.raises(NotFound) as caught:
        handler(load("gate-ticket"), Context())
    assert json.loads(str(caught.value))["code"] == "not_found"

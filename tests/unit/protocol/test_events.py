"""Events of S3 as EventBridge sends them."""

from __future__ import annotations

from typing import Any

import pytest

from millrace.domain.errors import InvalidInput
from millrace.domain.upload import Upload
from millrace.protocol.events import object_created
from tests.events import load


def test_an_upload_is_read() -> None:
    """Its key is what it says: a plus is no blank, %25 no percent sign, as they would be in S3's own notifications."""
    upload = object_created(load("ingest-object-created"))
    assert upload == Upload(
        bucket="landing",
        key="acme/credit/Meine+Daten 100%25 größe (1).csv",
        size=42,
        etag="9b8c1f9d2a0e4f6a8d3c5b7e1f0a2c4d",
        version_id="IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
        arrived="00617F08299329D189".rjust(64, "0"),
    )


def test_an_event_without_a_version_is_of_the_newest() -> None:
    assert object_created(load("ingest-object-created-embedded")).version_id is None


def test_an_event_without_a_sequencer_has_no_place_in_the_order() -> None:
    event = load("ingest-object-created")
    del event["detail"]["object"]["sequencer"]
    assert object_created(event).arrived == ""


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({}, "detail"),
        ([], ""),
        ({"detail": {"bucket": {"name": "b"}}}, "detail.object"),
        ({"detail": {"bucket": {"name": "b"}, "object": {"key": "k"}}}, "detail.object.size"),
    ],
)
def test_other_events_are_refused(event: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        object_created(event)
    assert (caught.value.code, caught.value.field) == ("invalid_event", field)

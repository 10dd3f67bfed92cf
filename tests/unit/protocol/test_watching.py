"""What may wake the detector."""

from __future__ import annotations

import pytest

from millrace.domain.errors import InvalidInput
from millrace.protocol.watching import asked, wanted


def test_the_schedule_means_every_model() -> None:
    assert wanted({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}) is None


def test_one_model_is_meant_by_name() -> None:
    assert wanted(asked("acme", "loans")) == ("acme", "loans")


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"tenant": "acme"},
        {"tenant": "acme", "model": 1},
        {"tenant": "acme", "model": "loans", "more": 1},
        {"tenant": "../x", "model": "loans"},
        {"tenant": "acme", "model": "lo/ans"},
    ],
)
def test_anything_else_is_refused(event: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        wanted(event)

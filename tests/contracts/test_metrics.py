from __future__ import annotations

from dataclasses import dataclass

import pytest

from millrace.adapters.clock import SystemClock
from millrace.adapters.metrics import CloudWatchMetrics
from millrace.adapters.session import Clients
from millrace.ports import Metrics
from tests.contracts.conftest import unique
from tests.fakes.clock import FakeClock
from tests.fakes.metrics import FakeMetrics

HOUR = 60


@dataclass(frozen=True)
class Place:
    metrics: Metrics
    clock: FakeClock
    name: str


@pytest.fixture(params=["fake", "cloudwatch"])
def place(request: pytest.FixtureRequest) -> Place:
    clock = FakeClock(SystemClock().now())
    if request.param == "fake":
        return Place(FakeMetrics(clock), clock, unique("metric"))
    clients: Clients = request.getfixturevalue("clients")
    metrics = CloudWatchMetrics(clients.cloudwatch(), unique("stage"), clock)
    return Place(metrics, clock, f"drift/acme/{unique('model')}")


def test_a_metric_that_nobody_published_has_no_value(place: Place) -> None:
    assert place.metrics.latest(place.name, HOUR) is None


def test_the_newest_value_is_told_not_the_greatest(place: Place) -> None:
    for value in (0.5, 2.75, 0.0, 0.25):
        place.metrics.publish(place.name, value)
        place.clock.advance(1)
    assert place.metrics.latest(place.name, HOUR) == 0.25


def test_a_value_is_told_at_once(place: Place) -> None:
    place.metrics.publish(place.name, 1.0)
    assert place.metrics.latest(place.name, 1) == 1.0


def test_a_value_from_before_is_not_told(place: Place) -> None:
    place.metrics.publish(place.name, 1.5)
    place.clock.advance(61 * 60)
    assert place.metrics.latest(place.name, HOUR) is None
    assert place.metrics.latest(place.name, 2 * HOUR) == 1.5
    assert place.metrics.latest(place.name, 24 * HOUR) == 1.5


def test_two_metrics_are_apart(place: Place) -> None:
    place.metrics.publish(place.name, 3.0)
    place.clock.advance(1)
    place.metrics.publish(f"{place.name}-other", 0.0)
    assert place.metrics.latest(place.name, HOUR) == 3.0
    assert place.metrics.latest(f"{place.name}-other", HOUR) == 0.0


def test_two_stages_are_apart(clients: Clients) -> None:
    name, clock = unique("metric"), SystemClock()
    CloudWatchMetrics(clients.cloudwatch(), unique("stage"), clock).publish(name, 1.0)
    assert CloudWatchMetrics(clients.cloudwatch(), unique("stage"), clock).latest(name, HOUR) is None

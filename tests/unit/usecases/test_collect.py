from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from millrace.domain import inference_id
from millrace.domain.capture import Capture, CapturedRow, Partition
from millrace.domain.errors import Unavailable
from millrace.usecases.collect import Collected, CollectPorts, Gathered, collect
from tests import samples
from tests.fakes.capture_store import FakeCaptureStore
from tests.fakes.captures import FakeDeadLetters
from tests.fakes.models import FakeModels

EIGHT = 1_795_550_400_000  # 2026-11-24T20 in milliseconds
HOUR = 3_600_000


class Breaking(FakeCaptureStore):
    """Refuses to write for one tenant."""

    refused = ""

    def write(self, partition: Partition, lines: Iterable[bytes]) -> str:
        if partition.tenant == self.refused:
            raise Unavailable("slow down")
        return super().write(partition, lines)


class Place:
    def __init__(self) -> None:
        self.models, self.store, self.dead = FakeModels(), Breaking(), FakeDeadLetters()
        self.told: list[Gathered] = []
        self.seconds = iter([120.0] * 100)
        self.ports = CollectPorts(self.models, self.store, self.dead, self.told.append)
        for tenant in ("acme", "rival"):
            for model in ("credit", "fraud"):
                self.models.register(replace(samples.version(), tenant=tenant, model=model))

    def collect(self, *bodies: str) -> Collected:
        """Messages with the ids 0, 1 and so on."""
        return collect(
            {str(number): body for number, body in enumerate(bodies)}, self.ports, lambda: next(self.seconds)
        )

    def ids(self, key: str) -> list[str]:
        return [line.inference_id for line in self.store.read(key)]


@pytest.fixture
def place() -> Place:
    return Place()


def call(milliseconds: int = 0) -> str:
    return inference_id.make(EIGHT + milliseconds, milliseconds.to_bytes(10, "big"))


def message(milliseconds: int = 0, *, tenant: str = "acme", model: str = "credit", rows: int = 1, **more: str) -> str:
    """A call that was answered so many milliseconds into the hour."""
    made = call(milliseconds)
    row = CapturedRow({"a": 1}, {"value": 2.0})
    created = more.get("created", samples.NOW)
    capture = Capture(made, tenant, model, 1, inference_id.time_of(made), (row,) * rows, created)
    return b"\n".join((capture.heading, *capture.lines())).decode()


def test_captures_are_one_object_for_each_tenant_model_and_hour(place: Place) -> None:
    said = place.collect(
        message(0), message(1), message(HOUR), message(2, model="fraud"), message(3, tenant="rival"), message(4)
    )
    assert (said.rows, said.failed, said.unreadable, said.orphans) == (6, {}, 0, 0)
    assert sorted(key.rpartition("/")[0] for key in said.objects) == [
        "acme/credit/captures/2026-11-24T20",
        "acme/credit/captures/2026-11-24T21",
        "acme/fraud/captures/2026-11-24T20",
        "rival/credit/captures/2026-11-24T20",
    ]
    (key,) = place.store.objects(Partition("acme", "credit", "2026-11-24T20"))
    assert place.ids(key) == [call(0), call(1), call(4)]


def test_the_same_messages_in_any_order_are_the_same_object(place: Place) -> None:
    bodies = [message(number, rows=12) for number in (5, 1, 3)]
    first, second = place.collect(*bodies), place.collect(*reversed(bodies))
    assert first.objects == second.objects
    assert place.ids(first.objects[0]) == [f"{call(number)}.{row}" for number in (1, 3, 5) for row in range(12)]


def test_a_message_that_came_twice_is_once_in_the_object(place: Place) -> None:
    said = place.collect(message(1, rows=2), message(1, rows=2))
    assert place.ids(said.objects[0]) == [f"{call(1)}.0", f"{call(1)}.1"]
    assert (said.rows, said.failed) == (2, {})


def test_what_is_no_capture_goes_to_the_dead_letters_and_stops_nothing(place: Place) -> None:
    said = place.collect("nonsense", message(1), "")
    assert (said.rows, said.unreadable, said.failed) == (1, 2, {})
    assert place.dead.kept == ["nonsense", ""]
    place.dead.broken = Unavailable("no")
    said = place.collect("nonsense", message(2))
    assert (said.rows, said.unreadable, said.failed) == (1, 0, {"0": "unavailable"})


def test_what_can_t_be_written_comes_again_and_the_rest_is_kept(place: Place) -> None:
    place.store.refused = "rival"
    said = place.collect(message(1), message(2, tenant="rival"), message(3, tenant="rival"), message(4))
    assert (said.rows, said.failed) == (2, {"1": "unavailable", "2": "unavailable"})
    assert list(place.store.hours("rival", "credit", "")) == []


def test_captures_of_a_removed_model_don_t_come_back(place: Place) -> None:
    place.models.forget("acme", "credit")
    said = place.collect(message(1), message(2, model="fraud"))
    assert (said.orphans, said.rows, said.failed, place.dead.kept) == (1, 1, {}, [])
    assert list(place.store.hours("acme", "credit", "")) == []


def test_a_new_model_of_the_name_has_none_of_the_captures_of_the_one_before(place: Place) -> None:
    place.models.forget("acme", "credit")
    later = "2026-12-01T00:00:00.000Z"
    place.models.register(replace(samples.version(), tenant="acme", model="credit", created=later))
    said = place.collect(message(1), message(2, created=later))
    assert (said.orphans, said.rows) == (1, 1)
    assert place.ids(said.objects[0]) == [call(2)]


def test_each_partition_is_told_of(place: Place) -> None:
    place.store.refused = "rival"
    place.models.forget("acme", "fraud")
    place.collect(message(0, rows=2), message(1), message(2, tenant="rival"), message(3, model="fraud"))
    credit, fraud = (Partition("acme", model, "2026-11-24T20") for model in ("credit", "fraud"))
    assert place.told == [
        Gathered(credit, (1,), rows=3),
        Gathered(replace(credit, tenant="rival"), (1,), code="unavailable"),
        Gathered(fraud, (1,), orphans=1),
    ]


def test_what_there_is_no_time_for_comes_again_and_nothing_else(place: Place) -> None:
    place.seconds = iter([21.0, 19.9, 0.0])
    said = place.collect(message(0), message(1), message(HOUR), message(2 * HOUR))
    assert (said.rows, said.failed) == (2, {"2": "no_time", "3": "no_time"})
    assert [each.code for each in place.told] == [None, "no_time", "no_time"]

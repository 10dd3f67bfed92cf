from __future__ import annotations

import io
from dataclasses import dataclass, field

import pytest

from millrace.domain.errors import InvalidInput, NotFound
from millrace.domain.naming import TruthKey
from millrace.domain.truth_file import Row, rows
from millrace.usecases.send_truth import send_truth
from tests import samples
from tests.fakes.delivery import FakeDelivery
from tests.fakes.landing import FakeLanding
from tests.fakes.models import FakeModels
from tests.unit.usecases.labelling import call

SENT: list[dict[str, object]] = [
    {"inference_id": call(1), "truth": " good "},
    {"inference_id": f"{call(2)}.1", "truth": 1.5},
]


@dataclass
class World:
    landing: FakeLanding = field(default_factory=FakeLanding)
    models: FakeModels = field(default_factory=FakeModels)

    def __post_init__(self) -> None:
        self.models.register(samples.version())

    def send(self, *sent: dict[str, object], model: str = "credit") -> TruthKey:
        return send_truth("acme", model, sent, self.models, FakeDelivery(self.landing))

    def read(self, key: TruthKey) -> list[Row]:
        content = self.landing.read(str(key), 10_000)
        assert content is not None
        return list(rows(io.BytesIO(content), key.file))


@pytest.fixture
def world() -> World:
    return World()


def test_rows_are_a_file_of_truth(world: World) -> None:
    key = world.send(*SENT)
    assert TruthKey.find(str(key)) == key
    assert world.read(key) == [Row(1, call(1), "good"), Row(2, f"{call(2)}.1", 1.5)]


def test_the_same_rows_are_the_same_file_and_come_again(world: World) -> None:
    assert world.send(*SENT) == world.send(*SENT) != world.send(*reversed(SENT))
    assert world.landing.stat(str(world.send(*SENT)), None).version_id == "3"


@pytest.mark.parametrize(
    ("row", "code", "field"),
    [
        ({}, "invalid_inference_id", "truth[1].inference_id"),
        ({"inference_id": "4711", "truth": 1}, "invalid_inference_id", "truth[1].inference_id"),
        ({"inference_id": call(1)}, "invalid_truth", "truth[1].truth"),
        ({"inference_id": call(1), "truth": None}, "invalid_truth", "truth[1].truth"),
    ],
)
def test_one_bad_row_and_nothing_is_kept(world: World, row: dict[str, object], code: str, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        world.send(SENT[0], row)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert "row 1" in caught.value.message
    assert "4711" not in caught.value.message
    assert world.landing.files("acme/credit/truth/", 10) == []


def test_a_model_that_is_not_there(world: World) -> None:
    with pytest.raises(NotFound) as caught:
        world.send(*SENT, model="churn")
    assert caught.value.code == "model_not_found"
    with pytest.raises(InvalidInput):
        world.send(*SENT, model="../other")

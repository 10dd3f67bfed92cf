from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import pytest

from millrace.domain import inference_id
from millrace.domain.access import Tenant
from millrace.domain.capture import Partition
from millrace.domain.truth import SHOWN_FAULTS, TruthFile
from millrace.domain.truth_file import MAX_BYTES
from millrace.domain.upload import Upload
from millrace.usecases.label import Labelling, LabelPorts, label
from tests import samples
from tests.fakes.clock import FakeClock
from tests.fakes.landing import FakeLanding
from tests.fakes.models import FakeModels
from tests.fakes.tenants import FakeTenants
from tests.fakes.truth_store import FakeTruthStore
from tests.unit.usecases.labelling import call

LATER = "2026-11-25T00:00:00.000Z"  # than every call of these tests
HEADER = "inference_id,truth\n"


@dataclass
class World:
    """A tenant `acme` with a model `credit`."""

    landing: FakeLanding = field(default_factory=FakeLanding)
    models: FakeModels = field(default_factory=FakeModels)
    truth: FakeTruthStore = field(default_factory=FakeTruthStore)

    def __post_init__(self) -> None:
        self.models.register(samples.version())

    @property
    def ports(self) -> LabelPorts:
        tenants = FakeTenants(Tenant("acme", samples.NOW))
        return LabelPorts(self.landing, tenants, self.models, self.truth, FakeClock(LATER), 365)

    def upload(self, text: str, key: str = "acme/credit/truth/labels.csv", arrived: str = "0A") -> Upload:
        content = text.encode()
        version = self.landing.put(key, content)
        return Upload("landing", key, len(content), "", version, arrived)

    def label(self, text: str, key: str = "acme/credit/truth/labels.csv", arrived: str = "0A") -> TruthFile:
        what, file = label(self.upload(text, key, arrived), self.ports)
        assert file is not None
        assert (what is Labelling.REFUSED) == file.is_refused
        (newest, *_) = self.truth.files("acme", 1)
        assert newest == file
        return file

    def kept(self, hour: str) -> list[tuple[str, object, str]]:
        keys = self.truth.objects(Partition("acme", "credit", hour))
        return [(each.inference_id, each.value, each.arrived) for key in keys for each in self.truth.read(key)]


@pytest.fixture
def world() -> World:
    return World()


def test_rows_are_kept_by_the_hour_in_their_id(world: World) -> None:
    file = world.label(f"{HEADER}{call(1)},good\n{call(1, 1)}.7, bad \n{call(2)},1\n")
    assert (file.file, file.rows, file.refused, file.failure, file.at) == ("labels.csv", 3, 0, None, LATER)
    assert world.kept("2026-11-24T20") == [(call(1), "good", "0A"), (call(2), "1", "0A")]
    assert world.kept("2026-11-24T21") == [(f"{call(1, 1)}.7", "bad", "0A")]


def test_the_last_line_of_a_file_counts(world: World) -> None:
    assert world.label(f"{HEADER}{call(1)},good\n{call(1)},bad\n").rows == 1
    assert world.kept("2026-11-24T20") == [(call(1), "bad", "0A")]


def test_json_keeps_its_types(world: World) -> None:
    line = f'{{"inference_id": "{call(1)}", "truth": %s}}\n'
    for place, value in enumerate(["1", "1.5", "true", '"good"']):
        world.label(line % value, f"acme/credit/truth/{place}.jsonl", f"{place}")
    assert [value for _, value, _ in sorted(world.kept("2026-11-24T20"), key=lambda row: row[2])] == [
        *(1, 1.5, True, "good")
    ]


def test_twenty_deliveries_are_one_file(world: World) -> None:
    upload = world.upload(f"{HEADER}{call(1)},good\n{call(1, 1)},bad\n")
    assert len({label(upload, world.ports) for _ in range(20)}) == 1
    assert len(world.truth.truth) == 2
    assert len(world.truth.files("acme", 100)) == 1


def test_a_file_that_is_sent_again_is_told_again(world: World) -> None:
    text = f"{HEADER}{call(1)},good\n"
    world.label(text)
    world.label(text, arrived="0B")
    assert {arrived for _, _, arrived in world.kept("2026-11-24T20")} == {"0A", "0B"}
    assert [file.arrived for file in world.truth.files("acme", 100)] == ["0B", "0A"]


def test_good_rows_are_kept_and_the_others_told(world: World) -> None:
    rows = [f"{call(1)},good", "4711,bad", f"{call(2)},", ",good", f"{call(3)},a,b", f"{call(4)},bad"]
    file = world.label(HEADER + "\n".join(rows))
    assert (file.rows, file.refused, file.failure) == (2, 4, None)
    assert [(fault.code, fault.field) for fault in file.faults] == [
        ("invalid_inference_id", "labels.csv:3: inference_id"),
        ("invalid_truth", "labels.csv:4: truth"),
        ("invalid_inference_id", "labels.csv:5: inference_id"),
        ("ragged_row", "labels.csv:6"),
    ]
    assert all(fault.hint and f"line {fault.field[11]}" in fault.message for fault in file.faults if fault.field)
    assert "4711" not in str(file)


def test_a_file_without_a_good_row_is_refused_and_its_first_faults_are_told(world: World) -> None:
    file = world.label(HEADER + "x,good\n" * 50)
    assert (file.rows, file.refused, len(file.faults), file.is_refused) == (0, 50, SHOWN_FAULTS, True)
    assert world.truth.truth == {}


@pytest.mark.parametrize(
    ("text", "file", "code"),
    [
        ("", "labels.csv", "empty_file"),
        ("id,truth\n1,2\n", "labels.csv", "missing_column"),
        ("inference_id,truth\n1,2\n", "labels.xlsx", "unsupported_format"),
        ('inference_id,truth\n1,2\n3,"4\n', "labels.csv", "unreadable_file"),
    ],
)
def test_a_file_that_can_t_be_used_is_refused_as_a_whole(world: World, text: str, file: str, code: str) -> None:
    refused = world.label(text, f"acme/credit/truth/{file}")
    assert refused.failure is not None
    assert (refused.failure.code, refused.rows) == (code, 0)
    assert refused.failure.hint
    assert world.truth.truth == {}


def test_truth_about_a_model_that_is_not_there_is_refused(world: World) -> None:
    file = world.label(f"{HEADER}{call(1)},good\n", "acme/credti/truth/labels.csv")
    assert file.failure is not None
    assert (file.failure.code, file.failure.hint) == ("unknown_model", "did you mean 'credit'?")


def test_a_file_that_is_too_large_is_not_read(world: World) -> None:
    upload = Upload("landing", "acme/credit/truth/all.csv", MAX_BYTES + 1, "")
    _, file = label(upload, world.ports)
    assert file is not None
    assert file.failure is not None
    assert file.failure.code == "too_large"


def test_a_file_that_is_gone_or_another_one_is_told(world: World) -> None:
    gone, replaced = world.upload(HEADER, "acme/credit/truth/gone.csv"), world.upload(HEADER)
    world.landing.delete(gone.key)
    other = Upload("landing", replaced.key, replaced.size, "another")
    for upload, code in ((gone, "deleted"), (other, "replaced")):
        _, file = label(upload, world.ports)
        assert file is not None
        assert file.failure is not None
        assert file.failure.code == code


@pytest.mark.parametrize(
    "key",
    [
        "acme/credit/data.csv",
        "acme/truth/data.csv",
        "acme/credit/truth/_SUCCESS",
        "acme/credit/truth/.part-0.csv.crc",
        "acme/credit/truth/2026/labels.csv",
        "nobody/credit/truth/labels.csv",
        "acme/credit/truth/",
    ],
)
def test_what_is_no_truth_of_a_tenant_is_left_to_others(world: World, key: str) -> None:
    assert label(world.upload(HEADER, key), world.ports) == (Labelling.IGNORED, None)
    assert world.truth.files("acme", 10) == []


@pytest.mark.parametrize("at", ["1970-01-01T00:00:00+00:00", "2031-01-01T00:00:00+00:00"])
def test_truth_about_an_hour_that_no_capture_can_be_of_is_refused(world: World, at: str) -> None:
    name = inference_id.make(round(datetime.fromisoformat(at).timestamp() * 1000), bytes(10))
    _, file = label(world.upload(HEADER + f"{name},good\n"), world.ports)
    assert file is not None
    assert (file.rows, file.refused, file.faults[0].code) == (0, 1, "invalid_inference_id")
    assert world.truth.truth == {}

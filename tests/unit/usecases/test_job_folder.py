from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from millrace.domain import digest
from millrace.domain.job import ChampionArtifact, Job, Part
from millrace.domain.run import Failure
from millrace.domain.spec import Metric, Spec
from millrace.usecases.job_folder import environment, hyperparameters, lay_out, read_failure
from tests.fakes.blobs import FakeBlobs
from tests.fakes.landing import FakeLanding

CSV = b"a,b\n1,2\n"


def job(landing: FakeLanding, champion: ChampionArtifact | None = None) -> Job:
    version = landing.put("acme/loans/my loans é.csv", CSV)
    data = landing.stat("acme/loans/my loans é.csv", version)
    return Job("acme", "loans", "f" * 32, 2, data, Spec(target="b", metric=Metric.AUC), champion)


def test_the_folder_is_sagemaker_s(tmp_path: Path) -> None:
    landing = FakeLanding()
    lay_out(tmp_path, job(landing), landing, FakeBlobs())
    assert (tmp_path / "input/data/training/my loans é.csv").read_bytes() == CSV
    assert json.loads((tmp_path / "input/config/inputdataconfig.json").read_text()).keys() == {"training"}
    assert json.loads((tmp_path / "input/config/resourceconfig.json").read_text())["current_host"] == "algo-1"
    assert not (tmp_path / "input/data/champion").exists()
    assert (tmp_path / "model").is_dir()
    assert (tmp_path / "output").is_dir()
    assert (tmp_path / "checkpoints").is_dir()


def test_hyperparameters_are_text_and_carry_the_spec(tmp_path: Path) -> None:
    landing = FakeLanding()
    told = job(landing)
    lay_out(tmp_path, told, landing, FakeBlobs())
    written = json.loads((tmp_path / "input/config/hyperparameters.json").read_text())
    assert written == hyperparameters(told)
    assert all(isinstance(value, str) for value in written.values())
    assert json.loads(written["spec"]) == json.loads(json.dumps(asdict(told.spec)))
    assert (written["tenant"], written["run_id"], written["content_digest"]) == ("acme", "f" * 32, told.data.digest)
    assert not {"champion_version", "part", "parts"} & written.keys()


def test_a_part_and_who_gathers_are_told_of_how_many(tmp_path: Path) -> None:
    told = job(FakeLanding())
    part, gathers = hyperparameters(replace(told, part=Part(2, 3))), hyperparameters(replace(told, parts=3))
    assert (part["part"], part["parts"]) == ("2", "3")
    assert "part" not in gathers
    assert gathers["parts"] == "3"


def test_a_champion_is_a_second_channel(tmp_path: Path) -> None:
    landing, blobs = FakeLanding(), FakeBlobs()
    champion = ChampionArtifact(3, blobs.put("acme", b"onnx"), blobs.put("acme", b"{}"))
    told = job(landing, champion)
    lay_out(tmp_path, told, landing, blobs)
    assert (tmp_path / "input/data/champion/model.onnx").read_bytes() == b"onnx"
    assert (tmp_path / "input/data/champion/manifest.json").read_bytes() == b"{}"
    assert hyperparameters(told)["champion_version"] == "3"
    env = environment(tmp_path, told)
    assert env["SM_CHANNEL_CHAMPION"] == str(tmp_path / "input/data/champion")
    assert json.loads(env["SM_CHANNELS"]) == ["champion", "training"]


def test_the_environment_has_no_credentials(tmp_path: Path) -> None:
    env = environment(tmp_path, job(FakeLanding()))
    assert env["SAGEMAKER_BASE_DIR"] == str(tmp_path)
    assert env["SM_CHANNEL_TRAINING"] == str(tmp_path / "input/data/training")
    assert [name for name in env if name.startswith("AWS")] == []


@pytest.mark.parametrize(
    ("text", "kind", "failure"),
    [
        ('{"error":"Rejected","code":"c","message":"m"}', "Rejected", Failure("c", "m")),
        (
            '{"error":"JobFailed","code":"c","message":"m","hint":"h","field":"f"}',
            "JobFailed",
            Failure("c", "m", "h", "f"),
        ),
        ('{"error":"Surprise","message":"m","hint":""}', "JobFailed", Failure("job_failed", "m")),
        ("Traceback: boom", "JobFailed", Failure("job_failed", "Traceback: boom", "see the worker's log")),
        ("[1]", "JobFailed", Failure("job_failed", "[1]", "see the worker's log")),
    ],
)
def test_a_failure_file_is_read_whatever_it_holds(tmp_path: Path, text: str, kind: str, failure: Failure) -> None:
    (tmp_path / "output").mkdir()
    (tmp_path / "output/failure").write_text(text)
    assert read_failure(tmp_path, 1) == (kind, failure)


def test_a_huge_failure_file_is_cut(tmp_path: Path) -> None:
    (tmp_path / "output").mkdir()
    (tmp_path / "output/failure").write_bytes(b"\xff" * 10_000_000)
    kind, failure = read_failure(tmp_path, 1)
    assert kind == "JobFailed"
    assert len(failure.message) <= 1000


def test_no_words_are_too_many_for_the_state_machine(tmp_path: Path) -> None:
    (tmp_path / "output").mkdir()
    said = dict.fromkeys(("code", "message", "hint", "field"), "é�" * 1000)
    (tmp_path / "output/failure").write_text(json.dumps(said))
    _, failure = read_failure(tmp_path, 1)
    assert {len(str(text)) for text in asdict(failure).values()} == {1000}
    assert len(digest.canonical(asdict(failure))) < 32_768


def test_an_empty_failure_file_is_as_none(tmp_path: Path) -> None:
    (tmp_path / "output").mkdir()
    (tmp_path / "output/failure").touch()
    assert "exit code 1" in read_failure(tmp_path, 1)[1].message

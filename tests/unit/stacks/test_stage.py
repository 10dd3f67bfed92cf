"""A stage's configuration is refused with the field's name when it is wrong."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest

from stacks.stage import BOUNDS, CHOICES, StageConfig, WrongStage

STAGES = json.loads((Path(__file__).parents[3] / "cdk.json").read_text())["context"]["stages"]
LEAST = {"python": "3.13", "architecture": "arm64"}


def refused(**block: object) -> str:
    with pytest.raises(WrongStage) as error:
        StageConfig.read({"dev": LEAST | block}, "dev")
    return str(error.value)


@pytest.mark.parametrize("name", ["local", "dev", "prod", "regulated"])
def test_the_stages_of_cdk_json_are_sound(name: str) -> None:
    stage = StageConfig.read(STAGES, name)
    assert stage.name == name
    assert stage.python == STAGES[name]["python"]


def test_every_field_but_two_has_a_default() -> None:
    stage = StageConfig.read({"dev": LEAST}, "dev")
    assert stage.removal == "retain"
    assert stage.termination_protection
    assert stage.deletion_protection


@pytest.mark.parametrize("absent", sorted(LEAST))
def test_a_field_without_a_default_is_asked_for(absent: str) -> None:
    block = {key: value for key, value in LEAST.items() if key != absent}
    with pytest.raises(WrongStage, match=rf"^stages\.dev\.{absent}: expected a value; it has no default$"):
        StageConfig.read({"dev": block}, "dev")


@pytest.mark.parametrize("field", sorted(CHOICES))
def test_a_choice_is_one_of_its_list(field: str) -> None:
    wrong: object = 2 if field.endswith("days") else "none"
    message = refused(**{field: wrong})
    assert message.startswith(f"stages.dev.{field}: expected one of {CHOICES[field][0]}, ")
    assert message.endswith(f"got {wrong!r}")


@pytest.mark.parametrize("field", sorted(BOUNDS))
@pytest.mark.parametrize("step", [-1, 1])
def test_a_number_is_within_its_bounds(field: str, step: int) -> None:
    least, most = BOUNDS[field]
    wrong = least - 1 if step < 0 else most + 1
    assert refused(**{field: wrong}) == f"stages.dev.{field}: expected {least} to {most}, got {wrong}"


@pytest.mark.parametrize("field", ["alias_seconds", "authorizer_ttl_seconds"])
def test_what_is_promised_within_5_seconds_is_believed_for_less(field: str) -> None:
    assert refused(**{field: 5}).endswith("expected 0 to 4, got 5")
    assert getattr(StageConfig.read({"dev": LEAST | {field: 4}}, "dev"), field) == 4


def test_an_upload_can_be_hashed_in_the_time_that_ingest_has() -> None:
    assert refused(max_upload_bytes=50_000_000_001).endswith("expected 1 to 50000000000, got 50000000001")
    StageConfig.read({"dev": LEAST | {"max_upload_bytes": 50_000_000_000}}, "dev")


def test_every_number_has_bounds() -> None:
    numbers = {field.name for field in fields(StageConfig) if field.type == "int"}
    assert numbers == set(BOUNDS) | {"log_retention_days"}


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"alias_seconds": "2"}, "stages.dev.alias_seconds: expected a whole number, got '2'"),
        ({"alias_seconds": True}, "stages.dev.alias_seconds: expected a whole number, got True"),
        ({"alias_seconds": 2.5}, "stages.dev.alias_seconds: expected a whole number, got 2.5"),
        ({"deletion_protection": "no"}, "stages.dev.deletion_protection: expected true or false, got 'no'"),
        ({"region": 1}, "stages.dev.region: expected a text, got 1"),
        ({"python": 3.13}, "stages.dev.python: expected a text, got 3.13"),
    ],
)
def test_a_value_has_its_fields_type(block: dict[str, object], expected: str) -> None:
    assert refused(**block) == expected


@pytest.mark.parametrize("region", ["Frankfurt", "eu-central1", "eu-central-1 "])
def test_a_region_is_one_of_aws_s(region: str) -> None:
    said = f"stages.dev.region: expected a region such as eu-central-1, or nothing, got {region!r}"
    assert refused(region=region) == said
    for known in ("eu-central-1", "us-gov-west-1"):
        assert StageConfig.read({"dev": LEAST | {"region": known}}, "dev").region == known


@pytest.mark.parametrize("name", ["QA_1", "1st", "a" * 21, ""])
def test_a_stage_s_name_fits_the_names_it_stands_in(name: str) -> None:
    with pytest.raises(WrongStage, match=f"stages.{name}.name: expected 1 to 20 of a-z"):
        StageConfig.read({name: LEAST}, name)


IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/millrace/train:1.0"


def test_backends_that_run_an_image_want_one() -> None:
    stage = StageConfig.read({"dev": LEAST | {"backends": ["batch", "sagemaker"], "job_image": IMAGE}}, "dev")
    assert stage.backends == ("batch", "sagemaker")
    assert stage.image_repository == "millrace/train"
    for backend in ("batch", "sagemaker"):
        message = refused(backends=["worker", backend])
        assert message == "stages.dev.job_image: expected an ECR image, which batch and sagemaker run, got ''"


@pytest.mark.parametrize("backends", [[], ["lambda"], ["worker", "worker"]])
def test_backends_are_known_and_named_once(backends: list[str]) -> None:
    assert refused(backends=backends).startswith(
        "stages.dev.backends: expected some of worker, batch, sagemaker, each once, got ("
    )


@pytest.mark.parametrize(
    "image",
    [
        "train",
        IMAGE.removesuffix(":1.0"),
        f"{IMAGE}:2",
        "docker.io/millrace/train:1",
        f"{IMAGE}@sha256:abc",
        IMAGE.upper(),
    ],
)
def test_an_image_is_one_of_ecr_with_a_tag_or_a_digest(image: str) -> None:
    assert refused(job_image=image).startswith("stages.dev.job_image: expected ACCOUNT.dkr.ecr.REGION.amazonaws.com/")


def test_an_image_may_be_named_by_its_digest() -> None:
    image = IMAGE.replace(":1.0", f"@sha256:{'0' * 64}")
    assert StageConfig.read({"dev": LEAST | {"job_image": image}}, "dev").image_repository == "millrace/train"


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"backends": "batch"}, "stages.dev.backends: expected a list of texts, got 'batch'"),
        ({"backends": [1]}, "stages.dev.backends: expected a list of texts, got [1]"),
        ({"batch_instance_types": []}, "stages.dev.batch_instance_types: expected families or types such as m6i"),
        ({"batch_instance_types": ["M6i!"]}, "stages.dev.batch_instance_types: expected families or types such as m6i"),
        ({"sagemaker_instance_type": "m5.xlarge"}, "stages.dev.sagemaker_instance_type: expected a type such as ml.m5"),
        ({"job_vcpus": 65}, "stages.dev.batch_max_vcpus: expected at least job_vcpus, got 64"),
    ],
)
def test_what_jobs_run_on_is_refused_by_name(block: dict[str, object], expected: str) -> None:
    assert refused(**block).startswith(expected)


@pytest.mark.parametrize("account", ["12345678901", "12345678901x", "1234567890123", chr(0x661) * 12])
def test_an_account_is_twelve_digits(account: str) -> None:
    assert refused(account=account) == f"stages.dev.account: expected 12 digits, or nothing, got {account!r}"
    assert StageConfig.read({"dev": LEAST | {"account": "123456789012"}}, "dev").account == "123456789012"


def test_a_second_worker_has_time_to_take_over() -> None:
    message = refused(worker_visibility_seconds=120, job_heartbeat_seconds=240)
    assert message.startswith("stages.dev.job_heartbeat_seconds: expected more than twice worker_visibility_seconds")
    StageConfig.read({"dev": LEAST | {"worker_visibility_seconds": 120, "job_heartbeat_seconds": 241}}, "dev")


@pytest.mark.parametrize(("memory", "most"), [(512, 112_000_000), (1024, 512_000_000)])
def test_models_leave_memory_to_calls(memory: int, most: int) -> None:
    message = refused(session_bytes=most + 1, predict_memory_mb=memory)
    expected = "at most half of predict_memory_mb, and 400 MB less than it"
    assert message == f"stages.dev.session_bytes: expected {expected}, got {most + 1}"
    StageConfig.read({"dev": LEAST | {"session_bytes": most, "predict_memory_mb": memory}}, "dev")


def test_a_job_may_take_longer_than_a_heartbeat() -> None:
    message = refused(job_heartbeat_seconds=600, job_timeout_minutes=10)
    assert message == "stages.dev.job_timeout_minutes: expected longer than job_heartbeat_seconds, got 10"


@pytest.mark.parametrize(
    ("written", "meant"),
    [("log_retention", "log_retention_days"), ("Python", "python"), ("throttling_rate", "throttle_rate")],
)
def test_an_unknown_field_is_refused_with_the_nearest_name(written: str, meant: str) -> None:
    assert refused(**{written: 1}) == f"stages.dev.{written}: there is no such field; did you mean {meant}?"


@pytest.mark.parametrize("written", ["name", "zzz"])
def test_a_name_that_is_near_to_nothing_gets_a_known_one(written: str) -> None:
    named = refused(**{written: 1}).rpartition(" ")[2].rstrip("?")
    assert named in {field.name for field in fields(StageConfig)} - {"name"}


def test_an_unknown_stage_is_refused_with_the_known_ones() -> None:
    with pytest.raises(WrongStage, match=r"^stages\.test: there is no such stage; cdk\.json has dev, local$"):
        StageConfig.read({"local": LEAST, "dev": LEAST}, "test")


@pytest.mark.parametrize("stages", [None, {}, [], "dev"])
def test_a_context_without_stages_is_refused(stages: object) -> None:
    with pytest.raises(WrongStage, match=r"^stages: expected one block per stage in the context of cdk\.json$"):
        StageConfig.read(stages, "dev")


def test_a_python_too_old_for_the_layers_is_for_the_embedded_cloud_only() -> None:
    assert refused(python="3.11").startswith("stages.dev.python: expected 3.12 or newer on AWS")
    assert StageConfig.read({"dev": LEAST | {"python": "3.11", "synthesizer": "cli"}}, "dev").python == "3.11"

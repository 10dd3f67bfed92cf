"""A judged attempt becomes one model version."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from millrace.adapters.documents import dump, load
from millrace.domain import drift
from millrace.domain.dataset import DatasetVersion
from millrace.domain.errors import Corrupt, Unavailable
from millrace.domain.gate import Evidence, judge
from millrace.domain.job import JobResult
from millrace.domain.manifest import Manifest
from millrace.domain.origin import Origin, in_order
from millrace.domain.report import Parity, Report
from millrace.domain.spec import Spec
from millrace.domain.verdict import Verdict
from millrace.usecases.register import RegisterPorts, register
from tests import samples
from tests.fakes.alarms import FakeAlarms
from tests.fakes.blobs import FakeBlobs
from tests.fakes.clock import FakeClock
from tests.fakes.datasets import FakeDatasets
from tests.fakes.document_store import FakeDocuments
from tests.fakes.models import FakeModels

ORIGIN = Origin(samples.DATA.digest, in_order("1"), by_default=True)
MODEL, PROFILE, BASELINE = b"onnx", "p" * 64, "s" * 64
UPLOADED = DatasetVersion(samples.TENANT, samples.DATASET, samples.DATA, samples.NOW)


def world(
    report: Report | None = None,
    manifest: Manifest | None = None,
    spec: Spec | None = None,
    verdict: Verdict | None = None,
    profile: str | None = PROFILE,
) -> RegisterPorts:
    documents, blobs = FakeDocuments(), FakeBlobs()
    judged = verdict or judge(Evidence(report or samples.report(), spec or Spec(), None))
    documents.write(judged, samples.TICKET.verdict_key)
    result = JobResult(
        model_digest=blobs.put(samples.TENANT, MODEL),
        manifest_digest=blobs.put(samples.TENANT, dump(manifest or samples.manifest(MODEL))),
        report_digest="r" * 64,
        profile_digest=profile,
        baseline_digest=BASELINE,
    )
    documents.write(result, samples.TICKET.result_key)
    documents.write(samples.job(origin=ORIGIN), samples.TICKET.job_key)
    read = partial(load, Manifest)
    return RegisterPorts(documents, blobs, FakeModels(), FakeDatasets(), FakeClock(), read, FakeAlarms())


def test_a_version_carries_what_the_job_made() -> None:
    ports = world()
    version = register(samples.TICKET, ports)
    result = ports.documents.read(JobResult, samples.TICKET.result_key)
    assert version == samples.version(
        number=1,
        model_digest=result.model_digest,
        manifest_digest=result.manifest_digest,
        report_digest=result.report_digest,
        model_size=len(MODEL),
        metrics=samples.manifest().metrics,
        origin=ORIGIN,
        baseline_digest=BASELINE,
    )
    assert ports.models.version(samples.TENANT, samples.DATASET, 1) == version


def test_the_same_run_again_is_the_same_version() -> None:
    ports = world()
    assert register(samples.TICKET, ports) == register(samples.TICKET, ports)
    assert len(ports.models.versions(samples.TENANT, samples.DATASET)) == 1


def test_the_dataset_version_gets_the_profile_that_the_job_made() -> None:
    ports = world()
    ports.datasets.add(UPLOADED)
    register(samples.TICKET, ports)
    assert ports.datasets.of_tenant(samples.TENANT) == [replace(UPLOADED, profile_digest=PROFILE)]


def test_a_deleted_dataset_version_stays_deleted() -> None:
    ports = world()
    assert register(samples.TICKET, ports).number == 1
    assert ports.datasets.of_tenant(samples.TENANT) == []


def test_a_job_of_an_earlier_release_made_no_profile() -> None:
    ports = world(profile=None)
    ports.datasets.add(UPLOADED)
    register(samples.TICKET, ports)
    assert ports.datasets.of_tenant(samples.TENANT) == [UPLOADED]


def test_a_refused_model_is_kept_and_marked() -> None:
    assert not register(samples.TICKET, world(spec=Spec(promote=False))).accepted


@pytest.mark.parametrize(
    "ports",
    [
        world(report=samples.report(parity=Parity(20, 1.0, 3, 1e-4))),
        world(verdict=Verdict((), None)),
    ],
    ids=["broken", "unjudged"],
)
def test_a_model_without_parity_is_not_registered(ports: RegisterPorts) -> None:
    with pytest.raises(Corrupt) as caught:
        register(samples.TICKET, ports)
    assert caught.value.code == "parity_broken"
    assert ports.models.versions(samples.TENANT, samples.DATASET) == []


@pytest.mark.parametrize(
    "manifest",
    [
        samples.manifest(b"another"),
        samples.manifest(lineage=replace(samples.manifest().lineage, run_id="other")),
        samples.manifest(lineage=replace(samples.manifest().lineage, tenant="other")),
    ],
    ids=["model", "run", "tenant"],
)
def test_a_manifest_of_another_model_is_refused(manifest: Manifest) -> None:
    ports = world(manifest=manifest)
    with pytest.raises(Corrupt) as caught:
        register(samples.TICKET, ports)
    assert caught.value.code == "manifest_mismatch"
    assert ports.models.versions(samples.TENANT, samples.DATASET) == []


def test_the_model_gets_its_alarm_once() -> None:
    ports, alarms = world(), FakeAlarms("test")
    for _ in range(2):
        register(samples.TICKET, replace(ports, alarms=alarms))
    assert alarms.standing == {drift.alarm_name("test", samples.TENANT, samples.DATASET)}


def test_a_version_whose_alarm_can_t_be_put_is_registered_and_put_again_later() -> None:
    class Failing(FakeAlarms):
        def put(self, tenant: str, model: str) -> None:
            raise Unavailable("CloudWatch is away")

    ports, alarms = world(), FakeAlarms()
    with pytest.raises(Unavailable):
        register(samples.TICKET, replace(ports, alarms=Failing()))
    assert [version.number for version in ports.models.versions(samples.TENANT, samples.DATASET)] == [1]
    assert register(samples.TICKET, replace(ports, alarms=alarms)).number == 1
    assert len(alarms.standing) == 1

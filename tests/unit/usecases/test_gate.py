"""The gate reads the job's report and writes its verdict."""

from __future__ import annotations

from functools import partial

import pytest

from millrace.adapters.documents import dump, load
from millrace.domain.errors import Corrupt, NotFound
from millrace.domain.job import ChampionArtifact, Job, JobResult
from millrace.domain.report import ChampionScore, Report
from millrace.domain.spec import Metric, Spec
from millrace.domain.verdict import Verdict
from millrace.usecases.gate import GatePorts, gate
from tests import samples
from tests.fakes.blobs import FakeBlobs
from tests.fakes.document_store import FakeDocuments


def world(job: Job, report: Report) -> GatePorts:
    documents, blobs = FakeDocuments(), FakeBlobs()
    documents.write(job, samples.TICKET.job_key)
    documents.write(JobResult("m" * 64, "n" * 64, blobs.put(samples.TENANT, dump(report))), samples.TICKET.result_key)
    return GatePorts(documents, blobs, partial(load, Report))


def test_the_verdict_is_written_and_answered() -> None:
    ports = world(samples.job(), samples.report())
    verdict = gate(samples.TICKET, ports)
    assert verdict.accepted
    assert ports.documents.read(Verdict, samples.TICKET.verdict_key) == verdict


def test_judging_again_gives_the_same() -> None:
    ports = world(samples.job(), samples.report())
    assert gate(samples.TICKET, ports) == gate(samples.TICKET, ports)


def test_the_jobs_spec_and_champion_are_what_count() -> None:
    champion = ChampionArtifact(2, "m", "n")
    scored = samples.report(champion=ChampionScore(2, {Metric.LOG_LOSS: 0.49}))
    assert not gate(samples.TICKET, world(samples.job(champion=champion), scored)).accepted
    forgiving = samples.job(champion=champion, spec=Spec(margin=0.02))
    verdict = gate(samples.TICKET, world(forgiving, scored))
    assert (verdict.accepted, verdict.champion) == (True, 2)


def test_a_report_that_omits_the_champion_is_no_way_past_it() -> None:
    job = samples.job(champion=ChampionArtifact(2, "m", "n"))
    assert not gate(samples.TICKET, world(job, samples.report())).accepted


def test_without_a_result_there_is_no_verdict() -> None:
    with pytest.raises(NotFound):
        gate(samples.TICKET, GatePorts(FakeDocuments(), FakeBlobs(), partial(load, Report)))


def test_a_damaged_report_is_noticed() -> None:
    ports = world(samples.job(), samples.report())
    assert isinstance(ports.blobs, FakeBlobs)
    for name in ports.blobs.held:
        ports.blobs.held[name] += b" "
    with pytest.raises(Corrupt):
        gate(samples.TICKET, ports)


def test_a_champion_that_was_made_by_default_does_not_hold_up_the_run_of_the_spec() -> None:
    """The two may answer other questions; the constant is to be beaten all the same."""
    champion = ChampionArtifact(1, "m" * 64, "n" * 64, superseded=True)
    better = ChampionScore(1, {Metric.LOG_LOSS: 0.1}, None)
    verdict = gate(samples.TICKET, world(samples.job(champion=champion), samples.report(champion=better)))
    assert verdict.accepted
    assert verdict.champion == 1
    assert "the spec came after version 1" in verdict.summary
    bad = samples.report(champion=better, held_out={Metric.LOG_LOSS: 0.7})
    assert not gate(samples.TICKET, world(samples.job(champion=champion), bad)).accepted

"""A report is drawn from whatever the attempt has stored so far."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from millrace.adapters.documents import dump, load
from millrace.domain.errors import Corrupt, NotFound
from millrace.domain.gate import Evidence, judge
from millrace.domain.job import JobResult
from millrace.domain.manifest import Manifest
from millrace.domain.profile import Profile
from millrace.domain.report import Report
from millrace.domain.spec import Spec
from millrace.usecases.draw_report import DrawPorts, draw_report
from tests import samples
from tests.drawn import profile
from tests.fakes.blobs import FakeBlobs
from tests.fakes.document_store import FakeDocuments


@pytest.fixture
def ports() -> DrawPorts:
    """A job's result, without a profile, as earlier releases left it."""
    documents, blobs = FakeDocuments(), FakeBlobs()
    manifest, report = (blobs.put(samples.TENANT, dump(each)) for each in (samples.manifest(), samples.report()))
    documents.write(JobResult("m" * 64, manifest, report), samples.TICKET.result_key)
    return DrawPorts(documents, blobs, partial(load, Report), partial(load, Manifest), partial(load, Profile))


def test_before_the_gate_and_without_a_profile(ports: DrawPorts) -> None:
    page = draw_report(samples.TICKET, ports)
    assert "Not judged yet." in page
    assert samples.manifest().model_digest in page
    assert 'id="data"' not in page


def test_with_all_there_is(ports: DrawPorts) -> None:
    ports.documents.write(judge(Evidence(samples.report(), Spec(), None)), samples.TICKET.verdict_key)
    result = ports.documents.read(JobResult, samples.TICKET.result_key)
    digest = ports.blobs.put(samples.TENANT, dump(profile()))
    ports.documents.write(replace(result, profile_digest=digest), samples.TICKET.result_key)
    page = draw_report(samples.TICKET, ports)
    assert "This model may serve." in page
    assert 'id="data"' in page


def test_an_attempt_without_a_result_says_where_to_look(ports: DrawPorts) -> None:
    with pytest.raises(NotFound, match="no report") as caught:
        draw_report(replace(samples.TICKET, attempt=7), ports)
    assert "millrace runs show" in (caught.value.hint or "")


def test_what_was_deleted_since_is_left_out(ports: DrawPorts) -> None:
    result = ports.documents.read(JobResult, samples.TICKET.result_key)
    ports.documents.write(replace(result, profile_digest="p" * 64, manifest_digest="n" * 64), samples.TICKET.result_key)
    assert "model.onnx" not in draw_report(samples.TICKET, ports)
    ports.documents.write(replace(result, report_digest="r" * 64), samples.TICKET.result_key)
    with pytest.raises(NotFound, match="deleted"):
        draw_report(samples.TICKET, ports)


def test_damage_is_noticed(ports: DrawPorts) -> None:
    wrong = ports.blobs.put(samples.TENANT, b"{}")
    result = ports.documents.read(JobResult, samples.TICKET.result_key)
    ports.documents.write(replace(result, report_digest=wrong), samples.TICKET.result_key)
    with pytest.raises(Corrupt, match="not a Report"):
        draw_report(samples.TICKET, ports)

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest
import typer
from rich.console import Console

from millrace.cli.drift import SHOWN, app, check, looked, served, show, told
from millrace.cli.session import Options, Session
from millrace.domain.access import Tenant
from millrace.domain.drift import Drift, Finding, Standing, latest_key
from millrace.domain.errors import NotFound, Unavailable
from millrace.domain.model import CHAMPION, AliasMove
from tests import samples
from tests.fakes.document_store import FakeDocuments
from tests.fakes.models import FakeModels
from tests.fakes.tenants import FakeTenants

MOVED = Finding("wasserstein", "age", 0.75, 0.25, 1.5, "the mean moved by 5 years", p_value=0.00123)
MISSING = Finding("missing", "city", 0.01, 0.05, 0.2, "1% are missing")
DRIFTED = Drift("acme", "credit", 3, samples.NOW, "since", "until", 1234, 56, Standing.DRIFTED, 1.5, (MISSING, MOVED))


@dataclass
class Detector:
    """Writes down what it was asked, and what it finds where the session looks for it."""

    documents: FakeDocuments
    finds: Drift | None = DRIFTED
    answer: dict[str, object] = field(default_factory=dict)
    asked: list[Mapping[str, object]] = field(default_factory=list)

    def call(self, event: Mapping[str, object]) -> dict[str, object]:
        self.asked.append(event)
        if self.finds is not None:
            self.documents.write(self.finds, latest_key("acme", "credit"))
        return {"unwatched": 0, "troubles": [], **self.answer}


@pytest.fixture
def session() -> Session:
    """Of a tenant whose model `credit` serves."""
    made, models, documents = Session(Options(tenant="acme")), FakeModels(), FakeDocuments("captures")
    models.register(samples.version(model="credit"))
    assert models.move(AliasMove("acme", "credit", CHAMPION, 1, None, 1, samples.NOW, "gate", ""))
    models.register(samples.version(model="churn"))
    vars(made).update(tenants=FakeTenants(Tenant("acme", samples.NOW)), models=models, watched=documents)
    vars(made)["detector"] = Detector(documents)
    return made


def context(session: Session) -> typer.Context:
    return typer.Context(typer.main.get_command(app), obj=session)


def text(drift: Drift) -> str:
    out = io.StringIO()
    Console(file=out, width=200).print(told(drift))
    return out.getvalue()


def test_the_findings_that_say_most_come_first() -> None:
    said = text(DRIFTED)
    assert "drifted: version 3 of credit, severity 1.50 (the alarm rises at 1)" in said
    assert "1234 captured rows, 56 with truth, from since to until" in said
    first, second = (next(line for line in said.splitlines() if test in line) for test in ("wasserstein", "missing"))
    assert said.index(first) < said.index(second)
    for word in ("1.50", "age", "0.75", "0.25", "0.0012", "the mean moved by 5 years"):
        assert word in first
    assert "damaged" not in said


def test_no_verdict_has_no_severity_and_no_table() -> None:
    said = text(replace(DRIFTED, standing=Standing.NOT_ENOUGH_DATA, severity=None, findings=()))
    assert "not enough data: version 3 of credit\n" in said
    assert "severity" not in said
    assert "Findings" not in said


def test_of_many_findings_some_are_shown_and_all_are_counted() -> None:
    findings = tuple(replace(MISSING, column=f"c{number:02}", severity=number / 100) for number in range(SHOWN + 3))
    said = text(replace(DRIFTED, findings=findings))
    assert f"the {SHOWN} most severe of {SHOWN + 3}" in said
    assert ("c03" in said, "c02" in said) == (True, False)


def test_damaged_objects_are_told() -> None:
    assert "7 capture objects are damaged and count for nothing" in text(replace(DRIFTED, damaged=7))


def test_what_was_last_found_is_shown(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NotFound) as refused:
        show(context(session), "credit")
    assert (refused.value.code, refused.value.hint) == ("not_looked_at", "look now: millrace drift check credit")
    session.watched.write(DRIFTED, latest_key("acme", "credit"))
    show(context(session), "credit")
    assert "drifted: version 3 of credit" in capsys.readouterr().out
    assert detector(session).asked == []


def test_a_look_is_the_detectors(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    check(context(session), "credit")
    assert "drifted: version 3 of credit" in capsys.readouterr().out
    assert detector(session).asked == [{"tenant": "acme", "model": "credit"}]


@pytest.mark.parametrize("model", ["churn", "absent"])
def test_a_model_that_does_not_serve_is_refused(session: Session, model: str) -> None:
    with pytest.raises(NotFound, match=f"no version of '{model}' serves"):
        served(session, model)


def test_a_look_that_failed_is_told_and_what_was_found_before_is_not(session: Session) -> None:
    session.watched.write(DRIFTED, latest_key("acme", "credit"))
    detector(session).answer = {"troubles": ["digest_mismatch"]}
    with pytest.raises(Unavailable, match="digest_mismatch") as refused:
        looked(session, "acme", "credit")
    assert refused.value.code == "not_looked_at"


def test_a_model_that_can_not_be_watched_is_told(session: Session) -> None:
    session.watched.write(DRIFTED, latest_key("acme", "credit"))
    detector(session).answer = {"unwatched": 1}
    with pytest.raises(NotFound) as refused:
        looked(session, "acme", "credit")
    assert refused.value.code == "no_baseline"


def detector(session: Session) -> Detector:
    found: object = session.detector
    assert isinstance(found, Detector)
    return found

"""What is removed is gone, what others need stays, and a rehearsal touches nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import pytest

from millrace.domain import drift
from millrace.domain.access import Tenant
from millrace.domain.dataset import DatasetVersion
from millrace.domain.errors import Conflict, InvalidInput, NotFound
from millrace.domain.job import JobResult, Ticket, blob_key, part_prefix
from millrace.domain.model import CHAMPION, AliasMove, ModelVersion
from millrace.domain.removal import Removal
from millrace.domain.run import Attempt, Outcome, RunState
from millrace.domain.spec import Spec
from millrace.usecases.checkpoints import CheckpointIndex, index_key
from millrace.usecases.remove import (
    RemovalPorts,
    beyond,
    remove_dataset,
    remove_model,
    remove_tenant,
    remove_versions,
)
from tests import samples
from tests.fakes.alarms import FakeAlarms
from tests.fakes.datasets import FakeDatasets
from tests.fakes.document_store import FakeDocuments
from tests.fakes.erasure import FakeErasure
from tests.fakes.keys import FakeKeys
from tests.fakes.models import FakeModels
from tests.fakes.objects import FakeObjects
from tests.fakes.runs import FakeRuns
from tests.fakes.tenants import FakeTenants

DONE = Outcome(RunState.SUCCEEDED, version=1)
FILES = ("model", "manifest", "report", "profile", "baseline")


def digest(*words: str) -> str:
    """A stand-in for a digest that tells what it is of."""
    return "-".join(words)


@dataclass
class Place:
    """A tenant with two datasets, each with a run that made a model version; all as the adapters keep it."""

    models: FakeModels = field(default_factory=FakeModels)
    runs: FakeRuns = field(default_factory=FakeRuns)
    datasets: FakeDatasets = field(default_factory=FakeDatasets)
    keys: FakeKeys = field(default_factory=FakeKeys)
    tenants: FakeTenants = field(default_factory=FakeTenants)
    landing: FakeObjects = field(default_factory=lambda: FakeObjects("landing"))
    artifacts: FakeObjects = field(default_factory=FakeObjects)
    captures: FakeObjects = field(default_factory=lambda: FakeObjects("captures"))
    documents: FakeDocuments = field(default_factory=FakeDocuments)
    alarms: FakeAlarms = field(default_factory=FakeAlarms)

    @property
    def ports(self) -> RemovalPorts:
        return RemovalPorts(
            erasure=FakeErasure(self.models, self.runs, self.datasets, self.keys, self.tenants),
            datasets=self.datasets,
            runs=self.runs,
            models=self.models,
            keys=self.keys,
            landing=self.landing,
            artifacts=self.artifacts,
            captures=self.captures,
            documents=self.documents,
            alarms=self.alarms,
        )

    def train(
        self,
        dataset: str,
        run_id: str,
        *,
        state: Outcome = DONE,
        model_digest: str | None = None,
        spec: Spec | None = None,
    ) -> ModelVersion:
        """A run over a file, with its documents, its checkpoint, and the version that it made."""
        data = replace(samples.DATA, key=f"acme/{dataset}/data.csv", digest=digest("data", run_id))
        self.landing.put(data.key, b"a,b\n1,2\n")
        self.datasets.add(DatasetVersion("acme", dataset, data, samples.NOW))
        run = samples.run(dataset=dataset, id=run_id, data=data, spec=spec or Spec())
        self.runs.claim(run)
        self.runs.claim_attempt(Attempt("acme", run_id, 1, samples.NOW, run.outcome))
        ticket = Ticket("acme", dataset, run_id, 1)
        named = [digest(word, run_id) for word in FILES]
        named[0] = model_digest or named[0]
        checkpoint = digest("checkpoint", run_id)
        for name in (*named, checkpoint):
            self.artifacts.put(blob_key("acme", name), name.encode())
        for key, document in (
            (ticket.result_key, JobResult(named[0], named[1], named[2], named[3], named[4])),
            (index_key(ticket.prefix), CheckpointIndex({"scores.json": checkpoint})),
        ):
            self.documents.write(document, key)
            self.artifacts.put(key, b"{}")
        if state.state.is_final:
            self.runs.conclude("acme", run_id, 1, state, samples.NOW)
        return self.models.register(
            replace(
                samples.version(run_id=run_id),
                model=dataset,
                model_digest=named[0],
                manifest_digest=named[1],
                report_digest=named[2],
                baseline_digest=named[4],
            )
        )

    def serve(self, model: str, version: int) -> None:
        alias = self.models.alias("acme", model, CHAMPION)
        before, moves = (alias.version, alias.moves) if alias else (None, 0)
        assert self.models.move(AliasMove("acme", model, CHAMPION, moves + 1, before, version, samples.NOW, "", ""))

    def stored(self) -> set[str]:
        """What the blobs say of themselves."""
        return {key.removeprefix("acme/blobs/") for key in self.artifacts.held if key.startswith("acme/blobs/")}


@pytest.fixture
def place() -> Place:
    place = Place(tenants=FakeTenants(Tenant("acme", samples.NOW), Tenant("rival", samples.NOW)))
    place.train("credit", "one")
    place.train("credit", "two")
    place.train("fraud", "three")
    place.serve("credit", 2)
    place.landing.put("rival/credit/data.csv", b"theirs")
    for model in ("acme/credit", "acme/credit-2", "rival/credit"):
        for kind in ("captures/2026-11-24T20/a.jsonl.gz", "truth/2026-11-24T20/b", "sketches/2026-11-24T20.json"):
            place.captures.put(f"{model}/{kind}", b"12345")
    return place


def test_a_rehearsal_says_what_would_go_and_touches_nothing(place: Place) -> None:
    before = (dict(place.landing.held), dict(place.artifacts.held))
    told = remove_dataset("acme", "credit", place.ports, rehearse=True)
    assert (told.done, told.records) == (False, {"dataset versions": 2, "runs": 2})
    assert "acme/credit/data.csv" in {each.key for each in told.objects}
    assert (place.landing.held, place.artifacts.held) == before
    assert len(place.runs.of_tenant("acme")) == 3
    done = remove_dataset("acme", "credit", place.ports, rehearse=False)
    assert (done.objects, done.records, done.size, done.done) == (told.objects, told.records, told.size, True)


def test_a_dataset_goes_and_what_its_model_needs_stays(place: Place) -> None:
    remove_dataset("acme", "credit", place.ports, rehearse=False)
    assert [key for key in place.landing.held if key.startswith("acme/credit")] == []
    assert {run.dataset for run in place.runs.of_tenant("acme")} == {"fraud"}
    assert {each.dataset for each in place.datasets.of_tenant("acme")} == {"fraud"}
    assert [key for key in place.artifacts.held if key.startswith(("acme/runs/one", "acme/runs/two"))] == []
    needed = {digest(word, run) for word in FILES for run in ("one", "two", "three")}
    gone = {digest("profile", run) for run in ("one", "two")}  # what the data looked like goes with the data
    assert place.stored() == (needed - gone) | {digest("checkpoint", "three")}
    assert "rival/credit/data.csv" in place.landing.held


def test_the_list_of_a_dataset_s_parts_and_its_profile_go_with_it(place: Place) -> None:
    data = replace(samples.DATA, key="acme/credit/_SUCCESS", digest="parts", parts="list-of-parts")
    place.datasets.add(DatasetVersion("acme", "credit", data, samples.NOW, profile_digest="profile"))
    for name in ("list-of-parts", "profile"):
        place.artifacts.put(blob_key("acme", name), b"[]")
    remove_dataset("acme", "credit", place.ports, rehearse=False)
    assert not {"list-of-parts", "profile"} & place.stored()


def test_what_the_parts_of_a_run_found_goes_with_it(place: Place) -> None:
    place.train("spread", "five", spec=Spec(jobs=2))
    for number in (1, 2):
        key = index_key(part_prefix(Ticket("acme", "spread", "five", 1), number))
        place.documents.write(CheckpointIndex({"trial.npz": f"trial-{number}"}), key)
        place.artifacts.put(blob_key("acme", f"trial-{number}"), b"arrays")
    remove_dataset("acme", "spread", place.ports, rehearse=False)
    assert not {"trial-1", "trial-2"} & place.stored()


def test_a_dataset_after_its_model_leaves_no_artifact(place: Place) -> None:
    remove_model("acme", "credit", place.ports, rehearse=False)
    remove_dataset("acme", "credit", place.ports, rehearse=False)
    assert {name.rpartition("-")[2] for name in place.stored()} == {"three"}
    with pytest.raises(NotFound):
        remove_dataset("acme", "credit", place.ports, rehearse=True)


def test_a_model_goes_and_content_that_another_shares_stays(place: Place) -> None:
    place.train("twin", "four", model_digest=digest("model", "one"))
    told = remove_model("acme", "credit", place.ports, rehearse=False)
    assert told.records == {"model versions": 2, "alias moves": 1}
    assert digest("model", "one") in place.stored()
    assert not {digest(word, "one") for word in ("manifest", "baseline")} & place.stored()
    assert list(place.models.versions("acme", "credit")) == []
    with pytest.raises(NotFound):
        remove_model("acme", "credit", place.ports, rehearse=False)


def test_a_model_s_captures_and_what_was_made_of_them_go_with_it(place: Place) -> None:
    told = remove_model("acme", "credit", place.ports, rehearse=True)
    assert sum(each.size for each in told.objects if each.bucket == "captures") == 15
    assert len(place.captures.held) == 9
    remove_model("acme", "credit", place.ports, rehearse=False)
    assert {key.rpartition("/captures/")[0] for key in place.captures.held if "/captures/" in key} == {
        "acme/credit-2",
        "rival/credit",
    }
    assert len(place.captures.held) == 6


def test_captures_that_a_removal_left_are_removed_by_another(place: Place) -> None:
    remove_model("acme", "credit", place.ports, rehearse=False)
    place.captures.put("acme/credit/captures/2026-11-24T21/late.jsonl.gz", b"1")
    remove_model("acme", "credit", place.ports, rehearse=False)
    assert not [key for key in place.captures.held if key.startswith("acme/credit/")]
    with pytest.raises(NotFound):
        remove_model("acme", "credit", place.ports, rehearse=True)


def test_a_model_is_out_of_the_registry_before_its_captures_go(place: Place) -> None:
    """From then on none can come: so nothing that comes before is left."""

    class Watching(FakeObjects):
        seen: int | None = None

        def remove(self, keys: Iterable[str]) -> None:
            self.seen = len(place.models.versions("acme", "credit"))
            super().remove(keys)

    watching = Watching("captures")
    watching.put("acme/credit/captures/2026-11-24T20/a.jsonl.gz", b"1")
    remove_model("acme", "credit", replace(place.ports, captures=watching), rehearse=False)
    assert (watching.seen, watching.held) == (0, {})


def test_the_alarm_of_a_model_goes_with_it_or_with_its_tenant(place: Place) -> None:
    for tenant, model in (("acme", "credit"), ("acme", "fraud"), ("rival", "credit")):
        place.alarms.put(tenant, model)
    remove_dataset("acme", "credit", place.ports, rehearse=False)
    remove_versions("acme", "credit", [1], place.ports, rehearse=False)
    remove_model("acme", "credit", place.ports, rehearse=True)
    assert len(place.alarms.standing) == 3
    remove_model("acme", "credit", place.ports, rehearse=False)
    assert {drift.alarm_of("test", name) for name in place.alarms.standing} == {("acme", "fraud"), ("rival", "credit")}
    remove_tenant("acme", place.ports, rehearse=False)
    assert {drift.alarm_of("test", name) for name in place.alarms.standing} == {("rival", "credit")}


def test_one_version_goes_with_its_files(place: Place) -> None:
    remove_versions("acme", "credit", [1], place.ports, rehearse=False)
    assert [version.number for version in place.models.versions("acme", "credit")] == [2]
    assert digest("model", "one") not in place.stored()
    assert digest("model", "two") in place.stored()


def test_the_version_that_serves_stays(place: Place) -> None:
    for rehearse in (True, False):
        with pytest.raises(Conflict) as refused:
            remove_versions("acme", "credit", [1, 2], place.ports, rehearse=rehearse)
        assert refused.value.code == "version_serves"
    assert len(place.models.versions("acme", "credit")) == 2
    with pytest.raises(NotFound):
        remove_versions("acme", "credit", [9], place.ports, rehearse=True)


def test_the_newest_are_kept_and_the_one_that_serves(place: Place) -> None:
    for run in ("five", "six"):
        place.train("credit", run)
    assert beyond("acme", "credit", 1, place.models) == [1, 3]
    place.serve("credit", 1)
    assert beyond("acme", "credit", 2, place.models) == [2]
    assert beyond("acme", "credit", 9, place.models) == []
    with pytest.raises(InvalidInput):
        beyond("acme", "credit", 0, place.models)
    with pytest.raises(NotFound):
        beyond("acme", "nothing", 1, place.models)


def test_nothing_is_removed_under_a_job_that_runs(place: Place) -> None:
    place.train("fraud", "running", state=Outcome(RunState.RUNNING))
    removals: tuple[Callable[[], Removal], ...] = (
        lambda: remove_dataset("acme", "credit", place.ports, rehearse=False),
        lambda: remove_model("acme", "credit", place.ports, rehearse=False),
        lambda: remove_versions("acme", "credit", [1], place.ports, rehearse=False),
        lambda: remove_tenant("acme", place.ports, rehearse=False),
    )
    for remove in removals:
        with pytest.raises(Conflict) as refused:
            remove()
        assert refused.value.code == "runs_in_progress"
        assert "running" in refused.value.message


def test_a_tenant_goes_and_another_stays(place: Place) -> None:
    told = remove_tenant("acme", place.ports, rehearse=True)
    assert told.records == {"keys": 0, "dataset versions": 3, "runs": 3, "models": 2, "model versions": 3}
    remove_tenant("acme", place.ports, rehearse=False)
    assert list(place.landing.held) == ["rival/credit/data.csv"]
    assert place.artifacts.held == {}
    assert {key.partition("/")[0] for key in place.captures.held} == {"rival"}
    assert (place.tenants.find("acme"), place.models.of_tenant("acme"), place.runs.of_tenant("acme")) == (None, [], [])
    assert place.tenants.find("rival") is not None
    with pytest.raises(NotFound):
        remove_tenant("acme", place.ports, rehearse=False)


def test_a_tenant_whose_removal_broke_off_is_removed_again(place: Place) -> None:
    """The records are gone and the files are not."""
    place.ports.erasure.tenant("acme")
    remove_tenant("acme", place.ports, rehearse=False)
    assert place.artifacts.held == {}


def test_what_was_removed_is_told_by_name(place: Place) -> None:
    """Each says what it was, and that it is done; a rehearsal, that it is not."""
    for rehearse in (True, False):
        removals = (
            remove_versions("acme", "credit", [1], place.ports, rehearse=rehearse),
            remove_model("acme", "credit", place.ports, rehearse=rehearse),
            remove_dataset("acme", "credit", place.ports, rehearse=rehearse),
            remove_tenant("acme", place.ports, rehearse=rehearse),
        )
        assert [each.what for each in removals] == [
            "versions of credit",
            "model credit",
            "dataset credit",
            "tenant acme",
        ]
        assert {each.done for each in removals} == {not rehearse}
        assert removals[0].records == {"model versions": 1}
    assert place.artifacts.held == {}


def test_a_refused_removal_says_what_to_do(place: Place) -> None:
    refusals: list[tuple[Callable[[], object], type[Exception], str | None, str]] = [
        (lambda: remove_versions("acme", "credit", [2], place.ports, rehearse=True), Conflict, "version", "promote"),
        (lambda: remove_model("acme", "nothing", place.ports, rehearse=True), NotFound, None, "models list"),
        (lambda: remove_tenant("nobody", place.ports, rehearse=False), NotFound, None, "models list"),
        (lambda: beyond("acme", "credit", 0, place.models), InvalidInput, "keep", "delete the model"),
    ]
    for call, kind, field_, hint in refusals:
        with pytest.raises(kind) as refused:
            call()
        assert isinstance(refused.value, Conflict | NotFound | InvalidInput)
        assert refused.value.field == field_
        assert hint in (refused.value.hint or "")
    for absent, name in (("credit", "version"), ("nothing", "version")):
        with pytest.raises(NotFound, match="version 9") as gone:
            remove_versions("acme", absent, [9], place.ports, rehearse=True)
        assert gone.value.field == name
    place.train("fraud", "going", state=Outcome(RunState.RUNNING))
    with pytest.raises(Conflict) as busy:
        remove_model("acme", "fraud", place.ports, rehearse=True)
    assert (busy.value.field, busy.value.hint) == ("tenant", "wait until they are over: millrace runs list")

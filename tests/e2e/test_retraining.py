"""A model's alarm rises and it is retrained, once; another is not; and challengers that lose are not sent for ever."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from millrace.adapters.clock import SystemClock
from millrace.adapters.metrics import CloudWatchMetrics
from millrace.adapters.retrainings import DynamoRetrainings
from millrace.adapters.session import Clients
from millrace.adapters.topic import SnsAnnouncements
from millrace.adapters.truth_store import S3TruthStore
from millrace.domain.capture import Partition
from millrace.domain.drift import alarm_name, metric_name, reminder
from millrace.domain.model import CHAMPION
from millrace.domain.retraining import Cause, Refusal, Retraining
from millrace.domain.run import Run, RunState
from millrace.domain.truth import Labelled, Truth
from tests.contracts.test_announcements import open_queue, received
from tests.e2e.command import Command
from tests.e2e.thread import Thread, until

DRIFTS, STAYS, LOSES, GOES = "drifts", "stays", "loses", "goes"
SPEC = b"retrain_least_rows: 50\nretrain_cooldown_hours: 0\nretrain_daily_limit: 9\n"


def rows(first: int, count: int, *, turned: bool = False) -> list[dict[str, Any]]:
    """A class that a number tells; the other one once the world has turned."""
    numbers = range(first, first + count)
    return [
        {"months": n % 48, "sum": n * 37 % 5000, "class": ("good", "bad")[(n % 48 < 24) == turned]} for n in numbers
    ]


def undecided(first: int, count: int) -> list[dict[str, Any]]:
    """Each row once with either class: what is learned of one is wrong of the other, so no challenger wins by luck."""
    return [{**row, "class": name} for row in rows(first, count // 2) for name in ("good", "bad")]


def as_csv(table: Sequence[dict[str, Any]]) -> bytes:
    return "\n".join([",".join(table[0]), *(",".join(map(str, row.values())) for row in table)]).encode()


@dataclass(frozen=True)
class World:
    """A tenant with models, and where what watches them looks."""

    thread: Thread
    clients: Clients
    millrace: Command

    @property
    def metrics(self) -> CloudWatchMetrics:
        return CloudWatchMetrics(self.clients.cloudwatch(), "local", SystemClock())

    def decisions(self, model: str) -> Sequence[Retraining]:
        table = self.thread.stage.outputs["RegistryTable"]
        return DynamoRetrainings(self.clients.dynamodb(), table).of_model(self.thread.tenant, model, 99)

    def label(self, model: str, hour: int, table: Sequence[dict[str, Any]]) -> None:
        """Captures with their truth, as `join` leaves them."""
        store = S3TruthStore(self.clients.s3(), self.thread.stage.outputs["CaptureBucket"])
        partition = Partition(self.thread.tenant, model, f"2026-11-24T{hour:02}")
        part = store.keep_part(partition, [json.dumps(row).encode() for row in table])
        store.add(partition, [Truth("of all of them", "good")])
        store.keep_index(partition, Labelled(part, len(table), columns="all", arrived=f"{hour:064}"))

    def drift(self, model: str, severity: float) -> None:
        self.metrics.publish(metric_name(self.thread.tenant, model), severity)

    def alarm(self, model: str) -> None:
        """CloudWatch's word, without CloudWatch."""
        message = {"AlarmName": alarm_name("local", self.thread.tenant, model), "NewStateValue": "ALARM"}
        sns: Any = self.thread.stage.client("sns")
        sns.publish(TopicArn=self.thread.stage.outputs["DriftTopicArn"], Message=json.dumps(message))

    def remind(self, model: str) -> None:
        """As the detector does while drift goes on."""
        topic = SnsAnnouncements(self.clients.sns(), self.thread.stage.outputs["DriftTopicArn"])
        topic.publish("Drift Goes On", reminder(self.thread.tenant, model))

    def state(self, model: str) -> str:
        """How the model's alarm stands."""
        name = alarm_name("local", self.thread.tenant, model)
        (alarm,) = self.clients.cloudwatch().describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return str(alarm["StateValue"])

    def runs(self, model: str) -> list[Run]:
        return [run for run in self.thread.runs.of_tenant(self.thread.tenant) if run.dataset == model]

    def over(self, run_id: str | None) -> Run:
        """The run, once it is."""

        def found() -> Run:
            run = self.thread.runs.find(self.thread.tenant, str(run_id))
            assert run is not None
            return run

        until(lambda: found().outcome.state.is_final, f"run {run_id} goes on")
        return found()

    def champion(self, model: str) -> int | None:
        alias = self.thread.models.alias(self.thread.tenant, model, CHAMPION)
        return alias.version if alias else None

    def tell(self, *words: str, code: int = 0) -> Any:
        arguments = ("retrainings", *words, "--tenant", self.thread.tenant)
        return self.millrace.error(*arguments, code=code) if code else self.millrace.json(*arguments)


@pytest.fixture(scope="module")
def world(make_thread: Callable[[], Thread], clients: Clients) -> World:
    thread = make_thread()
    return World(thread, clients, Command(thread.stage.cloud.state))


def test_the_model_that_drifts_is_retrained_once_and_the_other_is_not(world: World) -> None:
    for model in (DRIFTS, STAYS):
        assert world.thread.train(model, as_csv(rows(0, 480))).outcome.promoted
        world.label(model, 1, rows(480, 600, turned=True))
    world.drift(STAYS, 0.25)
    world.drift(DRIFTS, 1.5)
    assert (world.state(DRIFTS), world.state(STAYS)) == ("ALARM", "OK")
    for _ in range(2):
        world.alarm(DRIFTS)  # SNS delivers at least once
    world.remind(DRIFTS)
    world.alarm(STAYS)
    until(lambda: sum(each.count for each in world.decisions(DRIFTS)) == 4)
    until(lambda: len(world.decisions(STAYS)) == 1)
    assert [each.refusal for each in world.decisions(STAYS)] == [Refusal.NOT_DRIFTING]
    assert len(world.runs(STAYS)) == 1
    (begun,) = [each for each in world.decisions(DRIFTS) if each.run_id]
    assert (begun.cause, begun.rows) == (Cause.DRIFT, 600)
    run = world.over(begun.run_id)
    assert (run.outcome.state, run.outcome.version, run.outcome.promoted) == (RunState.SUCCEEDED, 2, True), run.outcome
    assert len(world.runs(DRIFTS)) == 2
    assert world.champion(DRIFTS) == 2
    asked = rows(48, 48, turned=True)
    told = world.thread.predict(DRIFTS, [{name: row[name] for name in ("months", "sum")} for row in asked])
    right = [each["label"] == row["class"] for each, row in zip(told["predictions"], asked, strict=True)]
    assert sum(right) > 0.9 * len(asked)


def test_after_three_that_lost_nothing_begins_until_a_person_says_so(world: World) -> None:
    sns: Any = world.thread.stage.client("sns")
    url, arn = open_queue(world.clients, f"stopped-{world.thread.tenant}")
    chosen = {"FilterPolicy": json.dumps({"tenant": [world.thread.tenant], "state": ["stopped"]})}
    topic = world.thread.stage.outputs["RunTopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=chosen)
    world.thread.delivery.send(f"{world.thread.tenant}/{LOSES}/spec.yaml", SPEC)
    assert world.thread.train(LOSES, as_csv(rows(0, 480))).outcome.promoted
    assert world.tell("start", LOSES, code=6)["code"] == "too_few_rows"
    lost = []
    for number in range(3):
        world.label(LOSES, number, undecided(1000 * number, 120))
        run = world.over(world.tell("start", LOSES)["run_id"])
        assert (run.outcome.state, run.outcome.promoted) == (RunState.SUCCEEDED, False), run.outcome
        lost.append(run.id)
    assert len(world.thread.models.versions(world.thread.tenant, LOSES)) == 4  # each is kept
    assert world.champion(LOSES) == 1
    world.label(LOSES, 3, undecided(3000, 120))
    world.drift(LOSES, 2.0)
    until(lambda: world.decisions(LOSES)[0].refusal is Refusal.BREAKER)
    refused = world.tell("start", LOSES, code=6)
    assert (refused["code"], "millrace retrainings resume loses" in refused["hint"]) == ("breaker_open", True)
    (heard,) = received(world.clients, url, 1)
    assert json.loads(heard["Message"])["lost"] == lost[::-1]
    listed = world.tell("list", LOSES)
    assert (listed["stopped"], listed["lost"]) == (True, lost[::-1])
    assert world.tell("resume", LOSES, "--why", "they may lose")["who"].startswith("user ")
    assert world.tell("list", LOSES, "--limit", "1")["decisions"][0]["says"] == "they may lose"
    assert world.tell("resume", LOSES, "--why", "again", code=6)["code"] == "not_stopped"
    assert world.tell("list", "nothing", code=3)["field"] == "model"
    assert world.tell("list", LOSES, "--limit", "0", code=2)["field"] == "--limit"
    said = world.millrace.run("retrainings", "list", LOSES, "--tenant", world.thread.tenant).stdout
    assert "breaker_open" in said
    assert "It has stopped" not in said
    assert world.tell("start", LOSES)["run_id"]


def test_a_removed_model_leaves_neither_alarm_nor_decision(world: World) -> None:
    assert world.thread.train(GOES, as_csv(rows(0, 480))).outcome.promoted
    world.drift(GOES, 0.25)
    assert world.state(GOES) == "OK"
    assert world.tell("start", GOES, code=6)["code"] == "too_few_rows"
    until(lambda: all(run.outcome.state.is_final for run in world.thread.runs.of_tenant(world.thread.tenant)))
    world.millrace.json("models", "delete", GOES, "--yes", "--tenant", world.thread.tenant)
    name = alarm_name("local", world.thread.tenant, GOES)
    assert world.clients.cloudwatch().describe_alarms(AlarmNames=[name])["MetricAlarms"] == []
    assert world.decisions(GOES) == []

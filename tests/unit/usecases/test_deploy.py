"""The champion moves only to what was compared with it, once, and never back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from millrace.domain.errors import Conflict, Unavailable
from millrace.domain.model import CHAMPION, AliasMove
from millrace.domain.origin import UNKNOWN, Origin, in_order
from millrace.domain.verdict import RuleResult, Verdict
from millrace.usecases.deploy import TRIES, DeployPorts, deploy
from tests import samples
from tests.fakes.clock import FakeClock
from tests.fakes.document_store import FakeDocuments
from tests.fakes.models import FakeModels

GOOD = RuleResult("beats_constant", holds=True, figures={}, says="better by far")


class Busy(FakeModels):
    """Someone else's move comes first, `times` times, and changes nothing that the verdict knew."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.left = times

    def move(self, move: AliasMove) -> bool:
        self.left -= 1
        return self.left < 0 and super().move(move)


def world(
    judged_against: int | None = None, serves: int | None = None, models: FakeModels | None = None
) -> DeployPorts:
    """Three versions; `serves` is the champion now, `judged_against` the one that the gate compared with."""
    models, documents = models or FakeModels(), FakeDocuments()
    for number in (1, 2, 3):
        models.register(samples.version(run_id=f"run{number}"))
    if serves is not None:
        assert models.move(AliasMove("acme", "credit", CHAMPION, 1, None, serves, samples.NOW, "gate", "before"))
    documents.write(Verdict((GOOD,), judged_against), samples.TICKET.verdict_key)
    return DeployPorts(documents, models, FakeClock())


def champion(ports: DeployPorts) -> int | None:
    alias = ports.models.alias("acme", "credit", CHAMPION)
    return alias.version if alias else None


def test_a_first_version_serves_and_the_ledger_says_why() -> None:
    ports = world()
    assert deploy(samples.TICKET, 1, ports)
    assert champion(ports) == 1
    (line,) = ports.models.ledger("acme", "credit")
    assert (line.before, line.after, line.sequence, line.who) == (None, 1, 1, "gate")
    assert line.why == f"run {samples.RUN_ID}: better by far"


def test_a_better_version_takes_over() -> None:
    ports = world(judged_against=1, serves=1)
    assert deploy(samples.TICKET, 2, ports)
    assert champion(ports) == 2
    assert [line.after for line in ports.models.ledger("acme", "credit")] == [1, 2]


def test_doing_it_again_changes_nothing() -> None:
    ports = world()
    assert deploy(samples.TICKET, 1, ports)
    assert deploy(samples.TICKET, 1, ports)
    assert len(ports.models.ledger("acme", "credit")) == 1


@pytest.mark.parametrize(
    ("judged_against", "serves", "version"),
    [(1, 2, 3), (None, 1, 2), (1, None, 2), (3, 3, 2)],
    ids=["moved on", "appeared", "vanished", "newer serves"],
)
def test_a_champion_it_was_not_compared_with_keeps_serving(
    judged_against: int | None, serves: int | None, version: int
) -> None:
    ports = world(judged_against, serves)
    assert not deploy(samples.TICKET, version, ports)
    assert champion(ports) == serves


def test_a_lost_answer_is_still_true_after_newer_moves() -> None:
    ports = world()
    assert deploy(samples.TICKET, 1, ports)
    for sequence, version in ((2, 2), (3, 3)):
        later = AliasMove(
            "acme", "credit", CHAMPION, sequence, version - 1, version, samples.NOW, "gate", "run other: x"
        )
        assert ports.models.move(later)
    assert deploy(samples.TICKET, 1, ports)
    assert champion(ports) == 3


def test_a_retry_after_a_lost_answer_leaves_a_person_s_rollback_alone() -> None:
    ports = world(judged_against=1, serves=1)
    assert deploy(samples.TICKET, 2, ports)
    assert ports.models.move(AliasMove("acme", "credit", CHAMPION, 3, 2, 1, samples.NOW, "ada", "too strict"))
    assert deploy(samples.TICKET, 2, ports)
    assert champion(ports) == 1
    assert [line.after for line in ports.models.ledger("acme", "credit")] == [1, 2, 1]


def test_another_s_move_to_the_version_is_not_this_run_s() -> None:
    ports = world(serves=1)
    assert ports.models.move(AliasMove("acme", "credit", CHAMPION, 2, 1, 2, samples.NOW, "someone", "by hand"))
    assert not deploy(samples.TICKET, 1, ports)


def test_a_refused_version_never_serves() -> None:
    ports = world()
    ports.documents.write(Verdict((replace(GOOD, holds=False),), None), samples.TICKET.verdict_key)
    with pytest.raises(Conflict) as caught:
        deploy(samples.TICKET, 1, ports)
    assert caught.value.code == "not_accepted"
    assert champion(ports) is None


def test_a_lost_race_is_tried_again() -> None:
    ports = world(models=Busy(TRIES - 1))
    assert deploy(samples.TICKET, 1, ports)


def test_losing_for_ever_is_an_outage() -> None:
    ports = world(models=Busy(TRIES))
    with pytest.raises(Unavailable) as caught:
        deploy(samples.TICKET, 1, ports)
    assert caught.value.code == "alias_busy"
    assert champion(ports) is None


def arrivals(*origins: Origin, serves: int | None = None, judged_against: int | None = None) -> DeployPorts:
    """A version of each origin, in the order in which their runs came to an end."""
    models, documents = FakeModels(), FakeDocuments()
    for number, origin in enumerate(origins, 1):
        models.register(samples.version(run_id=f"run{number}", origin=origin))
    if serves is not None:
        assert models.move(AliasMove("acme", "credit", CHAMPION, 1, None, serves, samples.NOW, "gate", "before"))
    documents.write(Verdict((GOOD,), judged_against), samples.TICKET.verdict_key)
    return DeployPorts(documents, models, FakeClock())


FIRST, SECOND = Origin("first", in_order("FF")), Origin("second", in_order("100"))


def test_newer_data_takes_over_from_older() -> None:
    ports = arrivals(FIRST, SECOND, serves=1, judged_against=1)
    assert deploy(samples.TICKET, 2, ports)
    assert champion(ports) == 2


def test_older_data_never_takes_over_though_its_run_ends_last_and_wins() -> None:
    ports = arrivals(SECOND, FIRST, serves=1, judged_against=1)
    assert not deploy(samples.TICKET, 2, ports)
    assert champion(ports) == 1


def test_a_spec_s_run_takes_over_from_the_default_that_came_to_serve_meanwhile() -> None:
    default, asked = replace(FIRST, by_default=True), replace(FIRST, spec=in_order("101"))
    ports = arrivals(default, asked, serves=1, judged_against=None)
    assert deploy(samples.TICKET, 2, ports)
    assert champion(ports) == 2


def test_the_default_never_takes_over_from_the_spec_s_run() -> None:
    default, asked = replace(FIRST, by_default=True), replace(FIRST, spec=in_order("101"))
    ports = arrivals(asked, default, serves=1, judged_against=1)
    assert not deploy(samples.TICKET, 2, ports)
    assert champion(ports) == 1


def test_versions_from_before_origins_were_kept_are_ordered_as_before() -> None:
    ports = arrivals(UNKNOWN, FIRST, serves=1, judged_against=1)
    assert deploy(samples.TICKET, 2, ports)

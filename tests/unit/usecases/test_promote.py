"""A person moves the champion: to any version there is, with a reason, and not past somebody else's move."""

from __future__ import annotations

import pytest

from millrace.domain.errors import Conflict, InvalidInput, NotFound
from millrace.domain.model import CHAMPION, AliasMove
from millrace.usecases.promote import Promotion, promote, rollback
from tests import samples
from tests.fakes.clock import FakeClock
from tests.fakes.models import FakeModels


class Raced(FakeModels):
    """Somebody else's move comes between the look and ours."""

    def move(self, move: AliasMove) -> bool:
        other = AliasMove("acme", "credit", CHAMPION, move.sequence, move.before, 3, samples.NOW, "other", "first")
        assert super().move(other)
        return super().move(move)


def shelf(models: FakeModels | None = None) -> FakeModels:
    models = models or FakeModels()
    for number in (1, 2, 3):
        models.register(samples.version(run_id=f"run{number}"))
    return models


def wanted(version: int, why: str = "it was better last week") -> Promotion:
    return Promotion("acme", "credit", version, "ada", why)


def test_the_champion_moves_forward_and_back_and_the_ledger_says_who_and_why() -> None:
    models = shelf()
    for version in (2, 1):
        assert promote(wanted(version), models, FakeClock()) is not None
    first, second = models.ledger("acme", "credit")
    assert (first.before, first.after, first.sequence) == (None, 2, 1)
    assert (second.before, second.after, second.sequence) == (2, 1, 2)
    assert (second.who, second.why) == ("ada", "it was better last week")


def test_what_serves_already_is_not_moved() -> None:
    models = shelf()
    promote(wanted(2), models, FakeClock())
    assert promote(wanted(2), models, FakeClock()) is None
    assert len(models.ledger("acme", "credit")) == 1


@pytest.mark.parametrize("version", [0, 4])
def test_an_unknown_version_is_not_found(version: int) -> None:
    models = shelf()
    with pytest.raises(NotFound) as refused:
        promote(wanted(version), models, FakeClock())
    assert refused.value.field == "version"
    assert models.alias("acme", "credit", CHAMPION) is None


def test_another_tenant_s_model_is_not_found() -> None:
    with pytest.raises(NotFound):
        promote(Promotion("other", "credit", 1, "eve", "mine"), shelf(), FakeClock())


@pytest.mark.parametrize("why", ["", "  "])
def test_a_move_needs_a_reason(why: str) -> None:
    with pytest.raises(InvalidInput, match="reason"):
        promote(wanted(1, why), shelf(), FakeClock())


def test_a_lost_race_is_a_conflict() -> None:
    models = shelf(Raced())
    with pytest.raises(Conflict):
        promote(wanted(1), models, FakeClock())
    alias = models.alias("acme", "credit", CHAMPION)
    assert alias is not None
    assert alias.version == 3


def back(models: FakeModels, why: str = "complaints") -> AliasMove:
    return rollback("acme", "credit", "ada", why, models, FakeClock())


def test_going_back_undoes_one_move_after_another() -> None:
    models = shelf()
    for version in (1, 2, 3):
        promote(wanted(version), models, FakeClock())
    assert [(move.before, move.after) for move in (back(models), back(models))] == [(3, 2), (2, 1)]
    assert [move.why for move in models.ledger("acme", "credit")][-1] == "complaints"
    with pytest.raises(NotFound) as caught:
        back(models)
    assert caught.value.code == "nothing_before"
    assert len(models.ledger("acme", "credit")) == 5


def test_going_back_needs_a_reason_and_somewhere_to_go() -> None:
    with pytest.raises(NotFound):
        back(shelf())
    with pytest.raises(InvalidInput, match="reason"):
        back(shelf(), why=" ")


def test_going_back_loses_to_a_move_in_between() -> None:
    models = Raced()
    shelf(models)
    for sequence, version in ((1, 1), (2, 2)):
        before = None if sequence == 1 else 1
        assert FakeModels.move(models, AliasMove("acme", "credit", CHAMPION, sequence, before, version, "", "", ""))
    with pytest.raises(Conflict):
        back(models)
    alias = models.alias("acme", "credit", CHAMPION)
    assert alias is not None
    assert alias.version == 3

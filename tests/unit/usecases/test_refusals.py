"""What a refusal carries beside its sentence: programs act on its code and field, and people on its hint."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from millrace.domain.access import Scope
from millrace.domain.errors import Conflict, InvalidInput, MillraceError, NotFound, TooLarge, Unauthenticated
from millrace.domain.model import CHAMPION, AliasMove, ModelAddress
from millrace.usecases.authorize import authorize
from millrace.usecases.issue_key import KeyRequest, issue_key, parse_scopes
from millrace.usecases.promote import Promotion, promote, rollback
from millrace.usecases.request_upload import UploadRequest, request_upload
from millrace.usecases.resolve_version import Versions
from millrace.usecases.revoke_key import revoke_key
from millrace.usecases.show_runs import list_runs, show_run
from tests import samples
from tests.fakes.clock import FakeClock
from tests.fakes.keys import FakeKeys
from tests.fakes.models import FakeModels
from tests.fakes.runs import FakeRuns
from tests.fakes.uploads import FakeUploads


class Raced(FakeModels):
    """Whoever moves comes too late."""

    def move(self, move: AliasMove) -> bool:
        return False


@dataclass(frozen=True)
class Refusal:
    """A call, the error it ends with, and what that one says."""

    call: Callable[[], object]
    kind: type[MillraceError]
    code: str
    field: str | None
    message: str
    hint: str | None


ASKED = UploadRequest("acme", "credit", "data.csv", 10, "0" * 64)
KEY = KeyRequest("acme", frozenset(Scope))


def shelf(models: FakeModels | None = None) -> FakeModels:
    """Two versions, of which the second serves after the first."""
    models = models or FakeModels()
    for number in (1, 2):
        models.register(samples.version(run_id=f"run{number}"))
    for sequence, before in ((1, None), (2, 1)):
        FakeModels.move(
            models, AliasMove("acme", "credit", CHAMPION, sequence, before, sequence, samples.NOW, "gate", "")
        )
    return models


def move(version: int, why: str = "better", models: FakeModels | None = None) -> object:
    return promote(Promotion("acme", "credit", version, "ada", why), shelf(models), FakeClock())


def back(why: str = "worse", models: FakeModels | None = None, model: str = "credit") -> object:
    return rollback("acme", model, "ada", why, shelf(models), FakeClock())


def upload(**changes: object) -> object:
    return request_upload(replace(ASKED, **changes), FakeUploads(), max_bytes=100)  # type: ignore[arg-type]  # each value has its field's type


def issue(**changes: object) -> object:
    return issue_key(replace(KEY, **changes), FakeKeys(), FakeClock(), os.urandom)  # type: ignore[arg-type]  # each value has its field's type


def resolve(version: str = CHAMPION, model: str = "nothing") -> object:
    return Versions(FakeModels(), FakeClock(), 5.0).find(ModelAddress("acme", model, version))


LOOK = "look again: millrace models history credit"
REFUSALS = {
    "promote without a reason": Refusal(
        lambda: move(1, " "), InvalidInput, "no_reason", "why", "a move needs a reason", "the ledger keeps it"
    ),
    "roll back without a reason": Refusal(
        lambda: back(""), InvalidInput, "no_reason", "why", "a move needs a reason", "the ledger keeps it"
    ),
    "promote what is not there": Refusal(
        lambda: move(9),
        NotFound,
        "not_found",
        "version",
        "there is no version 9 of a model 'credit'",
        "see `millrace models show credit`",
    ),
    "promote too late": Refusal(
        lambda: move(1, models=Raced()),
        Conflict,
        "alias_moved",
        "model",
        "somebody else moved the champion of 'credit' meanwhile",
        LOOK,
    ),
    "roll back too late": Refusal(
        lambda: back(models=Raced()),
        Conflict,
        "alias_moved",
        "model",
        "somebody else moved the champion of 'credit' meanwhile",
        LOOK,
    ),
    "roll back to nothing": Refusal(
        lambda: back(model="fresh"),
        NotFound,
        "nothing_before",
        "model",
        "no version of 'fresh' served before the one that serves now",
        "see `millrace models history fresh`, or name a version: millrace models promote fresh VERSION",
    ),
    "a negative size": Refusal(
        lambda: upload(size=-1), InvalidInput, "invalid_input", "bytes", "a file has no negative size", None
    ),
    "too large": Refusal(
        lambda: upload(size=101),
        TooLarge,
        "too_large",
        "bytes",
        "the file has 101 bytes; 100 are allowed",
        "upload fewer rows",
    ),
    "no digest": Refusal(
        lambda: upload(sha256="0"),
        InvalidInput,
        "invalid_input",
        "sha256",
        "sha256 must be 64 digits 0-9 and a-f",
        "see `sha256sum FILE`",
    ),
    "a key for nothing": Refusal(
        lambda: issue(scopes=frozenset()),
        InvalidInput,
        "invalid_input",
        "scopes",
        "a key needs a scope",
        "give one or more of infer, train, admin",
    ),
    "a key for ever": Refusal(
        lambda: issue(days=3651), InvalidInput, "invalid_input", "days", "a key lives 1 to 3650 days, not 3651", None
    ),
    "a key that ends before it begins": Refusal(
        lambda: issue(days=0), InvalidInput, "invalid_input", "days", "a key lives 1 to 3650 days, not 0", None
    ),
    "a long label": Refusal(
        lambda: issue(label="x" * 81),
        InvalidInput,
        "invalid_input",
        "label",
        "a label has at most 80 printable characters",
        None,
    ),
    "an unknown scope": Refusal(
        lambda: parse_scopes(["train", "everything"]),
        InvalidInput,
        "invalid_input",
        "scopes",
        "there is no scope 'everything'",
        "use infer, train, admin",
    ),
    "a key's id that is none": Refusal(
        lambda: revoke_key("acme", "x", FakeKeys(), FakeClock()),
        NotFound,
        "not_found",
        "key_id",
        "there is no such key",
        "a key's id is the 16 digits after its first dot",
    ),
    "a key that nobody has": Refusal(
        lambda: authorize(f"mr_acme.{'0' * 16}.{'A' * 43}", FakeKeys(), FakeClock()),
        Unauthenticated,
        "unauthenticated",
        None,
        "the key is not valid",
        "issue another: millrace keys create",
    ),
    "no limit at all": Refusal(
        lambda: list_runs("acme", 0, FakeRuns()),
        InvalidInput,
        "invalid_input",
        "limit",
        "limit is 1 to 1000, not 0",
        None,
    ),
    "a limit too many": Refusal(
        lambda: list_runs("acme", 1001, FakeRuns()),
        InvalidInput,
        "invalid_input",
        "limit",
        "limit is 1 to 1000, not 1001",
        None,
    ),
    "an unknown run": Refusal(
        lambda: show_run("acme", "0" * 32, FakeRuns()),
        NotFound,
        "not_found",
        "run_id",
        f"there is no run '{'0' * 32}'",
        "the list of runs has their ids",
    ),
    "an unknown model": Refusal(
        resolve, NotFound, "model_not_found", "model", "there is no model 'nothing' that serves", None
    ),
    "an unknown version": Refusal(
        lambda: resolve("7"),
        NotFound,
        "model_not_found",
        "model",
        "there is no version '7' of a model 'nothing'",
        None,
    ),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_says_what_is_at_fault_and_what_to_do(refusal: Refusal) -> None:
    with pytest.raises(refusal.kind) as caught:
        refusal.call()
    error = caught.value
    assert (error.code, error.field, error.hint) == (refusal.code, refusal.field, refusal.hint)
    assert error.message == refusal.message


@pytest.mark.parametrize("days", [1, 3650])
def test_the_bounds_of_a_key_s_life_are_within_it(days: int) -> None:
    assert issue(days=days, label="x" * 80)


def test_a_move_is_signed_and_dated() -> None:
    models, clock = shelf(), FakeClock()
    line = rollback("acme", "credit", "ada", " complaints ", models, clock)
    assert (line.who, line.why, line.before, line.after, line.sequence) == ("ada", "complaints", 2, 1, 3)
    assert line.at == clock.now()
    assert models.ledger("acme", "credit")[-1] == line

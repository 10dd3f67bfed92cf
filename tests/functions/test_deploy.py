"""Every sample input of `deploy`, replayed by its real handler."""

from __future__ import annotations

from millrace.domain.gate import Evidence, judge
from millrace.domain.model import CHAMPION
from millrace.domain.spec import Spec
from tests import samples
from tests.events import EVENTS, load
from tests.functions.judged import TICKET
from tests.functions.place import Context, Handler, Place


def test_every_sample_is_replayed() -> None:
    assert [path.stem for path in EVENTS.glob("deploy-*.json")] == ["deploy-version"]


def test_replay(handler: Handler, place: Place) -> None:
    place.documents.write(judge(Evidence(samples.report(), Spec(), None)), TICKET.verdict_key)
    place.models.register(samples.version())
    for _ in range(2):  # a retry of the state
        assert handler(load("deploy-version"), Context()) == {"promoted": True}
    alias = place.models.alias("acme", "credit", CHAMPION)
    assert alias is not None
    assert (alias.version, alias.moves) == (1, 1)
    (line,) = place.models.ledger("acme", "credit")
    assert TICKET.run_id in line.why

"""Slots and places."""

from __future__ import annotations

import pytest

from millrace.domain.queue import Place, Queue
from tests import samples


def queue(slots: tuple[int, ...], waiting: int = 0) -> Queue:
    return Queue(
        "acme",
        tuple(Place("acme", f"r{slot}", samples.NOW, slot) for slot in slots),
        tuple(Place("acme", f"w{number}", samples.NOW) for number in range(waiting)),
    )


@pytest.mark.parametrize(
    ("held", "limit", "free"),
    [((), 1, 1), ((1,), 1, None), ((1,), 2, 2), ((2,), 2, 1), ((1, 2), 2, None), ((1, 2, 3), 2, None), ((3,), 1, 1)],
)
def test_the_lowest_free_slot_within_the_limit(held: tuple[int, ...], limit: int, free: int | None) -> None:
    assert queue(held).free_slot(limit) == free


def test_the_next_one_has_place_one() -> None:
    assert queue((1,), 3).places() == {"w0": 1, "w1": 2, "w2": 3}

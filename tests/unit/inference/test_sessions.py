"""What is kept, what is forgotten, and who loads."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from millrace.domain.errors import Corrupt, TooLarge
from millrace.inference.sessions import Recent


def never() -> str:
    raise AssertionError("loaded again")


def test_a_value_is_loaded_once() -> None:
    recent: Recent[str] = Recent(10)
    assert recent.get("a", 4, lambda: "A") == "A"
    assert recent.get("a", 4, never) == "A"
    assert recent.weight == 4


def test_the_least_recently_used_goes_first_and_before_the_load() -> None:
    recent: Recent[str] = Recent(10)
    for key in "ab":
        recent.get(key, 4, lambda key=key: key.upper())  # type: ignore[misc]  # mypy can't infer a lambda's default
    recent.find("a")
    weights: list[int] = []

    def load() -> str:
        weights.append(recent.weight)
        return "C"

    recent.get("c", 6, load)
    assert weights == [4]
    assert (recent.find("a"), recent.find("b"), recent.find("c")) == ("A", None, "C")
    assert recent.weight == 10


def test_a_value_beyond_the_capacity_is_refused_and_forgets_nothing() -> None:
    recent: Recent[str] = Recent(10)
    recent.keep("a", "A", 10)
    with pytest.raises(TooLarge, match="11 bytes") as caught:
        recent.get("b", 11, never)
    assert caught.value.code == "model_too_large"
    assert recent.find("a") == "A"


def test_a_failed_load_is_tried_again() -> None:
    recent: Recent[str] = Recent(10)

    def fail() -> str:
        raise Corrupt("no")

    with pytest.raises(Corrupt):
        recent.get("a", 1, fail)
    assert recent.weight == 0
    assert recent.get("a", 1, lambda: "A") == "A"


def test_keeping_replaces_and_forgetting_frees() -> None:
    recent: Recent[str] = Recent(10)
    recent.keep("a", "A", 6)
    recent.keep("a", "B", 5)
    assert (recent.find("a"), recent.weight) == ("B", 5)
    recent.forget("a")
    recent.forget("a")
    assert (recent.find("a"), recent.weight) == (None, 0)


def test_threads_load_each_value_once_and_stay_within_the_capacity() -> None:
    recent: Recent[str] = Recent(4)
    loads: list[str] = []
    together = threading.Barrier(8)
    beyond: list[int] = []

    def ask(number: int) -> str:
        together.wait()
        key = "ab"[number % 2]

        def load() -> str:
            time.sleep(0.01)
            beyond.extend(weight for weight in [recent.weight + 2] if weight > 4)
            loads.append(key)
            return key.upper()

        return recent.get(key, 2, load)

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(ask, range(8))) == ["A"] * 4 + ["B"] * 4
    assert sorted(loads) == ["a", "b"]
    assert beyond == []

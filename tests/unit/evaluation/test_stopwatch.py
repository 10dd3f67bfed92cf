from __future__ import annotations

import pytest

from millrace.evaluation.stopwatch import Stopwatch


def test_phases_are_kept_in_order_and_a_failed_one_is_not() -> None:
    watch = Stopwatch()
    with watch("read"):
        pass
    with pytest.raises(KeyError), watch("search"):
        raise KeyError
    with watch("evaluate"):
        pass
    assert [phase.name for phase in watch.phases] == ["read", "evaluate"]
    assert all(phase.seconds >= 0.0 for phase in watch.phases)

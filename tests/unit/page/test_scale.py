from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from millrace.page.scale import Scale

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(FINITE, max_size=20), st.integers(2, 8))
@example([-1.7e308, 1.7e308], 4)
@example([0.0, 5e-324], 4)
@example([1e17, 1e17 + 16], 4)
def test_everything_lies_within_and_ticks_are_few(values: list[float], wanted: int) -> None:
    scale = Scale.over(values, 10.0, 110.0)
    for value in [*values, 0.0, -1.7e308, 1e308]:
        assert 10.0 <= scale.at(value) <= 110.0
    assert len(scale.ticks(wanted)) <= 2 * wanted + 2
    assert all(10.0 <= scale.at(tick) <= 110.0 for tick in scale.ticks(wanted))


def test_ticks_are_round() -> None:
    assert Scale(0, 1, 0, 100).ticks() == (0.0, 0.25, 0.5, 0.75, 1.0)
    assert Scale(-3, 998, 0, 100).ticks() == (0.0, 500.0)
    assert Scale(10, 52, 0, 100).ticks() == (20.0, 40.0)


def test_a_single_value_lies_in_the_middle() -> None:
    assert Scale.over([7.0, 7.0], 0.0, 100.0).at(7.0) == 50.0
    assert Scale.over([], 0.0, 100.0).at(0.5) == 50.0


def test_a_scale_can_run_upwards() -> None:
    assert Scale(0, 4, 100.0, 0.0).at(1) == 75.0

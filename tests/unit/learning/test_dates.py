from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from millrace.learning.dates import PARTS, Arrays, parts

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@given(st.datetimes(timezones=st.just(UTC)))
@example(datetime(2000, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC))
@example(datetime(1900, 2, 28, tzinfo=UTC))
@example(datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC))
@example(datetime(1, 1, 1, tzinfo=UTC))
@example(datetime(9999, 12, 31, tzinfo=UTC))
def test_the_parts_are_those_of_the_calendar(moment: datetime) -> None:
    seconds = np.array([(moment - EPOCH).total_seconds()])
    shown = datetime.fromtimestamp(0, UTC) + (moment - EPOCH)
    found = dict(zip(PARTS, (float(part[0]) for part in parts(Arrays(), seconds)), strict=True))
    expected = {"year": shown.year, "month": shown.month, "day": shown.day, "hour": shown.hour}
    if shown.microsecond < 999_900:  # further on, a double's seconds may be those of the next day
        assert {name: found[name] for name in expected} == expected
        assert found["weekday"] == shown.isoweekday() % 7
    assert found["seconds"] == seconds[0]


def test_missing_stays_missing() -> None:
    assert all(np.isnan(part).all() for part in parts(Arrays(), np.array([np.nan])))

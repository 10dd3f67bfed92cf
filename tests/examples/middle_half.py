"""The share of values in the middle half of the training rows: what spreads out or draws together shows here."""

from __future__ import annotations

import numpy as np

from millrace.domain.baseline import ColumnBaseline
from millrace.domain.sketch import ColumnSketch
from millrace.monitoring.measured import Measured, comparable
from millrace.monitoring.proportions import difference

LIMIT = 0.04  # 4 of 100 values


def measure(before: ColumnBaseline, now: ColumnSketch) -> Measured | None:
    """The difference of the shares, either way, by Fisher's exact test; None where no cell lies in the middle."""
    if not comparable(before, now):
        return None
    ours, theirs = np.asarray(before.counts), np.asarray(now.counts)
    upto = np.cumsum(ours) / ours.sum()
    middle = (upto > 0.25) & (upto <= 0.75)
    hits, hits_now = int(ours[middle].sum()), int(theirs[middle].sum())
    if not hits:
        return None
    share, share_now = hits / int(ours.sum()), hits_now / int(theirs.sum())
    p_value = difference(hits, int(ours.sum()), hits_now, int(theirs.sum()))
    return Measured(
        abs(share_now - share), LIMIT, p_value, f"{share_now:.1%} of the values are in the middle, {share:.1%} were"
    )

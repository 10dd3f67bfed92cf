"""How many of a window's findings are chance: hundreds of tests at 1 % each would cry wolf in every window."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def adjusted(p_values: Sequence[float]) -> list[float]:
    """P-values corrected for their number, in their order: those at most 1 % hold at most 1 % false ones.

    Benjamini and Hochberg, "Controlling the false discovery rate" (1995). It holds for tests that are independent or
    rise together (Benjamini and Yekutieli 2001), as several tests of one column do. Where nothing drifted at all, the
    chance of any finding is then at most the same 1 %.
    """
    count = len(p_values)
    order = np.argsort(p_values)[::-1]
    scaled = np.asarray(p_values)[order] * count / np.arange(count, 0, -1)
    corrected = np.empty(count)
    corrected[order] = np.minimum(1.0, np.minimum.accumulate(scaled))
    return [float(each) for each in corrected]

"""Whether two shares differ: of missing values, of one category, of right answers."""

from __future__ import annotations

import math

from millrace.monitoring.distributions import normal_tail

EXACT = 1_000  # hits up to which the tail is summed; above it, the normal distribution is as good


def increase(hits: int, rows: int, hits_now: int, rows_now: int) -> float:
    """P-value of at least so many hits now, where both shares are equal: Fisher's exact test (1935), one-sided.

    Above 1,000 hits, the normal approximation of the hypergeometric distribution with Yates's correction (1934).
    """
    if 2 * (hits + hits_now) > rows + rows_now:  # the same by the misses, which are fewer
        return increase(rows_now - hits_now, rows_now, rows - hits, rows)
    total, every = hits + hits_now, rows + rows_now
    if total <= EXACT:
        most = min(total, rows_now)
        whole = _log_choose(every, rows_now)
        return min(
            1.0,
            math.fsum(
                math.exp(_log_choose(total, k) + _log_choose(every - total, rows_now - k) - whole)
                for k in range(hits_now, most + 1)
                if rows_now - k <= every - total
            ),
        )
    mean = total * rows_now / every
    variance = mean * (rows / every) * ((every - total) / (every - 1))
    return normal_tail((hits_now - mean - 0.5) / math.sqrt(variance))


def difference(hits: int, rows: int, hits_now: int, rows_now: int) -> float:
    """P-value of so different shares, either way: twice the smaller of the two one-sided ones."""
    more = increase(hits, rows, hits_now, rows_now)
    fewer = increase(hits_now, rows_now, hits, rows)
    return min(1.0, 2.0 * more, 2.0 * fewer)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)

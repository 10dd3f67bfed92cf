"""A warning: columns that are hardly ever there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from millrace.data.admitted import Admitted
from millrace.domain.amount import counted
from millrace.domain.schema import Column
from millrace.domain.warning import Warned

SHARE = 0.9  # of the rows


def find(rows: Admitted) -> tuple[Warned, ...]:
    """One warning that names the columns which nine rows in ten lack."""
    missing = {each.name: float(_holes(rows, each).mean()) for each in rows.schema.features}
    rare = tuple(name for name, share in missing.items() if share > SHARE)
    if not rare:
        return ()
    says = f"{counted(len(rare), 'column')} missing in more than {SHARE:.0%} of the rows"
    return (Warned("mostly_missing", says, "see whether they were exported whole, or exclude them", rare),)


def _holes(rows: Admitted, column: Column) -> NDArray[np.bool_]:
    """Where a column holds nothing, shape [rows]: text has a token for it, all else is NaN."""
    values = rows.table[column.name]
    return np.asarray(values == column.missing if column.kind.is_text else np.isnan(values))

"""Whether each class has examples enough to learn it and to tell how well it was learned."""

from __future__ import annotations

import numpy as np

from millrace.data.admitted import Admitted
from millrace.domain.amount import counted
from millrace.domain.warning import Warned

ENOUGH = 1000  # labelled examples of a class
_NAMED = 5


def find(rows: Admitted) -> tuple[Warned, ...]:
    """One warning that names the classes below 1,000 examples, rarest first."""
    classes = rows.schema.classes
    counts = np.bincount(np.asarray(rows.answers, dtype=np.int64), minlength=len(classes)) if classes else np.array([])
    rare = [k for k in np.argsort(counts, kind="stable").tolist() if counts[k] < ENOUGH]
    if not rare:
        return ()
    told = ", ".join(f"{classes[k]!r} ({counts[k]})" for k in rare[:_NAMED])
    more = f" and {len(rare) - _NAMED} more" if len(rare) > _NAMED else ""
    return (
        Warned(
            "few_labels",
            f"{counted(len(rare), 'class', 'classes')} with fewer than {ENOUGH} labelled examples: {told}{more}",
            "add examples of these classes; until then the figures about them are rough",
            (rows.schema.target,),
        ),
    )

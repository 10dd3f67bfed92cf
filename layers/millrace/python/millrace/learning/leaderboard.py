"""What a search tried, as people read it: a line for each trial."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from millrace.domain.report import Candidate
from millrace.learning.automl import Learnt, name_of
from millrace.learning.trial import Trial

USELESS = "adds nothing to the ensemble"
REFUSED = "refused: its ONNX graph differs from the fitted pipeline"


def leaderboard(learnt: Learnt, refused: Collection[int] = ()) -> tuple[Candidate, ...]:
    """A line for each trial that some fold judged, in the order in which they were made.

    `refused` are the places of those whose graphs differ from their pipelines.
    """
    places = (place for place, made in enumerate(learnt.trials) if made.scores)
    return tuple(
        line(learnt.trials, place, learnt.weights, REFUSED if place in refused else USELESS) for place in places
    )


def line(
    trials: Sequence[Trial], place: int, weights: Mapping[int, float] | None = None, useless: str | None = None
) -> Candidate:
    """One of the trials, its score NaN where no fold judged it; `useless` is why a whole one has no weight."""
    made, weight = trials[place], (weights or {}).get(place, 0.0)
    return Candidate(
        name=name_of(trials, place),
        score=made.score if made.scores else float("nan"),
        spread=float(np.std(made.scores)) if made.scores else 0.0,
        seconds=round(made.seconds, 3),
        chosen=False,
        family=made.configuration.trainer.name,
        settings=dict(made.configuration.settings),
        weight=weight,
        folds_done=made.folds,
        dropped=None if weight else made.dropped or useless,
        job=made.turn.job,
    )

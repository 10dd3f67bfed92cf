"""Search for a part of an attempt: its share of the configurations is tried, and the trials stay as checkpoints."""

from __future__ import annotations

from collections.abc import Sequence

from millrace.domain.job import Part
from millrace.evaluation.stopwatch import Stopwatch
from millrace.learning.automl import learn_part
from millrace.learning.checkpoint import Checkpoint
from millrace.learning.portfolio import TRAINERS
from millrace.learning.search import Progress
from millrace.learning.trainer import Trainer
from millrace.usecases.train import Training, lessons_of, prepared_for, wish_of


def search_part(
    job: Training, part: Part, *, trainers: Sequence[Trainer] = TRAINERS, progress: Progress | None = None
) -> int:
    """How many trials lie in the job's checkpoints now. The same file, spec, part and number of trials give the same.

    Raises Rejected for a file or a spec that can't become a model.
    """
    prepared = prepared_for(job, Stopwatch())
    kept = Checkpoint(job.checkpoints)
    return len(
        learn_part(
            lessons_of(prepared), wish_of(job, prepared), part, checkpoint=kept, trainers=trainers, progress=progress
        )
    )

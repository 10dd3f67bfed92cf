"""Training jobs as tests run them: few trials over three folds, unless the test is about more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from millrace.domain.spec import Spec
from millrace.edge.training import TRIALS as TRIALS_VARIABLE
from millrace.learning.lightgbm import LightGbmTrainer
from millrace.learning.linear import LinearTrainer
from millrace.learning.space import Settings, Space
from millrace.usecases.train import Training
from tests.conftest import SEARCH
from tests.rows import lineage

TRIALS, FOLDS = int(SEARCH[TRIALS_VARIABLE]), 3


def job(path: Path, spec: Spec | None = None, **more: Any) -> Training:
    """A job over this file; `more` are fields of `Training`."""
    wished = spec or Spec()
    return Training(path, lineage(path, replace(wished, folds=wished.folds or FOLDS)), **{"trials": TRIALS, **more})


class Single:
    """Before a trainer: its first configuration only, and nothing to tune: what ends a search by itself."""

    @property
    def space(self) -> Space:
        return {}

    @property
    def portfolio(self) -> tuple[Settings, ...]:
        of: Any = super()
        return (of.portfolio[0],)


@dataclass(frozen=True)
class OneLine(Single, LinearTrainer):
    """A linear member."""

    name: str = "line"


@dataclass(frozen=True)
class OneForest(Single, LightGbmTrainer):
    """A member of LightGBM's."""

    name: str = "trees"

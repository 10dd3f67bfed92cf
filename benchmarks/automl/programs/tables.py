"""What the peers share: a table read as a competent user reads it with pandas, and the run around a learner."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_bool_dtype, is_numeric_dtype
from sklearn.model_selection import train_test_split
from threadpoolctl import threadpool_limits

from benchmarks.automl.programs.asked import BATCH, Figures, Question, batch_ms, peak_mb, row_ms, tell, versions_of

MOSTLY = 0.95  # of the cells that are no numbers are blanks or slips: the column is one of numbers
STOP = 0.15  # of the training rows say when a booster stops

Frame = Any
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tables:
    """Features as data frames of numbers and strings, and the target: places in `classes`, or values; [rows]."""

    train: Frame
    truth: NDArray[Any]
    test: Frame
    classes: tuple[str, ...]

    @property
    def texts(self) -> list[str]:
        """The columns that aren't numbers."""
        return [name for name in self.train if not is_numeric_dtype(self.train[name])]

    @property
    def numbers(self) -> list[str]:
        """The columns of numbers."""
        return [name for name in self.train if is_numeric_dtype(self.train[name])]


@dataclass(frozen=True, slots=True)
class Learned:
    """A fitted system: features -> probabilities [rows, classes] or predictions [rows]."""

    predict: Callable[[Frame], NDArray[Any]]
    artifact_bytes: Callable[[], int]
    one_thread: Callable[[], object] = lambda: None  # asked before rows are timed, where a limit on pools is not enough
    more: Mapping[str, float] = field(default_factory=dict)


def run(learn: Callable[[Question, Tables], Learned], packages: Sequence[str]) -> None:
    """Answer the command line's question."""
    question = Question.of()
    tables = read(question)
    start = time.perf_counter()
    learned = learn(question, tables)
    seconds, memory = time.perf_counter() - start, peak_mb()
    answers = learned.predict(tables.test)
    rows = len(tables.test)
    batch = tables.test.iloc[np.arange(BATCH) % rows].reset_index(drop=True)
    whole = batch_ms(lambda: learned.predict(batch))
    learned.one_thread()
    with threadpool_limits(1):
        single = row_ms(lambda row: _call(learned, tables.test.iloc[[row]]), rows)
    figures = Figures(
        fit_seconds=seconds,
        memory_mb=memory,
        artifact_bytes=learned.artifact_bytes(),
        row_ms=single,
        batch_ms=whole,
        versions=versions_of(packages),
        more=dict(learned.more),
    )
    tell(question, figures, np.asarray(answers, dtype=np.float64))


def _call(learned: Learned, row: Frame) -> Callable[[], object]:
    return lambda: learned.predict(row)


def read(question: Question) -> Tables:
    """Both files. Columns whose texts are mostly numbers become numbers in both, blanks missing."""
    as_text = {question.target: str} if question.is_classification else {}
    train, test = (pd.read_csv(path, dtype=as_text) for path in (question.train, question.test))
    column, test = train.pop(question.target), test.drop(columns=question.target)
    for name in train:
        convert = _number if _is_number(train[name]) else _text
        train[name], test[name] = convert(train[name]), convert(test[name])
    if not question.is_classification:
        return Tables(train, column.to_numpy(dtype=np.float64), test, ())
    classes, codes = np.unique(column.to_numpy(dtype=str), return_inverse=True)
    return Tables(train, codes, test, tuple(map(str, classes)))


def _is_number(column: Any) -> bool:
    """Whether it holds numbers, or texts that mostly are."""
    return not is_bool_dtype(column) and _number(column).notna().sum() >= MOSTLY * column.notna().sum()


def _number(column: Any) -> Any:
    """Numbers, missing where there is none."""
    return pd.to_numeric(column, errors="coerce")


def _text(column: Any) -> Any:
    """Strings, with None where there is nothing."""
    return column.astype(object).where(column.notna(), None).map(str, na_action="ignore")


def as_categories(tables: Tables) -> Callable[[Frame], Frame]:
    """What turns texts into pandas categories of the training rows, for learners that split on them.

    Texts that those rows don't have are missing.
    """
    known = {name: pd.Index(sorted(tables.train[name].dropna().unique())) for name in tables.texts}
    plain = [f"f{place}" for place in range(tables.train.shape[1])]  # some refuse what names may hold

    def convert(frame: Frame) -> Frame:
        found = {name: pd.Categorical.from_codes(each.get_indexer(frame[name]), each) for name, each in known.items()}
        return frame.assign(**found).set_axis(plain, axis=1)

    return convert


def set_aside(question: Question, tables: Tables) -> tuple[NDArray[Any], NDArray[Any]]:
    """Places of rows to fit on, and of rows by which a booster sees when to stop."""
    classes = tables.truth if question.is_classification else None
    fit, stop = train_test_split(
        np.arange(len(tables.truth)), test_size=STOP, random_state=question.seed, stratify=classes
    )
    return fit, stop

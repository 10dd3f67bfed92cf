"""Ctrl-C during a search: what was whole is kept, what was not is thrown away."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from millrace.domain.spec import Metric, Task
from millrace.learning.automl import Learnt, Lessons, Wish, learn
from millrace.learning.checkpoint import Checkpoint
from millrace.learning.interruption import Interruption
from millrace.learning.lightgbm import LightGbmTrainer
from millrace.learning.linear import LinearTrainer
from millrace.learning.notebook import Model, fit
from millrace.learning.search import Progress
from millrace.learning.trainer import Budget, Interrupted, Lesson, Trainer
from millrace.learning.trial import Trial
from tests.rows import mixed, schema, typed

WISH = Wish(Metric.LOG_LOSS, trials=3, folds=3)


@pytest.fixture(autouse=True)
def _heeded() -> Iterator[None]:
    """A test runner in the background ignores Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@dataclass
class After:
    """Somebody who wants the search to end once it has been asked so often."""

    times: int
    asked: int = 0

    def __call__(self) -> bool:
        self.asked += 1
        return self.asked > self.times


def searched(
    interrupted: Interrupted, trainer: Trainer | None = None, into: Path | None = None, progress: Progress | None = None
) -> Learnt:
    table, answers = typed(120, Task.BINARY)
    lessons = Lessons(table, answers, schema(Task.BINARY))
    wish, trainers = WISH, (trainer or LinearTrainer(),)
    return learn(
        lessons, wish, trainers=trainers, checkpoint=Checkpoint(into), progress=progress, interrupted=interrupted
    )


@dataclass
class Told:
    """Keeps what a search tells, and does something after so many trials."""

    after: int
    do: Callable[[], object]
    trials: list[Trial] = field(default_factory=list)

    def __call__(self, trial: Trial, number: int) -> None:
        self.trials.append(trial)
        assert number == len(self.trials)
        if number == self.after:
            self.do()


def test_a_search_ends_with_the_trials_that_are_whole(tmp_path: Path) -> None:
    wanted = threading.Event()
    told = Told(2, wanted.set)
    found = searched(wanted.is_set, into=tmp_path, progress=told)
    assert list(found.trials) == told.trials
    assert len(found.trials) == 2
    assert found.weights
    assert len(list(tmp_path.glob("*.npz"))) == 2


def test_half_a_trial_is_neither_chosen_from_nor_kept(tmp_path: Path) -> None:
    whole = After(1_000)
    searched(whole)
    with pytest.raises(KeyboardInterrupt):
        searched(After(whole.asked // 3 - 1), into=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_who_goes_on_has_what_an_undisturbed_search_has(tmp_path: Path) -> None:
    wanted = threading.Event()
    searched(wanted.is_set, into=tmp_path, progress=Told(1, wanted.set))
    again, whole = searched(After(1_000), into=tmp_path), searched(After(1_000))
    assert [made.seconds for made in again.trials[:1]] != [made.seconds for made in whole.trials[:1]]
    assert [made.scores for made in again.trials] == [made.scores for made in whole.trials]
    assert again.weights == whole.weights


def test_a_booster_stops_within_its_fit() -> None:
    asked = After(5)
    table, answers = typed(120, Task.BINARY)
    school = searched(After(1_000), LightGbmTrainer()).school
    rows = school.encoded(LightGbmTrainer().plan, school.links[0])
    lesson = Lesson(Task.BINARY, 2, rows, rounds=500)
    core = LightGbmTrainer().fit(replace(lesson, budget=Budget(interrupted=asked)), LightGbmTrainer().portfolio[0])
    assert asked.asked == 6
    assert len(core.score(rows.matrix)) == table.rows == len(answers)


def ask(progress: Progress) -> Model:
    return fit(mixed(), "answer", trials=6, progress=progress)


def test_ctrl_c_in_a_notebook_gives_the_model_of_the_trials_so_far() -> None:
    told = Told(1, lambda: signal.raise_signal(signal.SIGINT))
    model = ask(told)
    assert len(model.learnt.trials) == 1
    assert len(model.predict(mixed())) == 160
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_second_ctrl_c_gives_up() -> None:
    def twice() -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        ask(Told(1, twice))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_before_anybody_asks_ctrl_c_is_what_it_was() -> None:
    with pytest.raises(KeyboardInterrupt), Interruption():
        signal.raise_signal(signal.SIGINT)


def test_who_interrupts_is_told_once() -> None:
    said = []
    with Interruption(lambda: said.append("ending")) as interrupted:
        assert not interrupted()
        signal.raise_signal(signal.SIGINT)
        assert interrupted()
    assert said == ["ending"]


def test_who_gives_up_is_asked_for_a_last_word() -> None:
    said: list[str] = []
    with Interruption(gave_up=lambda: said.append("gone")) as interrupted:
        assert not interrupted()
        signal.raise_signal(signal.SIGINT)
        assert said == []
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert said == ["gone"]


def test_where_ctrl_c_is_ignored_it_stays_so() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Interruption() as interrupted:
        signal.raise_signal(signal.SIGINT)
        assert not interrupted()


def test_a_thread_beside_the_main_one_changes_nothing() -> None:
    found: list[object] = []

    def aside() -> None:
        with Interruption() as interrupted:
            found.extend([signal.getsignal(signal.SIGINT), interrupted()])

    thread = threading.Thread(target=aside)
    thread.start()
    thread.join()
    assert found == [signal.default_int_handler, False]

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from millrace.cli.screen import Screen
from millrace.cli.trials import CONCLUDING, ENDING, READING, SHOWN, Trials
from millrace.domain.report import Candidate
from millrace.domain.spec import Metric, Spec
from millrace.usecases.train_here import Happened

GOOD = Candidate("linear 1", 0.4847, 0.0451, 0.21)
POOR = Candidate("lightgbm 1", 0.9, 0.1, 1.7, dropped="given up after 2 folds")
SILENT = Candidate("xgboost 1", float("nan"), 0.0, 1.0)


def trials(spec: Spec | None = None) -> Trials:
    return Trials(Screen(as_json=False), spec or Spec(trials=3))


def seen(view: Trials) -> str:
    console = Console(file=io.StringIO(), width=100)
    console.print(view.drawn())
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_without_a_terminal_each_trial_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    view = trials()
    with view.shown():
        view.tell(Happened(1, Metric.LOG_LOSS, POOR, None))
        view.tell(Happened(2, Metric.LOG_LOSS, GOOD, GOOD))
        view.tell(Happened(3, Metric.LOG_LOSS, SILENT, GOOD))
        view.interrupt()
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "trial 1: lightgbm 1, log_loss 0.9000 ± 0.1000, 1.7 s, given up after 2 folds; none is whole yet",
        "trial 2: linear 1, log_loss 0.4847 ± 0.0451, 0.2 s; best linear 1, log_loss 0.4847",
        "trial 3: xgboost 1, log_loss none ± 0.0000, 1.0 s; best linear 1, log_loss 0.4847",
    ]
    assert told.err.strip() == ENDING
    assert view.is_interrupted


def test_a_terminal_shows_how_far_it_is_the_last_trials_and_the_best() -> None:
    view = trials(Spec(trials=12))
    assert READING in seen(view)
    for number in range(1, SHOWN + 3):
        view.tell(Happened(number, Metric.AUC, replace(POOR, name=f"lightgbm {number}"), GOOD))
    shown = seen(view)
    assert "10 of 12 trials" in shown
    assert "best linear 1, auc 0.4847" in shown
    assert "lightgbm 10" in shown
    assert "lightgbm 2 " not in shown
    assert "given up after 2 folds" in shown
    assert "Ctrl-C ends it" in shown
    view.tell(Happened(12, Metric.AUC, GOOD, GOOD))
    assert CONCLUDING in seen(view)
    view.interrupt()
    assert ENDING in seen(view)


def test_seconds_are_counted_where_no_trials_are_asked_for() -> None:
    assert "0 of 30 s" in seen(trials(Spec(budget_seconds=30)))

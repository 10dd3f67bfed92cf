"""Cells measured: a program run alone on the machine, and its answers judged here, in one place for all systems."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks import peers
from benchmarks.automl.cells import Cell, Floats, Measured
from benchmarks.automl.datasets import Division
from benchmarks.automl.programs import order
from benchmarks.automl.splits import Split
from benchmarks.automl.systems import System
from benchmarks.job import ROOT
from millrace.evaluation import metrics
from millrace.evaluation.guess import Guess

THREADS = 2
PATIENCE = 3600  # seconds that a program may take beyond thrice its budget
SHOWN = 300  # last letters of what a program that failed said
MACRO_F1 = "macro_f1"


def measure(cell: Cell, system: System, split: Split, threads: int = THREADS) -> tuple[Measured, Floats | None]:
    """Run it. A program that fails, or whose answers are no answers, gives an error and no figures."""
    python = sys.executable if system.lock == "dev" else peers.python(system.lock)
    with tempfile.TemporaryDirectory() as folder:
        command = [python, "-m", system.module, *system.arguments, *_question(cell, split, threads, Path(folder))]
        in_order = split.dataset.division is Division.TIME
        error = _run(command, threads, PATIENCE + 3.0 * (cell.seconds or 0), in_order=in_order)
        if error:
            return Measured(error=error), None
        told = json.loads((Path(folder) / "figures.json").read_text())
        answers: Floats = np.load(Path(folder) / "answers.npy")
    if answers.ndim == 1:
        answers = answers.reshape(-1, 1)
    shape = (len(split.held_out), max(1, len(split.classes)))
    if answers.shape != shape or not np.isfinite(answers).all():
        return Measured(error=f"answers are {answers.shape} and not finite numbers {shape}"), None
    return Measured(scores=scores(split, answers), **told), answers


def scores(split: Split, answers: Floats) -> dict[str, float]:
    """Every metric of the task, and the mean of F1 over classes; a class that nobody could learn is always missed."""
    truth, guess = split.truth, Guess(answers)
    if not split.classes:
        return {metric.value: score for metric, score in guess.measure(split.dataset.task, truth).items()}
    places = truth.astype(np.int64)
    several = max(3, len(split.classes))  # of two classes, the metric would be the second one's alone
    found = {MACRO_F1: metrics.f1(places, guess.chosen, several)}
    if (places < 0).any():
        return {**found, "accuracy": float((guess.chosen == places).mean())}
    return {**{metric.value: score for metric, score in guess.measure(split.dataset.task, places).items()}, **found}


def _question(cell: Cell, split: Split, threads: int, out: Path) -> Sequence[str]:
    dataset = split.dataset
    told = {
        "train": split.train,
        "test": split.test,
        "target": dataset.target,
        "task": dataset.task.value,
        "metric": dataset.metric.value,
        "seconds": cell.seconds or dataset.budgets[0],
        "threads": threads,
        "seed": cell.seed,
        "out": out,
    }
    return [word for name, value in told.items() for word in (f"--{name}", str(value))]


def _run(command: Sequence[str | Path], threads: int, seconds: float, *, in_order: bool) -> str:
    """Why it failed, or nothing."""
    environment = {**os.environ, "DO_NOT_TRACK": "1", "PYTHONWARNINGS": "ignore"}
    environment |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads))
    environment[order.VARIABLE] = str(int(in_order))
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"not done after {seconds:.0f} s"
    said = done.stderr.decode(errors="replace").strip()
    return (said[-SHOWN:] or f"exit code {done.returncode}") if done.returncode else ""

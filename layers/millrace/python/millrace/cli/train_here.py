"""`millrace train FILE --local`: a file in, a folder with its model out, and no cloud at all."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml
from rich.console import Group, RenderableType
from rich.text import Text

from millrace.cli import render
from millrace.cli.screen import Screen
from millrace.cli.trials import Trials
from millrace.domain.errors import InvalidInput
from millrace.domain.findings import Findings
from millrace.domain.job import BASELINE_FILE, MANIFEST_FILE, MODEL_FILE, PROFILE_FILE, REPORT_FILE
from millrace.domain.spec import Metric, Spec
from millrace.domain.upload import bare_name
from millrace.edge import threads
from millrace.local import openmp
from millrace.protocol.spec import read_spec

FIELDS = {"seconds": "budget_seconds"}  # of the spec, where an option's name is another


@dataclass(frozen=True, slots=True)
class Wishes:
    """Options that stand in for fields of the spec; None where one is not given."""

    seconds: float | None = None
    trials: int | None = None
    metric: Metric | None = None
    seed: int | None = None

    @property
    def given(self) -> dict[str, object]:
        """Those that are, by their option's name."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def over(self, spec: bytes | None) -> Spec:
        """The spec with them in place of what it says. Raises Rejected for one that isn't valid."""
        base = {} if spec is None else fields_of(spec)
        asked = {FIELDS.get(name, name): value for name, value in self.given.items()}
        return read_spec(json.dumps(base | asked).encode())


def fields_of(spec: bytes) -> dict[str, object]:
    """The fields that a valid spec.yaml names. Raises Rejected for one that isn't."""
    read_spec(spec)
    return yaml.safe_load(spec) or {}


def refuse_without_local(options: dict[str, object]) -> None:
    """Raise InvalidInput for the first option that was given and means nothing to a stage."""
    for name, value in options.items():
        if value:
            field = FIELDS.get(name, name)
            in_spec = f", or say {field} in the spec.yaml" if field in asdict(Spec()) else ""
            raise InvalidInput(
                f"--{name} is for training on this machine alone", field=f"--{name}", hint=f"add --local{in_spec}"
            )


def folder_of(file: Path) -> Path:
    """Where a model goes when nobody says: `loans-model` in the current folder for loans.csv or loans.csv.gz."""
    return Path(f"{bare_name(file.name)}-model")


def train_here(screen: Screen, file: Path, dataset: str, spec: Spec, *, out: Path, force: bool) -> None:
    """Train, show how it goes, write the folder, and show what came of it. Raises what `edge.here.train` does."""
    start_anew()
    from millrace.edge import here  # with the learners' libraries, which no other command needs

    asked = here.Asked(file, out, dataset, spec, force)
    view = Trials(screen, spec)
    with view.shown():
        found = here.train(asked, view.tell, view.interrupt, view.give_up)
    files = (MODEL_FILE, MANIFEST_FILE, REPORT_FILE, here.PAGE_FILE, PROFILE_FILE, BASELINE_FILE)
    value = {
        "folder": str(out),
        "files": files,
        "report": found.report,
        "verdict": found.verdict,
        "interrupted": view.is_interrupted,
    }
    screen.show(value, lambda: _result(found, out, files, out / here.PAGE_FILE))


def start_anew() -> None:
    """Start this very command again, if it lacks variables that the learners' libraries read as they are loaded.

    The process stays the same one, to whoever waits for it or interrupts it.
    """
    wanted = threads.variables(os.environ) | openmp.variables(os.environ, openmp.link())
    if any(os.environ.get(name) != value for name, value in wanted.items()):
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], os.environ | wanted)  # noqa: S606  # no shell


def _result(found: Findings, out: Path, files: tuple[str, ...], page: Path) -> RenderableType:
    report = found.report
    parts = [render.leaderboard(report, f"in {page}"), render.held_out(report), render.decisions(report)]
    parts += [render.warned(report)] if report.warned else []
    parts += [render.gate(found.verdict)] if found.verdict else []
    return Group(*parts, Text(f"Wrote {out}: {', '.join(files)}"))

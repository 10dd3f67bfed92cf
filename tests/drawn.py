"""Findings as a run leaves them, from the real job on small tables, with names that a careless page would run.

The search is made up, since sixty trials take longer than a test may.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from millrace.domain.findings import Findings
from millrace.domain.gate import Evidence, judge
from millrace.domain.job import Ticket
from millrace.domain.profile import (
    Booleans,
    Categories,
    Category,
    ColumnProfile,
    Correlations,
    Histogram,
    Measure,
    Numbers,
    Profile,
    Quantile,
    Role,
)
from millrace.domain.report import ChampionScore
from millrace.domain.schema import Kind
from millrace.domain.spec import Spec, Task
from millrace.domain.uncertainty import Uncertainty
from millrace.domain.warning import Warned
from millrace.usecases.train import train
from tests.rows import csv_file, mixed
from tests.searched import searched
from tests.trained import job

HOSTILE = '<script>document.title="run"</script>'
LONG = "a_column_whose_name_is_much_longer_than_any_phone_is_wide_and_has_no_blank_in_it"
TICKET = Ticket("acme", "demo", "4f0c2a9b11d0e7aa4f0c2a9b11d0e7aa", 1)
WARNED = (
    Warned("few_labels", "2 classes with fewer than 1,000 labelled examples", "add examples of these classes"),
    Warned("target_leak", f"column {HOSTILE!r} alone predicts the target", "leave it out, if it is known too late"),
)


def findings(folder: Path, task: Task) -> Findings:
    """A run's findings for this task; with a champion where two classes are told apart."""
    path = csv_file(folder / f"{task}.csv", _table(task))
    made = train(job(path, Spec(target="answer", task=task)))
    report = searched(replace(made.report, warned=WARNED))
    champion = None
    if task is Task.BINARY:
        champion = 3
        report = replace(report, champion=ChampionScore(3, report.constant), uncertainty=_paired(report.uncertainty))
    verdict = judge(Evidence(report, Spec(), champion))
    return Findings(TICKET, report, verdict, made.manifest, profile())


def _paired(sure: Uncertainty | None) -> Uncertainty | None:
    return sure and replace(sure, champion=sure.constant, over_champion=sure.over_constant)


def _table(task: Task) -> dict[str, list[object]]:
    table, random = mixed(240), np.random.default_rng(1)
    answer = table.pop("answer")
    signal = [float(a == "yes") + random.normal(0.0, 0.4) for a in answer]
    table[HOSTILE] = [f"{s + random.normal(0.0, 0.3):.3f}" for s in signal]
    table[LONG] = [f"{s * 2 + random.normal(0.0, 0.6):.3f}" for s in signal]
    table["always the same"] = ["x"] * len(answer)
    if task is Task.BINARY:
        return {**table, "answer": list(answer)}
    if task is Task.REGRESSION:
        return {**table, "answer": [f"{1000 * s + 250000:.2f}" for s in signal]}
    names = ("low & slow", HOSTILE, LONG)
    return {**table, "answer": [names[int(i)] for i in np.searchsorted([0.2, 0.9], signal)]}


def profile() -> Profile:
    """One column of each kind and state."""
    edges = tuple(float(edge) for edge in range(18, 79, 2))
    counts = tuple(int(rows) for rows in np.random.default_rng(0).integers(0, 30, len(edges) - 1))
    ages = Numbers(18, 78, 47.3, 17.1, (Quantile(0.5, 47.0),), Histogram(edges, counts))
    days = replace(ages, least=1.7e9, greatest=1.73e9, mean=1.71e9, quantiles=())
    days = replace(days, histogram=Histogram(tuple(1.7e9 + 1e6 * i for i in range(len(edges))), counts))
    cities = Categories((Category("Köln", 90), Category(HOSTILE, 80), Category(LONG, 60)), rest=2)
    columns = (
        ColumnProfile("age", Kind.NUMBER, Role.FEATURE, 226, 14, 61, numbers=ages, association=0.71),
        ColumnProfile("since", Kind.DATE, Role.FEATURE, 240, 0, 200, numbers=days, association=0.02),
        ColumnProfile(HOSTILE, Kind.CATEGORY, Role.FEATURE, 232, 8, 5, categories=cities, association=0.4),
        ColumnProfile("member", Kind.BOOLEAN, Role.FEATURE, 240, 0, 2, booleans=Booleans(130, 110), association=0.3),
        ColumnProfile(
            "answer", Kind.CATEGORY, Role.TARGET, 240, 0, 2, categories=Categories((Category("no", 240),), 0)
        ),
        ColumnProfile("mail", Kind.CATEGORY, Role.LEFT_OUT, 240, 0, 240, withheld="it seems to hold e-mail addresses"),
        ColumnProfile("nothing", Kind.CATEGORY, Role.LEFT_OUT, 0, 240, 0),
    )
    matrix = ((1.0, 0.42, None), (0.42, 1.0, -0.9), (None, -0.9, 1.0))
    return Profile(240, 3, columns, Correlations(("age", LONG, HOSTILE), matrix, 1), Measure.CRAMERS_V, 240)

from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console, RenderableType

from millrace.cli import render
from millrace.domain.access import ApiKey, Scope
from millrace.domain.model import AliasMove, Model, ModelVersion
from millrace.domain.report import Candidate, ChampionScore, Decision, Parity, Report
from millrace.domain.run import DataLocation, Failure, Outcome, Run, RunState
from millrace.domain.spec import Metric, Spec, Task
from millrace.domain.uncertainty import Interval, Uncertainty
from millrace.domain.verdict import RuleResult, Verdict
from millrace.domain.warning import Warned
from tests.searched import COSTS, searched

NOW = "2026-01-02T00:00:00.000Z"
DATA = DataLocation("landing", "acme/loans/x.csv", "v1", "a" * 64, 10)
DONE = Run("acme", "loans", "f" * 32, DATA, Spec(), NOW, Outcome(RunState.SUCCEEDED, version=3, promoted=True), 1, NOW)
REPORT = Report(
    task=Task.BINARY,
    target="y",
    metric=Metric.AUC,
    rows_train=80,
    rows_held_out=20,
    columns=3,
    candidates=(Candidate("weak", 0.6, 0.01, 1.0), Candidate("strong", 0.9, 0.02, 2.0, chosen=True)),
    held_out={Metric.AUC: 0.91},
    constant={Metric.AUC: 0.5},
    parity=Parity(20, 1e-7, 0, 1e-4),
    decisions=(Decision("task", "binary", "two classes"),),
    warnings=("a column is constant",),
    warned=(Warned("few_labels", "one class is rare", "add examples of [it]"),),
    champion=ChampionScore(2, {Metric.AUC: 0.88}),
)
VERDICT = Verdict((RuleResult("beats_constant", True, {}, "0.91 against 0.5"),), 2)  # a field


def text(of: RenderableType) -> str:
    console = Console(file=io.StringIO(), width=160, highlight=False)
    console.print(of)
    written = console.file
    assert isinstance(written, io.StringIO)
    return written.getvalue()


def test_a_run_shows_all_that_was_found() -> None:
    shown = text(render.run(DONE, REPORT, VERDICT))
    for word in (
        "f" * 32,
        "acme/loans",
        "succeeded",
        "version 3, made champion",
        "strong",
        "0.9000",
        "0.9100",
        "0.8800",
    ):
        assert word in shown
    for word in (
        "20 of 100 rows",
        "two classes",
        "a column is constant",
        "few_labels",
        "add examples of [it]",
        "it may serve",
        "0.91 against 0.5",
    ):
        assert word in shown


def test_of_a_long_leaderboard_the_best_and_all_that_serve_are_shown() -> None:
    shown = text(render.leaderboard(searched(REPORT)))
    assert "42%" in shown
    assert shown.count("★") == 5
    assert "pruned after 1 fold" in shown
    assert "and 50 more: see them with millrace runs report" in shown
    assert "and 50 more: see them in it/report.html" in text(render.leaderboard(searched(REPORT), "in it/report.html"))
    short = text(render.leaderboard(REPORT))
    assert "left out because" not in short
    assert "more" not in short
    assert short.index("strong") < short.index("weak")


def test_held_out_metrics_show_their_intervals() -> None:
    own, theirs = {Metric.AUC: Interval(0.8, 0.95)}, {Metric.AUC: Interval(0.79, 0.94)}
    shown = text(render.held_out(replace(REPORT, uncertainty=Uncertainty(0.95, 2000, 20, "x", own, {}, {}, theirs))))
    for word in ("0.9100 [0.8000, 0.9500]", "0.8800 [0.7900, 0.9400]", "95 % intervals from 2000 resamples"):
        assert word in shown
    assert "[" not in text(render.held_out(REPORT))


def test_what_wrong_labels_cost_stands_below_the_metrics() -> None:
    shown = text(render.held_out(replace(REPORT, label_costs=replace(COSTS, champion=0.3141))))
    for word in ("cost a row", "0.2187", "0.7012: all yes", "0.3141"):
        assert word in shown
    assert "cost a row" not in text(render.held_out(REPORT))


def test_the_leaderboard_puts_the_best_first() -> None:
    assert text(render.leaderboard(REPORT)).index("strong") < text(render.leaderboard(REPORT)).index("weak")
    losses = replace(REPORT, metric=Metric.LOG_LOSS)
    assert text(render.leaderboard(losses)).index("weak") < text(render.leaderboard(losses)).index("strong")


def test_a_failed_run_says_why_and_what_to_do() -> None:
    failure = Failure("no_rows", "the file has no [rows]", "add [some]", "file")
    shown = text(render.run(replace(DONE, outcome=Outcome(RunState.REJECTED, failure)), None, None))
    for word in ("rejected", "no_rows: the file has no [rows] (at file)", "→ add [some]"):
        assert word in shown


def test_a_refusal_is_not_called_a_pass() -> None:
    refused = replace(VERDICT, rules=(replace(VERDICT.rules[0], holds=False),))
    shown = text(render.gate(refused))
    assert "it may not serve" in shown
    assert "✗" in shown


def test_a_run_that_once_took_over_says_who_serves_now() -> None:
    lines = {line.split("  ")[0]: line for line in text(render.run(DONE, None, None, 4)).splitlines()}
    assert "version 3, made champion" in lines["result"]
    assert "version 4" in lines["serves now"]
    assert "none" in text(render.run(DONE, None, None)).partition("serves now")[2].splitlines()[0]


def test_a_place_is_told_once() -> None:
    failure = Failure("undecodable", "the file is not UTF-8 at byte 47", field="byte 47")
    shown = text(render.run(replace(DONE, outcome=Outcome(RunState.REJECTED, failure)), None, None))
    assert shown.count("byte 47") == 1


def test_columns_of_one_kind_are_told_in_one_line() -> None:
    made = [Decision(f"column f{number}", "number", "each value is a number") for number in range(1, 401)]
    made += [Decision("column city", "category", "text"), Decision("task", "number", "each value is a number")]
    shown = text(render.decisions(replace(REPORT, decisions=tuple(made), warnings=())))
    assert "column f1 ... f400 (400)" in shown
    assert "f200" not in shown
    for word in ("column city", "task"):
        assert word in shown


def test_runs_and_models_are_listed() -> None:
    running = replace(DONE, outcome=Outcome(RunState.RUNNING))
    kept = replace(DONE, outcome=Outcome(RunState.SUCCEEDED, version=4))
    shown = text(render.runs([DONE, running, kept], {}))
    assert "version 4, kept aside" in shown
    assert "running" in shown
    assert "none serves" in text(render.models([Model("acme", "loans", 1, None)]))


def test_a_model_shows_its_champion_and_its_ledger() -> None:
    version = ModelVersion("acme", "loans", 2, "f" * 32, "1", "2", "3", 9, {Metric.AUC: 0.9}, True, NOW)  # a field
    move = AliasMove("acme", "loans", "champion", 2, 1, 2, NOW, "gate", "it is better")
    shown = text(render.model([replace(version, number=1, accepted=False), version], 2, [move]))
    for word in ("★", "refused", "accepted", "1 → 2", "it is better"):
        assert word in shown


def test_a_key_s_standing() -> None:
    key = ApiKey("acme", "0" * 16, "d", frozenset({Scope.INFER}), "2026-01-01", "2026-02-01", label="laptop")
    shown = text(render.keys([key, replace(key, expires="2026-01-02"), replace(key, revoked="2026-01-01")], NOW))
    assert [line.split()[1] for line in shown.splitlines() if line.strip().startswith("0000")] == [
        "valid",
        "expired",
        "revoked",
    ]
    assert "laptop" in shown


def test_predictions_of_classes_and_of_numbers() -> None:
    label = {"label": "good", "probabilities": {"good": 0.75, "bad": 0.25}}
    shown = text(render.predictions("m", [{"a": "[b]"}], [label]))
    assert "[b]" in shown
    assert "0.7500" in shown
    assert "probability" in shown
    numbers = text(render.predictions("m", [{"a": 1}], [{"value": 12.5}]))
    assert "12.5" in numbers
    assert "probability" not in numbers
    assert text(render.predictions("m", [{"a": 1}], [{"value": None}]))
    assert text(render.predictions("m", [{"a": 1}], [{"label": "x", "probabilities": {"x": None}}]))


def test_a_waiting_run_is_listed_with_its_place_and_the_way_to_older_ones() -> None:
    waits = replace(DONE, outcome=Outcome(RunState.QUEUED), finished=None)
    shown = text(render.runs([waits], {waits.id: 3}, more=True))
    assert "queued, place 3" in shown
    assert f"millrace runs list --after {waits.id}" in shown
    assert "--after" not in text(render.runs([waits], {waits.id: 3}))
    assert "queued, place 3" in text(render.run(waits, None, None, None, 3))

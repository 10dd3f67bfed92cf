"""How domain values look to a person: tables and a few words, the same from every command."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from millrace.domain.access import ApiKey
from millrace.domain.model import CHAMPION, AliasMove, Model, ModelVersion
from millrace.domain.report import Decision, LabelCosts, Report
from millrace.domain.run import Outcome, Run, RunState
from millrace.domain.spec import Metric
from millrace.domain.uncertainty import Intervals
from millrace.domain.verdict import Verdict

COLUMN = "column "  # how a decision about a column begins
LEADERBOARD = "Leaderboard (cross-validation)"
SHOWN_CANDIDATES = 10  # of a leaderboard
SHOWN_COLUMNS = 4  # of a row that was predicted
STYLE = {RunState.QUEUED: "cyan", RunState.RUNNING: "yellow", RunState.SUCCEEDED: "green"}
STYLE |= dict.fromkeys((RunState.REJECTED, RunState.FAILED, RunState.CANCELLED), "red")


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A plain table; an empty one still shows its columns."""
    made = Table(title=title or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        made.add_column(column)
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else Text("" if cell is None else str(cell)) for cell in row))
    return made


def figure(value: float) -> str:
    """A metric's value with four digits after the point."""
    return f"{value:.4f}"


def state(outcome: Outcome, place: int | None = None) -> Text:
    """A run's state in its colour, with its place in the queue if it waits."""
    where = "" if place is None else f", place {place}"
    return Text(outcome.state.value + where, style=STYLE[outcome.state])


def runs(found: Sequence[Run], places: Mapping[str, int], *, more: bool = False) -> RenderableType:
    """A list of runs, and how to see the `more` that are older."""
    rows = (
        (run.id, run.dataset, state(run.outcome, places.get(run.id)), _result(run.outcome), run.created)
        for run in found
    )
    listed = table("Runs", ("run", "dataset", "state", "result", "created"), rows)
    return Group(listed, Text(f"More: millrace runs list --after {found[-1].id}")) if more else listed


def _result(outcome: Outcome) -> str:
    if outcome.failure is not None:
        return outcome.failure.code
    if outcome.version is None:
        return ""
    return f"version {outcome.version}, {'made champion' if outcome.promoted else 'kept aside'}"


def run(
    found: Run,
    report: Report | None,
    verdict: Verdict | None,
    champion: int | None = None,
    place: int | None = None,
) -> RenderableType:
    """Everything about one run; `champion` is the version of its model that serves now, `place` where it waits."""
    facts = Table.grid(padding=(0, 2))
    for name, value in (
        ("run", Text(found.id)),
        ("dataset", Text(f"{found.tenant}/{found.dataset}")),
        ("state", state(found.outcome, place)),
        ("result", Text(_result(found.outcome))),
        ("serves now", Text("none" if champion is None else f"version {champion}")),
        ("created", Text(found.created)),
        ("finished", Text(found.finished or "")),
        ("attempts", Text(str(found.attempts))),
        ("content", Text(found.data.digest)),
    ):
        facts.add_row(Text(name, style="dim"), value)
    parts: list[RenderableType] = [facts]
    if found.outcome.failure is not None:
        failure = found.outcome.failure
        is_told = bool(failure.field) and (failure.message.endswith(f" {failure.field}"))
        where = f" (at {failure.field})" if failure.field and not is_told else ""
        parts.append(Text(f"\n{failure.code}: {failure.message}{where}", style="red"))
        if failure.hint:
            parts.append(Text(f"→ {failure.hint}", style="bold"))
    if report is not None:
        parts += [leaderboard(report), held_out(report), decisions(report)]
        parts += [warned(report)] if report.warned else []
    if verdict is not None:
        parts.append(gate(verdict))
    return Group(*parts)


def leaderboard(report: Report, rest_is: str = "with millrace runs report") -> RenderableType:
    """The candidates that serve and the best others, best first, how many more there are, and where the `rest_is`."""
    first, rest = report.leaderboard(SHOWN_CANDIDATES)
    rows = [
        ("★" if each.serves else "", each.name, figure(each.score), f"± {figure(each.spread)}", f"{each.seconds:.1f} s")
        for each in first
    ]
    heads = ("", "candidate", report.metric.value, "spread", "time")
    if any(each.weight or each.dropped for each in report.candidates):
        weighed = [(f"{each.weight:.0%}" if each.weight else "", each.dropped or "") for each in first]
        whole = [row + more for row, more in zip(rows, weighed, strict=True)]
        listed = table(LEADERBOARD, (*heads, "weight", "left out because"), whole)
    else:
        listed = table(LEADERBOARD, heads, rows)
    return Group(listed, Text(f"and {len(rest)} more: see them {rest_is}")) if rest else listed


def held_out(report: Report) -> RenderableType:
    """The chosen pipeline's metrics beside the best constant's and the champion's, with their intervals."""
    champion = report.champion.metrics if report.champion is not None else None
    sure = report.uncertainty
    shown: list[tuple[str, Mapping[Metric, float], Intervals]] = [
        ("this model", report.held_out, sure.held_out if sure else {}),
        ("best constant", report.constant, {}),
    ]
    if champion:
        shown.append(("champion", champion, sure.champion if sure else {}))
    rows = [[metric.value, *(_with(each, bounds, metric) for _, each, bounds in shown)] for metric in report.held_out]
    if report.label_costs is not None:
        rows.append(_costs(report.label_costs, has_champion=bool(champion)))
    rows_shown = f"{report.rows_held_out} of {report.rows_train + report.rows_held_out} rows"
    level = f"; {100 * sure.level:g} % intervals from {sure.resamples} resamples" if sure else ""
    return table(f"Held-out metrics ({rows_shown}{level})", ["metric", *(name for name, _, _ in shown)], rows)


def _costs(costs: LabelCosts, *, has_champion: bool) -> list[str]:
    """The row of what wrong labels cost, as the spec counts it."""
    champion = [] if not has_champion else ["" if costs.champion is None else figure(costs.champion)]
    return ["cost a row", figure(costs.held_out), f"{figure(costs.constant)}: all {costs.constant_label}", *champion]


def _with(metrics: Mapping[Metric, float], bounds: Intervals, metric: Metric) -> str:
    value, interval = _figure_of(metrics, metric), bounds.get(metric)
    return f"{value} [{figure(interval.low)}, {figure(interval.high)}]" if interval else value


def _figure_of(metrics: Mapping[Metric, float], metric: Metric) -> str:
    return figure(metrics[metric]) if metric in metrics else ""


def decisions(report: Report) -> RenderableType:
    """What was decided because the spec was silent, and warnings."""
    rows = [
        (_together([each.what for each in equal]), choice, why)
        for (choice, why, _), group in groupby(report.decisions, _alike)
        for equal in [list(group)]
    ]
    rows += [("warning", "", each) for each in report.warnings]  # an earlier release's
    return table("Decided from the data", ("what", "choice", "why"), rows)


def warned(report: Report) -> RenderableType:
    """What the report warns of, and what to do about it."""
    rows = ((each.code, each.says, each.do) for each in report.warned)
    return table("Warnings", ("code", "seen", "what to do"), rows)


def _alike(decision: Decision) -> tuple[str, str, str]:
    """What neighbours must share to be told in one line: all but the name of the column."""
    is_column = decision.what.startswith(COLUMN)
    return decision.choice, decision.why, COLUMN if is_column else decision.what


def _together(what: Sequence[str]) -> str:
    if len(what) == 1:
        return what[0]
    return f"{what[0]} ... {what[-1].removeprefix(COLUMN)} ({len(what)})"


def gate(verdict: Verdict) -> RenderableType:
    """The gate's rules."""
    rows = (
        (Text("✓", style="green") if rule.holds else Text("✗", style="red"), rule.rule, rule.says)
        for rule in verdict.rules
    )
    title = "Gate: it may serve" if verdict.accepted else "Gate: it may not serve"
    return table(title, ("", "rule", "says"), rows)


def keys(found: Sequence[ApiKey], now: str) -> RenderableType:
    """A tenant's keys."""

    def standing(key: ApiKey) -> Text:
        if key.revoked is not None:
            return Text("revoked", style="red")
        return Text("expired", style="red") if key.expires <= now else Text("valid", style="green")

    rows = ((key.id, standing(key), " ".join(sorted(key.scopes)), key.label, key.created, key.expires) for key in found)
    return table("Keys", ("id", "standing", "scopes", "label", "created", "expires"), rows)


def models(found: Sequence[Model]) -> RenderableType:
    """A tenant's models."""
    rows = ((model.name, model.versions, model.champion or "none serves") for model in found)
    return table("Models", ("model", "versions", CHAMPION), rows)


def model(versions: Sequence[ModelVersion], champion: int | None, moves: Sequence[AliasMove]) -> RenderableType:
    """One model's versions and the ledger of its aliases."""
    metrics = list(dict.fromkeys(metric for version in versions for metric in version.metrics))
    rows = (
        [
            "★" if version.number == champion else "",
            version.number,
            "accepted" if version.accepted else "refused",
            *(_figure_of(version.metrics, metric) for metric in metrics),
            version.run_id,
            version.created,
        ]
        for version in versions
    )
    listed = table("Versions", ("", "version", "gate", *metrics, "run", "created"), rows)
    return Group(listed, ledger(moves))


def ledger(moves: Sequence[AliasMove]) -> RenderableType:
    """Every move of a model's aliases."""
    rows = (
        (move.sequence, move.alias, f"{move.before or '-'} → {move.after}", move.at, move.who, move.why)
        for move in moves
    )
    return table("Ledger", ("#", "alias", "move", "at", "who", "why"), rows)


def predictions(title: str, rows: Sequence[Mapping[str, object]], said: Sequence[Mapping[str, Any]]) -> Table:
    """Rows, by their first columns, with what was predicted for each."""
    names = list(rows[0])[:SHOWN_COLUMNS] if rows else []
    has_labels = any("label" in each for each in said)
    cells = ([*(row.get(name, "") for name in names), *_said(each)] for row, each in zip(rows, said, strict=True))
    return table(title, [*names, "prediction", *(["probability"] if has_labels else [])], cells)


def _said(prediction: Mapping[str, Any]) -> tuple[str, ...]:
    if "label" in prediction:
        probability = prediction["probabilities"].get(prediction["label"])
        return str(prediction["label"]), "" if probability is None else figure(probability)
    value = prediction["value"]
    return ("" if value is None else f"{value:g}",)


def answer(model: str, said: Mapping[str, Any], rows: Sequence[Mapping[str, object]]) -> Table:
    """A first answer over HTTPS."""
    return predictions(f"{model} version {said['model_version']} answers over HTTPS", rows, said["predictions"])


def following(commands: Sequence[str]) -> Text:
    """Commands to try next."""
    shown = Text("Try next\n", style="bold")
    return shown.append("\n".join(f"  {command}" for command in commands), style="not bold cyan")

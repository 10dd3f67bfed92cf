"""The bill is counted in the templates, and what the documents say of it is what is computed."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from benchmarks import cost, cost_page, log_bytes
from benchmarks.counted import Counts, Source, count
from tests.conftest import ROOT
from tests.stacks.conftest import STAGES
from tests.stacks.templates import Templates

Parts = dict[str, dict[str, Any]]
SOURCE = "collect"


@pytest.fixture
def parts(synthesized: Callable[[str], Templates]) -> Parts:
    """The templates of the stage whose bill is shown, to be changed."""
    return copy.deepcopy(synthesized(cost.STAGE).parts)


@pytest.fixture
def counts(parts: Parts) -> Counts:
    return count(parts.values())


def dollars(charges: list[cost.Charge]) -> dict[str, float]:
    return {each.what: each.dollars for each in charges}


def collecting(parts: Parts) -> Counts:
    """The stage, with a function that collects captures from a queue."""
    monitoring = parts["monitoring"]["Resources"]
    monitoring.pop("Collecting", None)
    said = {"MemorySize": 512, "Environment": {"Variables": {"POWERTOOLS_SERVICE_NAME": SOURCE}}}
    monitoring["Collect"] = {"Type": "AWS::Lambda::Function", "Properties": said}
    live = {"FunctionName": {"Ref": "Collect"}, "Name": "live"}
    monitoring["CollectLive"] = {"Type": "AWS::Lambda::Alias", "Properties": live}
    polled = {"FunctionName": {"Ref": "CollectLive"}, "BatchSize": 100, "MaximumBatchingWindowInSeconds": 60}
    monitoring["Polled"] = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": polled}
    return count(parts.values())


def test_the_page_is_up_to_date(counts: Counts) -> None:
    assert (ROOT / "docs/cost.md").read_text() == cost_page.page(counts), "run: python docs/generate.py"


def test_the_readme_says_the_two_headlines(counts: Counts) -> None:
    table = (ROOT / "README.md").read_text().partition("## What it costs")[2].partition("## Figures")[0]
    rows = {
        cells[1].strip(): [cell.strip() for cell in cells[2:4]]
        for line in table.splitlines()
        if (cells := line.split("|"))[0] == "" and len(cells) > 4
    }
    idle, thin = cost.fixed(counts), cost.predictions(counts, cost.THIN)
    assert rows["idle, a month"][0] == f"{cost.total(idle):.2f}"
    assert f"{counts.alarms} alarms" in rows["idle, a month"][1]
    said, of = rows["1 M one-row predictions, spread thin"]
    assert said == f"{cost.total(thin):.2f}"
    assert f"logs {dollars(thin)['CloudWatch Logs']:.2f};" in of
    assert f"{cost.total(cost.predictions(counts, cost.STEADY)):.2f} in a steady stream" in of


def test_every_stage_can_be_counted(synthesized: Callable[[str], Templates]) -> None:
    for stage in STAGES:
        assert cost.total(cost.fixed(count(synthesized(stage).parts.values()))) > 0


def test_one_more_alarm_costs_ten_cents(parts: Parts, counts: Counts) -> None:
    parts["data"]["Resources"]["Another"] = {"Type": "AWS::CloudWatch::Alarm", "Properties": {}}
    more = count(parts.values())
    assert more.alarms == counts.alarms + 1
    assert cost.total(cost.fixed(more)) - cost.total(cost.fixed(counts)) == pytest.approx(0.10)


def test_a_schedule_costs_what_its_function_takes(parts: Parts, counts: Counts) -> None:
    assert counts.schedules["reconcile"] == 5
    rule = next(
        each["Properties"]
        for each in parts["training"]["Resources"].values()
        if "ScheduleExpression" in each["Properties"] and each["Type"] == "AWS::Events::Rule"
    )
    rule["ScheduleExpression"] = "rate(1 hour)"
    rarer = dollars(cost.fixed(count(parts.values())))["the schedule of reconcile"]
    assert rarer == pytest.approx(dollars(cost.fixed(counts))["the schedule of reconcile"] / 12)


def test_a_private_network_costs_by_the_interface(synthesized: Callable[[str], Templates]) -> None:
    private = dollars(cost.fixed(count(synthesized("private").parts.values())))
    assert private["interfaces of VPC endpoints"] == pytest.approx(6 * 2 * 7.30)


def test_captures_cost_once_something_collects_them(parts: Parts, counts: Counts) -> None:
    assert "captures" in dollars(cost.predictions(counts, cost.THIN)) or not counts.sources
    more = collecting(parts)
    assert Source(SOURCE, 100, 60) in more.sources
    idle = dollars(cost.fixed(more))
    assert idle[f"the queue of {SOURCE}"] == pytest.approx(5 * 3 * 60 * 730 * 0.40 / 1e6)
    thin, steady = (dollars(cost.predictions(more, calls))["captures"] for calls in (cost.THIN, cost.STEADY))
    together = 60 * 1e6 / (730 * 3600)  # what comes within a window
    once = 0.20 + 300_000 / 1e3 * 0.5 * 1e3 * 0.0000133334 + 5.00
    assert thin == pytest.approx(0.40 * (1 + 2 / 10) + once / together)
    assert steady == pytest.approx(0.40 * (1 + 2 / 10) + once / 100)


def test_a_model_costs_once_register_puts_its_alarm(parts: Parts) -> None:
    put = {"PolicyDocument": {"Statement": [{"Action": "cloudwatch:PutMetricAlarm"}]}}
    parts["training"]["Resources"]["Put"] = {"Type": "AWS::IAM::Policy", "Properties": put}
    watched = count(parts.values())
    assert watched.watched
    assert "| each model | 0.40 |" in cost_page.page(watched)


def test_a_run_goes_through_every_state_that_leads_to_a_champion(counts: Counts) -> None:
    titles = [title for title, _ in counts.path]
    assert (titles[0], titles[-1]) == ("Admit", "Done")
    assert {"Gate", "Register", "Deploy", "Notify of a deployed model"} <= set(titles)
    assert sum(calls for _, calls in counts.path) == 5


def test_one_more_job_of_a_run_costs_its_own_states_only(counts: Counts) -> None:
    assert [title for title, _ in counts.spread] == ["Search on a worker"]
    assert not any("Spread" in title for title, _ in counts.path)
    another = next(each for each in cost.training(counts) if each.what.startswith("each of several"))
    assert another.how.startswith("1 state transition ")
    assert another.dollars == pytest.approx((25 + 50 * 5 + 10 * 0.4) / 1e6)


def test_a_call_is_charged_for_every_line_that_it_logs(counts: Counts) -> None:
    logged = next(each for each in cost.predictions(counts, cost.THIN) if each.what == "CloudWatch Logs")
    size = log_bytes.of_function("predict") + log_bytes.of_function("authorize") + log_bytes.of_access()
    assert logged.how.startswith(f"{size:,} bytes a call")


def test_memory_is_what_the_templates_give(counts: Counts) -> None:
    assert (counts.memory_gb["predict"], counts.memory_gb["authorize"]) == (1.0, 0.5)

"""Alarms: each tells the stage's operators, and its description says where to read what to do."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Duration, aws_apigateway, aws_cloudwatch, aws_lambda
from aws_cdk import aws_cloudwatch_actions as actions
from constructs import Construct

from millrace.settings import Settings
from stacks.constructs.queue import Queue
from stacks.constructs.topic import Topic
from stacks.stage import StageConfig

RUNBOOK = "docs/runbook.md"
FIVE_MINUTES, A_MINUTE = Duration.minutes(5), Duration.minutes(1)
SPELL = (2, 3)  # of so many periods in a row, how many must be bad: one slow or failed call wakes nobody


@dataclass(frozen=True, slots=True)
class Watch:
    """What the alarms of a stage share: its configuration, and the topic that its operators hear."""

    stage: StageConfig
    operators: Topic


class Alarm(aws_cloudwatch.Alarm):
    """The alarm `millrace-<stage>-<name>`: it rises when the metric reaches `limit` in `bad` of the last `of` periods.

    Where nothing happens there are no data, and nothing is wrong. `entry` of the runbook tells what to do; it is the
    alarm's name unless several alarms share one.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        watch: Watch,
        metric: aws_cloudwatch.IMetric,
        limit: float,
        means: str,
        bad: int = 1,
        of: int = 1,
        entry: str | None = None,
    ) -> None:
        super().__init__(
            scope,
            f"Alarm {name}",
            alarm_name=f"millrace-{watch.stage.name}-{name}",
            alarm_description=f"{means}. What to do: {RUNBOOK}#{entry or name}",
            metric=metric,
            threshold=limit,
            evaluation_periods=of,
            datapoints_to_alarm=bad,
            comparison_operator=aws_cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=aws_cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        self.add_alarm_action(actions.SnsAction(watch.operators))


def on_failed_runs(scope: Construct, watch: Watch) -> None:
    """Runs that ours or the cloud's fault ended. The state machine fails for rejected ones too, so they are counted."""
    metric = aws_cloudwatch.Metric(
        namespace=Settings(stage=watch.stage.name).metrics,
        metric_name="runs/failed",
        statistic="Sum",
        period=FIVE_MINUTES,
    )
    Alarm(scope, "failed-runs", watch=watch, metric=metric, limit=1, means="A run failed by no fault of its data")


def on_dead_letters(scope: Construct, name: str, queue: Queue, watch: Watch, *, means: str) -> None:
    """What could not be handled, and lies in a queue that nobody empties but a person."""
    metric = queue.metric_approximate_number_of_messages_visible(statistic="Maximum", period=FIVE_MINUTES)
    Alarm(scope, name, watch=watch, metric=metric, limit=1, means=means)


def on_waiting_jobs(scope: Construct, queue: Queue, watch: Watch) -> None:
    """A job that no worker takes. The oldest message's age would not do: it counts those that a worker works on too."""
    minutes = watch.stage.alarm_wait_minutes
    metric = queue.metric_approximate_number_of_messages_visible(statistic="Minimum", period=A_MINUTE)
    means = f"For {minutes} minutes jobs have waited that no worker took"
    Alarm(scope, "waiting-jobs", watch=watch, metric=metric, limit=1, bad=minutes, of=minutes, means=means)


def on_waiting_captures(scope: Construct, queue: Queue, watch: Watch) -> None:
    """Captures that nothing collects: no call fails then, and after two weeks they would be gone."""
    metric = queue.metric_approximate_age_of_oldest_message(statistic="Maximum", period=FIVE_MINUTES)
    means = "Captures have waited for a quarter of an hour to be collected"
    Alarm(scope, "waiting-captures", watch=watch, metric=metric, limit=900, means=means)


def on_schedule(scope: Construct, name: str, function: aws_lambda.IFunction, watch: Watch) -> None:
    """Errors of a function that a schedule calls, of which nobody else hears."""
    metric = function.metric_errors(statistic="Sum", period=FIVE_MINUTES)
    means = f"The scheduled function {name} fails"
    Alarm(scope, f"scheduled-{name}", watch=watch, metric=metric, limit=1, means=means, entry="scheduled-functions")


def on_throttling(scope: Construct, name: str, function: aws_lambda.IFunction, watch: Watch) -> None:
    """Calls that Lambda refused because too many ran at once."""
    metric = function.metric_throttles(statistic="Sum", period=FIVE_MINUTES)
    means = f"Lambda refuses calls of {name}"
    Alarm(scope, f"throttled-{name}", watch=watch, metric=metric, limit=1, means=means, entry="throttled-functions")


def on_answers(scope: Construct, api: aws_apigateway.Stage, watch: Watch) -> None:
    """The API's share of failed answers, and how long the slowest hundredth takes."""
    stage, bad, of = watch.stage, *SPELL
    failed = api.metric_server_error(statistic="Average", period=FIVE_MINUTES)  # of 0 and 1: a share
    slow = api.metric_latency(statistic="p99", period=FIVE_MINUTES)
    percent, ms = stage.alarm_error_percent, stage.alarm_latency_ms
    means = f"{percent} % of the API's answers or more are 5xx"
    Alarm(scope, "api-errors", watch=watch, metric=failed, limit=percent / 100, bad=bad, of=of, means=means)
    means = f"One answer of the API in a hundred takes {ms} ms or more"
    Alarm(scope, "api-latency", watch=watch, metric=slow, limit=ms, bad=bad, of=of, means=means)

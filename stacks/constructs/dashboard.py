"""One page of pictures of a stage: who calls, how it goes, what runs, what waits, and which model drifts."""

from __future__ import annotations

from aws_cdk import Aws, Duration, aws_cloudwatch
from constructs import Construct

from millrace.settings import Settings
from stacks.constructs.api import STAGE_NAME
from stacks.constructs.queue import Queue
from stacks.stage import StageConfig

FIVE_MINUTES, AN_HOUR = Duration.minutes(5), Duration.hours(1)
WIDTH, HEIGHT = 8, 6  # of a picture: three stand beside each other
ENDS = ("succeeded", "rejected", "failed", "cancelled")


class StageDashboard(aws_cloudwatch.Dashboard):
    """The dashboard `millrace-<stage>`.

    Functions and queues are searched for by the stage's name, which theirs begin with: what a stage gains shows
    without a change here, and no other stack has to export a name that it then could not let go.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: StageConfig, captures: Queue) -> None:
        self._stage = stage
        rows = [
            [
                _graph("Traffic", [self._of_api("Count", "Sum", "calls")]),
                _graph(
                    "Errors of the API",
                    [self._of_api("5XXError", "Sum", "5xx"), self._of_api("4XXError", "Sum", "4xx, 429 among them")],
                ),
                _graph("Latency of the API, ms", [self._of_api("Latency", each, each) for each in ("p50", "p99")]),
            ],
            [
                _graph("Runs by outcome", [self._own(f"runs/{each}", each) for each in ENDS]),
                _graph("Messages in queues", [self._queues("ApproximateNumberOfMessagesVisible")]),
                _graph("Captures", _flow(captures)),
            ],
            [
                _graph("Drift severity by model; an alarm rises at 1", [self._drift()]),
                _graph("Executions of the state machine", [self._executions(each) for each in ("Started", "Failed")]),
                _graph("Age of the oldest message, s", [self._queues("ApproximateAgeOfOldestMessage")]),
            ],
            [
                _graph("Durations of functions, p99, ms", [self._functions("Duration", "p99")]),
                _graph("Concurrency of functions", [self._functions("ConcurrentExecutions", "Maximum")]),
                _graph(
                    "Errors and throttles of functions",
                    [self._functions("Errors", "Sum"), self._functions("Throttles", "Sum")],
                ),
            ],
        ]
        super().__init__(
            scope,
            construct_id,
            dashboard_name=f"millrace-{stage.name}",
            default_interval=Duration.days(1),
            widgets=[list(row) for row in rows],
        )

    def _of_api(self, metric: str, statistic: str, label: str) -> aws_cloudwatch.IMetric:
        return aws_cloudwatch.Metric(
            namespace="AWS/ApiGateway",
            metric_name=metric,
            dimensions_map={"ApiName": f"millrace-{self._stage.name}", "Stage": STAGE_NAME},
            statistic=statistic,
            period=FIVE_MINUTES,
            label=label,
        )

    def _own(self, metric: str, label: str) -> aws_cloudwatch.IMetric:
        namespace = Settings(stage=self._stage.name).metrics
        return aws_cloudwatch.Metric(
            namespace=namespace, metric_name=metric, statistic="Sum", period=AN_HOUR, label=label
        )

    def _executions(self, what: str) -> aws_cloudwatch.IMetric:
        machine = (
            f"arn:{Aws.PARTITION}:states:{Aws.REGION}:{Aws.ACCOUNT_ID}:stateMachine:millrace-{self._stage.name}-train"
        )
        return aws_cloudwatch.Metric(
            namespace="AWS/States",
            metric_name=f"Executions{what}",
            dimensions_map={"StateMachineArn": machine},
            statistic="Sum",
            period=AN_HOUR,
            label=f"{what.lower()}, rejected uploads among them" if what == "Failed" else what.lower(),
        )

    def _drift(self) -> aws_cloudwatch.IMetric:
        """Every metric `drift/<tenant>/<model>`, whichever models there are."""
        return _search(f'{{"{Settings(stage=self._stage.name).metrics}"}} MetricName=drift', "Maximum", AN_HOUR)

    def _functions(self, metric: str, statistic: str) -> aws_cloudwatch.IMetric:
        return _search(f'{{AWS/Lambda,FunctionName}} MetricName="{metric}" {self._ours}', statistic, FIVE_MINUTES)

    def _queues(self, metric: str) -> aws_cloudwatch.IMetric:
        return _search(f'{{AWS/SQS,QueueName}} MetricName="{metric}" {self._ours}', "Maximum", FIVE_MINUTES)

    @property
    def _ours(self) -> str:
        """Words in the names of this stage's functions and queues, which CloudFormation begins with the stack's."""
        return f"millrace {self._stage.name.replace('-', ' ')}"


def _flow(queue: Queue) -> list[aws_cloudwatch.IMetric]:
    return [
        queue.metric_number_of_messages_sent(label="recorded", period=FIVE_MINUTES),
        queue.metric_number_of_messages_deleted(label="collected", period=FIVE_MINUTES),
    ]


def _search(query: str, statistic: str, period: Duration) -> aws_cloudwatch.IMetric:
    expression = f"SEARCH('{query}', '{statistic}', {period.to_seconds():.0f})"
    return aws_cloudwatch.SearchExpression(expression=expression, period=period)


def _graph(title: str, metrics: list[aws_cloudwatch.IMetric]) -> aws_cloudwatch.GraphWidget:
    return aws_cloudwatch.GraphWidget(title=title, left=metrics, width=WIDTH, height=HEIGHT)

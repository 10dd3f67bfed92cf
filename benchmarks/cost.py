"""What a stage costs on AWS: by the month while idle, and by what is done with it, with the arithmetic.

Prices and assumptions are data, counts come from the stage's own templates, and nothing here was billed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import log_bytes
from benchmarks.counted import Counts, Source, count, synthesized
from benchmarks.figures import Row

HERE = Path(__file__).parent
PRICES = json.loads((HERE / "prices.json").read_text())
ASSUMED = json.loads((HERE / "assumptions.json").read_text())
STAGE = "dev"  # whose templates are counted
HOURS = 730  # in a month
MILLION = 1e6
CAPTURES = "collect"  # the function whose event source says that a stage captures


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of the bill, with the arithmetic as text."""

    what: str
    dollars: float
    how: str


@dataclass(frozen=True, slots=True)
class Calls:
    """One-row calls, a million of them. The shares are of those for which a cache of a few seconds does not do."""

    a_second: float
    authorized_share: float
    address_reads_share: float  # calls that read again what the alias points at: it and the version
    traced_share: float = 0.05  # X-Ray's default sampling


THIN = Calls(a_second=MILLION / (HOURS * 3600), authorized_share=1.0, address_reads_share=1.0)  # the dearest case
STEADY = Calls(a_second=20, authorized_share=0.05, address_reads_share=0.05)


def fixed(counts: Counts) -> list[Charge]:
    """Dollars a month of a stage that nobody uses. What it lacks has no line."""
    counted = (
        ("keys of KMS", counts.keys, PRICES["kms_key_per_month"]),
        ("alarms", counts.alarms, PRICES["alarm_per_month"]),
        ("dashboards", counts.dashboards, PRICES["dashboard_per_month"]),
        ("interfaces of VPC endpoints", counts.endpoints, PRICES["interface_endpoint_hour"] * HOURS),
    )
    charges = [Charge(what, number * each, f"{number} x {each:.2f}") for what, number, each in counted if number]
    return [*charges, *_schedules(counts), *map(_polling, counts.sources)]


def by_model() -> Charge:
    """Dollars a month of one more model: the metric of its drift, and the alarm on it."""
    alarm, metric = PRICES["alarm_per_month"], PRICES["metric_per_month"]
    return Charge("a model that is watched", alarm + metric, f"its alarm {alarm:.2f}, its metric {metric:.2f}")


def predictions(counts: Counts, calls: Calls) -> list[Charge]:
    """Dollars for a million calls, by service."""
    read, logged = PRICES["dynamodb_read_per_million_units"], _logged(calls)
    reads = calls.authorized_share + 2 * calls.address_reads_share
    authorize = _million(counts, "authorize", "Lambda authorize")
    per_gb = PRICES["logs_ingested_per_gb"]
    return [
        Charge("API Gateway", PRICES["api_gateway_rest_per_million"], "1 M REST calls"),
        _million(counts, "predict", "Lambda predict"),
        Charge(
            authorize.what,
            calls.authorized_share * authorize.dollars,
            f"{calls.authorized_share:.0%} x {authorize.how}",
        ),
        Charge("DynamoDB", reads * read, f"{reads:g} consistent reads a call x {read}"),
        Charge("CloudWatch Logs", logged / 1e3 * per_gb, f"{logged:,.0f} bytes a call x {per_gb}/GB"),
        Charge(
            "X-Ray",
            calls.traced_share * PRICES["xray_traces_per_million"],
            f"{calls.traced_share:.0%} x {PRICES['xray_traces_per_million']}",
        ),
        *(_captured(counts, source, calls) for source in counts.sources if source.function == CAPTURES),
    ]


def training(counts: Counts) -> list[Charge]:
    """Dollars for one run that makes a model, on each kind of machine."""
    run, states = ASSUMED["run"], len(counts.path)
    steps = 1 + sum(calls for _, calls in counts.path)  # ingest is one more
    gb_seconds = steps * ASSUMED["milliseconds"]["step"] / 1e3 * 0.5
    parts = {
        f"{states} state transitions": states * PRICES["states_transitions_per_million"] / MILLION,
        f"{steps} functions": steps * PRICES["lambda_requests_per_million"] / MILLION
        + gb_seconds * PRICES["lambda_arm_gb_second"],
        "registry": (
            run["dynamodb_reads"] * PRICES["dynamodb_read_per_million_units"]
            + run["dynamodb_writes"] * PRICES["dynamodb_write_per_million_units"]
        )
        / MILLION,
        "S3": run["s3_puts"] * PRICES["s3_puts_per_million"] / MILLION,
        "queue and events": (
            run["queue_requests"] * PRICES["sqs_requests_per_million"]
            + PRICES["events_per_million"]
            + PRICES["sns_requests_per_million"]
        )
        / MILLION,
        "its metric, for an hour": PRICES["metric_per_month"] / HOURS,
    }
    minutes = run["job_minutes"]
    around = Charge("around the job", sum(parts.values()), "; ".join(f"{what} {it:.5f}" for what, it in parts.items()))
    machines = (("batch_m6i_xlarge_hour", "Batch, on demand"), ("sagemaker_ml_m5_xlarge_hour", "SageMaker"))
    jobs = [
        Charge(f"the job on {where}", PRICES[price] * minutes / 60, f"{minutes} minutes x {PRICES[price]} an hour")
        for price, where in machines
    ]
    return [around, Charge("the job on a worker of yours", 0.0, "your machine"), *jobs, _another(counts)]


def storage() -> list[Charge]:
    """Dollars a month for a gigabyte."""
    places = (
        ("S3: uploads, models, reports, captures", "s3_gb_month"),
        ("DynamoDB: the registry", "dynamodb_gb_month"),
        ("DynamoDB: its backup", "dynamodb_backup_gb_month"),
        ("CloudWatch Logs", "logs_gb_month"),
    )
    return [Charge(what, PRICES[price], "by the gigabyte") for what, price in places]


def total(charges: Sequence[Charge]) -> float:
    """Their sum."""
    return sum(each.dollars for each in charges)


def run() -> list[Row]:
    """Every line for the stage of the README."""
    counts = count(synthesized(STAGE))
    idle, thin, steady = fixed(counts), predictions(counts, THIN), predictions(counts, STEADY)
    return [
        *(Row(f"idle, a month: {each.what}", f"${each.dollars:.2f}", each.how) for each in idle),
        Row("idle, a month", f"${total(idle):.2f}", "storage on top"),
        *(Row(f"1 M predictions: {each.what}", f"${each.dollars:.2f}", each.how) for each in thin),
        Row("1 M predictions", f"${total(thin):.2f}", "spread over a month: each finds no cache"),
        Row("1 M predictions, steady", f"${total(steady):.2f}", "19 of 20 calls find both in a cache"),
        *(Row(f"a training run: {each.what}", f"${each.dollars:.4f}", each.how) for each in training(counts)),
    ]


def _another(counts: Counts) -> Charge:
    """What each of several jobs of a run costs beside its machine; the first also pays for the Map's own state."""
    run, states, transition = ASSUMED["run"], len(counts.spread), PRICES["states_transitions_per_million"]
    parts = {
        f"{states} state transition{'s' * (states > 1)}": states * transition,
        "S3": run["part_s3_puts"] * PRICES["s3_puts_per_million"],
        "queue": run["queue_requests"] * PRICES["sqs_requests_per_million"],
    }
    how = "; ".join(f"{what} {dollars / MILLION:.5f}" for what, dollars in parts.items())
    return Charge("each of several `jobs` that search first, around it", sum(parts.values()) / MILLION, how)


def _million(counts: Counts, function: str, what: str) -> Charge:
    """A million calls of a function, at the memory that it has."""
    request, gb_second = PRICES["lambda_requests_per_million"], PRICES["lambda_arm_gb_second"]
    milliseconds, gb = ASSUMED["milliseconds"][function], counts.memory_gb[function]
    dollars = request + MILLION * milliseconds / 1e3 * gb * gb_second
    return Charge(what, dollars, f"({request} + 1 M x {milliseconds} ms x {gb:g} GB x {gb_second}/GB-s)")


def _schedules(counts: Counts) -> Iterator[Charge]:
    for function, minutes in counts.schedules.items():
        calls, once = HOURS * 60 / minutes, _million(counts, function, function).dollars
        reads = ASSUMED["scheduled_reads"].get(function, 0)
        dollars = calls / MILLION * (once + reads * PRICES["dynamodb_read_per_million_units"])
        spent = f"{ASSUMED['milliseconds'][function]} ms x {counts.memory_gb[function]:g} GB"
        yield Charge(f"the schedule of {function}", dollars, f"{calls:,.0f} x {spent}")


def _polling(source: Source) -> Charge:
    """Lambda asks an empty queue all the time."""
    pollers, seconds = ASSUMED["pollers_of_an_event_source"], ASSUMED["poll_seconds"]
    asked = pollers * HOURS * 3600 / seconds
    dollars = asked / MILLION * PRICES["sqs_requests_per_million"]
    return Charge(f"the queue of {source.function}", dollars, f"{pollers} pollers ask every {seconds} s: {asked:,.0f}")


def _captured(counts: Counts, source: Source, calls: Calls) -> Charge:
    """A message for each call; a call of `collect`, and an object, for as many as come together."""
    together = min(max(calls.a_second * source.seconds, 1), source.messages)
    requests = 1 + 2 / min(together, ASSUMED["messages_in_a_request"])
    each = _million(counts, source.function, source.function).dollars + PRICES["s3_puts_per_million"]
    dollars = requests * PRICES["sqs_requests_per_million"] + each / together
    how = f"{requests:.2f} requests of SQS; for each {together:.0f} a call of {source.function} and an object"
    return Charge("captures", dollars, how)


def _logged(calls: Calls) -> float:
    """Bytes that a call writes to CloudWatch Logs."""
    called = log_bytes.of_function("predict") + calls.authorized_share * log_bytes.of_function("authorize")
    return called + log_bytes.of_access()

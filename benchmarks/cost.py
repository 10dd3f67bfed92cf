"""What a stage costs on AWS: idle by the month, and by the million predictions, with the arithmetic.

Prices and assumptions are data; nothing here was billed. Storage (S3, DynamoDB, logs) comes on top, by the gigabyte.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from benchmarks import log_bytes
from benchmarks.figures import Row

PRICES = json.loads(Path(__file__).with_name("prices.json").read_text())


@dataclass(frozen=True, slots=True)
class Assumptions:
    """One-row calls, spread thin enough that each one asks the authorizer: the dearest case."""

    predict_ms: float = 10.0  # billed; in process it takes a fraction of a millisecond
    predict_gb: float = 1.0
    authorize_ms: float = 10.0
    authorize_gb: float = 0.5
    authorized_share: float = 1.0  # calls whose key is not in API Gateway's 3 s cache
    address_reads_share: float = 1.0  # calls that read again what the alias points at: it and the version
    traced_share: float = 0.05  # X-Ray's default sampling


def per_million(assume: Assumptions) -> dict[str, tuple[float, str]]:
    """Dollars by service for a million calls, with the arithmetic as text."""
    gb_second = PRICES["lambda_arm_gb_second"]
    request = PRICES["lambda_requests_per_million"]
    read = PRICES["dynamodb_read_per_million_units"]
    predict = request + assume.predict_ms * 1e3 * assume.predict_gb * gb_second
    authorize = assume.authorized_share * (request + assume.authorize_ms * 1e3 * assume.authorize_gb * gb_second)
    reads = assume.authorized_share + 2 * assume.address_reads_share
    return {
        "API Gateway": (PRICES["api_gateway_rest_per_million"], "1 M REST calls"),
        "Lambda predict": (
            predict,
            f"{request} + 1 M x {assume.predict_ms} ms x {assume.predict_gb} GB x {gb_second}/GB-s",
        ),
        "Lambda authorize": (
            authorize,
            f"{assume.authorized_share:.0%} x ({request} + 1 M x {assume.authorize_ms} ms x {assume.authorize_gb} GB)",
        ),
        "DynamoDB": (reads * read, f"{reads:g} consistent reads a call x {read}"),
        "CloudWatch Logs": (
            _logged(assume) / 1e3 * PRICES["logs_ingested_per_gb"],
            f"{_logged(assume):,.0f} bytes a call (benchmarks/log_bytes.py) x {PRICES['logs_ingested_per_gb']}/GB",
        ),
        "X-Ray": (
            assume.traced_share * PRICES["xray_traces_per_million"],
            f"{assume.traced_share:.0%} x {PRICES['xray_traces_per_million']}",
        ),
    }


def reconciling(milliseconds: float = 100.0, gb: float = 0.5) -> tuple[float, str]:
    """Dollars a month for looking every 5 minutes whether a run is open, where none is, with the arithmetic as text."""
    looks = 30 * 24 * 60 / 5
    request = (PRICES["lambda_requests_per_million"] + PRICES["dynamodb_read_per_million_units"]) / 1e6
    dollars = looks * (request + milliseconds / 1e3 * gb * PRICES["lambda_arm_gb_second"])
    return dollars, f"reconcile {dollars:.3f}: {looks:,.0f} x {milliseconds:g} ms x {gb} GB, each one read"


def run() -> list[Row]:
    """The idle month, a million calls in the dearest case, and a million in a steady stream."""
    steady = Assumptions(authorized_share=0.05, address_reads_share=0.05)
    dearest = per_million(Assumptions())
    looks, said = reconciling()
    idle = f"${PRICES['kms_key_per_month'] + looks:.2f}"
    rows = [Row("idle, a month", idle, f"one KMS key {PRICES['kms_key_per_month']:.2f}, storage on top; {said}")]
    rows += [Row(f"1 M predictions: {name}", f"${dollars:.2f}", how) for name, (dollars, how) in dearest.items()]
    rows.append(
        Row(
            "1 M predictions",
            f"${_sum(dearest):.2f}",
            "each call authorized anew, and reading the alias and its version anew",
        )
    )
    rows.append(
        Row("1 M predictions, steady", f"${_sum(per_million(steady)):.2f}", "19 of 20 calls find both in a cache")
    )
    return rows


def _logged(assume: Assumptions) -> float:
    """Bytes that a call writes to CloudWatch Logs."""
    called = log_bytes.of_function("predict") + assume.authorized_share * log_bytes.of_function("authorize")
    return called + log_bytes.of_access()


def _sum(parts: dict[str, tuple[float, str]]) -> float:
    return sum(dollars for dollars, _ in parts.values())

"""docs/cost.md: the bill of a stage as a page, so that a charge that is added shows where people read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from benchmarks import cost
from benchmarks.cost import ASSUMED, HOURS, PRICES, STAGE, Charge
from benchmarks.counted import Counts, count, synthesized

TOP = f"""# What it costs

Computed for the stage `{STAGE}` in {PRICES["region"]}, from the [table of prices](../benchmarks/prices.json)
(read {PRICES["read"]}), from [assumptions](../benchmarks/assumptions.json),
and from counts in the stage's own templates; nothing here was billed. `make docs` writes this page, and
`make bench ARGS=cost` prints it.
"""
FIXED = f"""## By the month, whether or not anybody calls

A month has {HOURS} hours."""
FREE = """Of CloudWatch, every account has 10 alarms, 3 dashboards of 50 metrics and 10 metrics free; what else is in
the account may use them up. A key that is rotated costs another dollar a month after its first and its second rotation.

On top: a polling worker on a machine of yours asks SQS three times a minute, {worker:.2f} a month. A private network
(`batch_network`) has six VPC endpoints in two zones, {private:.0f} a month; Batch in a public network and SageMaker
cost nothing while idle."""
CALLS = """## 1 M predictions of one row

Thin: spread over a month, so that each call finds no cache. Steady: {steady:g} a second, so that 19 of 20 find key,
alias and version in one."""
RUN = """## A training run

With {minutes} minutes of job. A spare machine of Batch or SageMaker, which is tried first, costs a third or so.
Where a spec has several `jobs`, each is one more job on such a machine."""
STORAGE = "## Storage, a gigabyte and month"


def page(counts: Counts) -> str:
    """The whole page."""
    idle = cost.fixed(counts)
    worker = 3 * 60 * HOURS / 1e6 * PRICES["sqs_requests_per_million"]
    private = 6 * 2 * HOURS * PRICES["interface_endpoint_hour"]
    parts = [
        TOP,
        FIXED,
        "",
        *_table(idle, _cents),
        f"| **together** | **{cost.total(idle):.2f}** | storage on top |",
        *([f"| each model | {cost.by_model().dollars:.2f} | {cost.by_model().how} |"] if counts.watched else []),
        "",
        FREE.format(worker=worker, private=private),
        "",
        CALLS.format(steady=cost.STEADY.a_second),
        "",
        *_calls(counts),
        "",
        RUN.format(minutes=ASSUMED["run"]["job_minutes"]),
        "",
        *_table(cost.training(counts), "{:.4f}".format),
        "",
        STORAGE,
        "",
        *_table(cost.storage(), "{:.3f}".format),
    ]
    return "\n".join(parts) + "\n"


def of_stage() -> str:
    """The page of the stage whose templates are counted."""
    return page(count(synthesized(STAGE)))


def _cents(dollars: float) -> str:
    return f"{dollars:.2f}"


def _table(charges: Sequence[Charge], shown: Callable[[float], str]) -> Iterator[str]:
    yield from ("| what | US dollars | how |", "|---|---|---|")
    yield from (f"| {each.what} | {shown(each.dollars)} | {each.how} |" for each in charges)


def _calls(counts: Counts) -> Iterator[str]:
    thin, steady = cost.predictions(counts, cost.THIN), cost.predictions(counts, cost.STEADY)
    yield from ("| what | thin | steady | how, where thin |", "|---|---|---|---|")
    for dear, cheap in zip(thin, steady, strict=True):
        yield f"| {dear.what} | {dear.dollars:.2f} | {cheap.dollars:.2f} | {dear.how} |"
    yield f"| **together** | **{cost.total(thin):.2f}** | **{cost.total(steady):.2f}** | |"

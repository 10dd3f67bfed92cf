"""A storm of uploads by several tenants while services fail, and then an account of every one: none lost, none doubled.

MILLRACE_STORM says how many uploads, 200 where it says nothing. A tenth of the calls to DynamoDB and S3, by functions,
workers and uploaders, fail: throttled, broken, cut off, or with their answer lost.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from benchmarks.embedded import stage
from benchmarks.figures import Row, table
from millrace.adapters.delivery import S3Delivery
from millrace.adapters.session import Clients
from millrace.cli.session import Session
from millrace.cli.train import is_of
from millrace.cli.worker import ENTRY_POINT
from millrace.domain.errors import Unavailable
from millrace.domain.model import ModelVersion
from millrace.domain.run import DataLocation, Run, RunState, execution_name
from millrace.local import worker
from millrace.usecases.create_tenant import create_tenant
from tests.detour import functions_through
from tests.fault_proxy import Proxy, proxy, share
from tests.stage import Stage

UPLOADS = int(os.environ.get("MILLRACE_STORM", "200"))
TENANTS, DATASETS = 5, 3  # datasets of each
FAULTS = 0.1
AGAIN = 30  # uploads later the same bytes come again: a multiple of 10 and of every tenant's and dataset's turn
AT_ONCE = 8  # uploaders, each of whom waits for the end of its run
WORKERS = 2
SECONDS = 120.0 + 10.0 * UPLOADS  # then it stops, and what is not over is lost
SEED = 20260101


@dataclass(frozen=True, slots=True)
class Sent:
    """One upload: what it was made to be, where it went, and its run once that was over."""

    kind: str
    tenant: str
    dataset: str
    location: DataLocation
    run: Run | None

    @property
    def end(self) -> str:
        """How it ended, in a word or two."""
        if self.run is None:
            return "lost"
        outcome = self.run.outcome
        if outcome.state is RunState.SUCCEEDED:
            return f"version{', serving' if outcome.promoted else ', kept aside'}"
        if outcome.failure is None or not outcome.failure.message:
            return "lost"  # it is over, and nobody is told why
        return f"{outcome.state.value}: {outcome.failure.code}"


@dataclass(frozen=True, slots=True)
class Account:
    """What became of everything, and what is wrong with it."""

    sent: Sequence[Sent]
    doubled: Sequence[str]
    running: int  # executions
    versions: int
    retried: int  # tries of a step after the first

    @property
    def wrong(self) -> list[str]:
        """Each thing that must not be."""
        lost = [f"{each.location.key}: no run of it is over" for each in self.sent if each.end == "lost"]
        amiss = [f"{each.kind} {each.location.key} ended as {each.end}" for each in self.sent if _is_amiss(each)]
        open_ones = [f"{self.running} executions still run"] if self.running else []
        return [*lost, *amiss, *self.doubled, *open_ones]


def run() -> list[Row]:
    """Send, wait, account. Exits with 1 where an upload was lost or doubled."""
    began = time.monotonic()
    with stage() as session, _storm(session) as (faulty, clients):
        sent = _send_all(session, clients)
        account = _account(session, sent)
        seen, failed = sum(faulty.seen.values()), sum(faulty.failed.values())
    ends = Counter(each.end for each in sent)
    rows = [Row("uploads", str(len(sent)), f"by {TENANTS} tenants, {AT_ONCE} at once; {WORKERS} workers")]
    rows += [Row(f"  {end}", str(count)) for end, count in sorted(ends.items())]
    rows += [
        Row("lost", str(ends["lost"])),
        Row("doubled", str(len(account.doubled)), f"{account.versions} versions of as many runs"),
        Row("faults", f"{failed} of {seen}", "calls by functions, workers and uploaders, to any service"),
        Row("retried", str(account.retried), "steps of the state machine, after the services' own retries"),
        Row("took", f"{time.monotonic() - began:.0f} s", "with the deploy"),
    ]
    if account.wrong:
        print(table(rows), *account.wrong, sep="\n", file=sys.stderr)
        raise SystemExit(1)
    return rows


@contextmanager
def _storm(session: Session) -> Iterator[tuple[Proxy, Clients]]:
    """Faults around the functions, the workers and the clients that upload."""
    cloud = session.cloud
    described = session.clients.cloudformation().describe_stacks()["Stacks"]
    names = tuple(each["StackName"] for each in described if each["StackName"].startswith("millrace-"))
    deployed = Stage(cloud, names)
    with proxy(cloud, share(FAULTS, SEED)) as faulty, ExitStack() as undo:
        undo.callback(deployed.close)
        undo.enter_context(functions_through(deployed, faulty.endpoint))
        env = cloud.over(os.environ) | {"AWS_ENDPOINT_URL": faulty.endpoint}
        for number in range(WORKERS):
            folder = session.state if number == 0 else session.state / f"worker-{number}"
            folder.mkdir(exist_ok=True)
            undo.callback(worker.stop, folder)
            worker.start(folder, env, session.stage, session.root / ENTRY_POINT, "storm")
        yield faulty, Clients(endpoint=faulty.endpoint)


def _send_all(session: Session, clients: Clients) -> list[Sent]:
    deadline = time.monotonic() + SECONDS
    tenants = [f"storm-{number}" for number in range(TENANTS)]
    for tenant in tenants:
        create_tenant(tenant, session.tenants, session.clock)
    delivery = S3Delivery(clients.s3(), session.outputs.landing_bucket)

    def send(number: int) -> Sent:
        tenant, dataset = tenants[number % TENANTS], f"data-{number // TENANTS % DATASETS}"
        kind, file, content = _upload(number)
        location = delivery.send(f"{tenant}/{dataset}/{file}", content)
        while time.monotonic() < deadline:
            runs = _runs_of(session, tenant, dataset, location)
            if runs and all(run.outcome.state.is_final for run in runs):
                return Sent(kind, tenant, dataset, location, runs[0])
            time.sleep(0.5)
        return Sent(kind, tenant, dataset, location, None)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(send, range(UPLOADS)))


def _upload(number: int) -> tuple[str, str, bytes]:
    """What the upload is, its file's name and its bytes: seven in ten can become a model, one of them seen before."""
    kind = ("good", "good", "again", "good", "twice", "good", "good", "constant", "good", "spreadsheet")[number % 10]
    if kind == "spreadsheet":
        return kind, f"{number}.xlsx", b"PK\x03\x04" + bytes([number % 256])
    if kind == "again":  # from the 30th on the bytes of an earlier one of this very tenant and dataset
        return kind, f"{number}.csv", _rows(number % AGAIN, kind)
    return kind, f"{number}.csv", _rows(number, kind)


def _rows(number: int, kind: str) -> bytes:
    """A few dozen rows; the target follows from a column."""
    chance = random.Random(SEED + number)
    lines = ["age,weight,age,class" if kind == "twice" else "age,weight,city,class"]
    for _ in range(60 + number % 30):
        age, city = chance.randint(18, 90), chance.choice(["Lima", "Paris", "Rome"])
        answer = "old" if age > 50 or kind == "constant" else "young"
        lines.append(f"{age},{chance.gauss(70, 9):.1f},{city},{answer}")
    return "\n".join(lines).encode() + b"\n"


def _runs_of(session: Session, tenant: str, dataset: str, sent: DataLocation) -> list[Run]:
    """The runs of this upload: of its object, or of the same bytes."""
    runs = [run for run in session.runs.of_tenant(tenant) if run.dataset == dataset]
    return [run for run in runs if is_of(run, sent) or run.data.digest == sent.digest]


def _is_amiss(sent: Sent) -> bool:
    """Whether it ended as it must not: good data rejected, or bad data trained on. A failure that says why is told."""
    if sent.run is None or sent.run.outcome.state in {RunState.RUNNING, RunState.FAILED}:
        return False
    return (sent.run.outcome.state is RunState.SUCCEEDED) != (sent.kind in {"good", "again"})


def _account(session: Session, sent: Sequence[Sent]) -> Account:
    runs = {each.location.key: len(_runs_of(session, each.tenant, each.dataset, each.location)) for each in sent}
    versions = list(_versions(session, sent))
    return Account(sent, doubled(sent, runs, versions), _running(session), len(versions), _retried(session, sent))


def doubled(sent: Sequence[Sent], runs: Mapping[str, int], versions: Sequence[ModelVersion]) -> list[str]:
    """Uploads with more than one run, by the number of each key's runs, and runs with another version than theirs."""
    found = [f"{key} has {count} runs" for key, count in runs.items() if count > 1]
    of_run = Counter(version.run_id for version in versions)
    found += [f"run {run_id} made {count} versions" for run_id, count in of_run.items() if count > 1]
    said = {each.run.id: each.run.outcome.version for each in sent if each.run and each.run.outcome.version}
    made = {version.run_id: version.number for version in versions}
    apart = sorted(run_id for run_id in said.keys() | made.keys() if said.get(run_id) != made.get(run_id))
    return found + [f"run {run_id} and its version disagree" for run_id in apart]


def _retried(session: Session, sent: Sequence[Sent]) -> int:
    """Tries of a step that failed because a service did not answer."""
    runs = {each.run.id for each in sent if each.run is not None and each.run.attempts}
    happened = [each for run_id in runs for each in session.history.of(execution_name(run_id, 1))]
    return sum(each.error == Unavailable.__name__ for each in happened)


def _versions(session: Session, sent: Sequence[Sent]) -> Iterator[ModelVersion]:
    for tenant, dataset in sorted({(each.tenant, each.dataset) for each in sent}):
        yield from session.models.versions(tenant, dataset)


def _running(session: Session) -> int:
    pages = session.clients.stepfunctions().get_paginator("list_executions")
    found = pages.paginate(stateMachineArn=session.outputs.state_machine_arn, statusFilter="RUNNING")
    return sum(len(page["executions"]) for page in found)

"""What a dataset holds, what callers send and what they prove themselves with never reaches a log.

One tenant's whole way, with values that nothing else could have written, good and bad ones; then every line of every
log is read: those of the functions, the state machine, the API, the worker and the job.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from millrace.adapters.log_lines import CloudWatchLogLines
from millrace.domain.access import PresentedKey
from millrace.domain.run import RunState
from millrace.local import worker as local_worker
from tests.e2e.thread import Thread, until

MARK = uuid.uuid4().hex[:8]  # part of every value
STEPS = {"admit", "gate", "register", "deploy", "notify"}
PLATFORM = ("START ", "END ", "REPORT ")
LEAST = 200  # rows, so that both classes are on both sides


@dataclass(frozen=True)
class Lines:
    """What was logged meanwhile: pairs of source and line."""

    thread: Thread
    all: list[tuple[str, str]]

    @property
    def ours(self) -> Iterator[dict[str, Any]]:
        """The lines that functions wrote about this tenant."""
        for source, line in self.all:
            said = json.loads(line) if line.startswith("{") else {}
            if source != "worker" and said.get("tenant") == self.thread.tenant and "level" in said:
                yield {"function": source, **said}


def row(number: int) -> dict[str, object]:
    """A row of every kind, each value with a mark: texts with letters, numbers with nine digits that nothing counts."""
    yes = number % 2 == 0
    return {
        "city": f"Atlantis-{MARK}-{number % 5}",
        "note": f"Jane {MARK} said so {number % 7} times",
        "phone": 739_000_000 + number,
        "weight": 918_273.5 + number * 1_000.0625 + (100_000_000 if yes else 0),
        "born": f"1913-{number % 12 + 1:02}-{number % 28 + 1:02}",
        "password": f"hunter-{MARK}-{number % 3}",
        "answer": f"granted-{MARK}" if yes else f"denied-{MARK}",
    }


ROWS = [row(number) for number in range(LEAST)]


def as_csv(rows: list[dict[str, object]]) -> bytes:
    lines = [",".join(rows[0]), *(",".join(map(str, each.values())) for each in rows)]
    return ("\n".join(lines) + "\n").encode()


def rejected_files() -> Iterator[tuple[str, bytes]]:
    """Files that are refused at each place that refuses, by what is in them."""
    first = ",".join(map(str, row(1).values()))
    yield (
        "no header.csv",
        f"{first},denied-{MARK}\n{first},denied-{MARK}\n".encode(),
    )  # a value is a column's name twice
    yield "one class.csv", as_csv([each | {"answer": f"granted-{MARK}"} for each in ROWS])
    yield "ragged.csv", as_csv(ROWS) + f"Atlantis-{MARK}\n".encode()
    yield "latin.csv", as_csv(ROWS) + f"Zürich-{MARK}\n".encode("latin-1")
    yield "lines.jsonl", json.dumps(ROWS[0]).encode() + f'\nJane {MARK}\n{{"a":\n'.encode()
    yield "few.csv", as_csv(ROWS[:3])


def provoke(thread: Thread) -> None:
    """Calls that are refused, each with a value that the error may quote."""
    good = {name: value for name, value in row(7).items() if name != "answer"}
    wrong: list[object] = [
        {"rows": [good | {"phone": f"seven-{MARK}"}]},
        {"rows": [good | {f"nobody-{MARK}": 1}]},
        {"rows": [good | {"born": f"yesterday-{MARK}"}]},
        {"rows": [good | {"weight": [f"list-{MARK}"]}]},
        {"rows": f"text-{MARK}"},
        {"rows": [good], f"field-{MARK}": 1},
    ]
    for body in wrong:
        assert thread.call("POST", "/models/secrets/predict", body).status_code == 400
    headers = {"Authorization": f"Bearer {thread.key}", "Cookie": f"session={MARK}", "X-Api-Key": f"hunter-{MARK}"}
    broken = thread.http.post("/models/secrets/predict", content=f'{{"rows": [{MARK}', headers=headers)
    assert broken.status_code == 400
    tensors = {"inputs": [{"name": "city", "datatype": "BYTES", "shape": [1, 1], "data": [f"Atlantis-{MARK}"]}]}
    assert thread.call("POST", "/v2/models/secrets/infer", tensors).status_code in {200, 400}
    assert thread.call("GET", f"/runs?after=Jane-{MARK}").status_code in {200, 400}
    assert thread.call("POST", "/keys", {"scopes": [f"scope-{MARK}"]}).status_code == 400
    assert thread.call("GET", "/models", key=f"mr_{MARK}_{MARK}").status_code in {401, 403}


@pytest.fixture(scope="module")
def lines(make_thread: Callable[[], Thread]) -> Lines:
    thread, began = make_thread(), int(time.time() * 1000) - 1
    run = thread.train("secrets", as_csv(ROWS), f"Jane {MARK}.csv")
    assert run.outcome.state is RunState.SUCCEEDED, run.outcome
    for file, content in rejected_files():
        refused = thread.train("refused", content, file)
        assert refused.outcome.failure is not None, (file, refused.outcome)
    thread.send("wrong-spec", f"metrik: Jane {MARK}\n".encode(), "spec.yaml")
    assert thread.train("wrong-spec", as_csv(ROWS)).outcome.state is RunState.REJECTED
    asked: list[Mapping[str, object]] = [
        {name: value for name, value in row(number).items() if name != "answer"} for number in range(40)
    ]
    thread.predict("secrets", asked)
    provoke(thread)
    client = thread.stage.client("logs")

    def written() -> list[tuple[str, str]]:
        found = CloudWatchLogLines(client, "local").since(began)
        return [(each.split(" ", 2)[1], each.split(" ", 2)[2]) for each in found]

    until(lambda: sum(f'"run_id":"{run.id}"' in line for _, line in written()) > len(STEPS), "the logs are not there")
    log = thread.stage.cloud.state / local_worker.LOG
    return Lines(thread, [*written(), *(("worker", line) for line in log.read_text().splitlines())])


def test_no_line_holds_a_value_that_was_sent(lines: Lines) -> None:
    values = {str(value) for each in ROWS for name, value in each.items() if name != "born"}
    values |= {MARK, "1913-", PresentedKey.parse(lines.thread.key).secret}
    leaks = {(source, value, line[:400]) for source, line in lines.all for value in values if value in line}
    assert leaks == set()


def test_every_line_of_a_function_says_whose_it_is(lines: Lines) -> None:
    """The tenant, the model and the run as far as they are known there, the request and its trace always."""
    functions = {each["function"] for each in lines.ours}
    # Captures are gathered when they come, perhaps after the lines were read.
    assert functions - {"collect"} == {"ingest", "authorize", "predict", "control", *STEPS}
    for line in lines.ours:
        expected = {"request_id", "xray_trace_id", "tenant"}
        if line["function"] in STEPS | {"ingest"}:
            expected |= {"model", "run_id"}
        if line["function"] == "collect":
            expected |= {"model", "hour", "rows"}
        if line["function"] in {"register", "deploy"} or line.get("message") == "Run Succeeded":
            expected |= {"attempt", "version"}
        if line["function"] == "predict":
            expected |= {"model", "route", "status"} | ({"version"} if line["status"] == 200 else set())
        assert expected <= line.keys(), line


def test_every_line_of_a_worker_says_whose_job_it_does(lines: Lines) -> None:
    """Its own lines begin with the folder of the attempt or of its part, and the job's are JSON with the usual keys."""
    worker = [line for source, line in lines.all if source == "worker"]
    jobs = [json.loads(line) for line in worker if line.startswith("{")]
    assert all({"level", "message", "service"} <= each.keys() for each in jobs)
    assert {each["model"] for each in jobs if each.get("tenant") == lines.thread.tenant} == {"secrets", "refused"}
    ends = [line for line in worker if "the job ended" in line]
    assert ends
    assert all(re.search(r" worker [a-z0-9-]+/runs/[0-9a-f]{32}/\d+(/parts/\d+)?: ", line) for line in ends)


def test_every_line_of_ours_is_json(lines: Lines) -> None:
    """But Lambda's own, and what it writes of an error that was raised: here only of a caller without a key."""
    others = {source for source, line in lines.all if not line.startswith(("{", *PLATFORM)) and source != "worker"}
    assert others <= {"authorize"}

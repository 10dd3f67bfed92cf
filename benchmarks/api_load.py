"""Predictions a second through the embedded API, over kept connections, without a single error."""

from __future__ import annotations

import http.client
import json
import ssl
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import urlsplit

from benchmarks.embedded import CREDIT, stage
from benchmarks.figures import Row
from millrace.cli.follow import follow
from millrace.cli.predict import lacking, read_rows
from millrace.cli.session import Session
from millrace.cli.train import upload
from millrace.domain.run import RunState

CONNECTIONS = (1, 8, 32)
SECONDS = 5.0
ROUND_SECONDS, ROUNDS, SETTLED_SECONDS = 3.0, 40, 1.0
MODEL = "load"


@dataclass(slots=True)
class Tally:
    """What one connection saw: seconds of each good answer, and what was not one."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def run() -> list[Row]:
    """Requests of one row, at each number of connections. Raises AssertionError on any error."""
    with stage() as session:
        run = follow(session, upload(session, CREDIT, MODEL, None))
        assert run.outcome.state is RunState.SUCCEEDED, run.outcome
        return [_at(session, connections) for connections in CONNECTIONS]


def _at(session: Session, connections: int) -> Row:
    caller = _caller(session)
    _warm_up(caller, connections)
    tallies = _load(caller, connections, SECONDS)
    errors = [error for tally in tallies for error in tally.errors]
    assert not errors, f"{len(errors)} errors at {connections} connections, such as {errors[0]}"
    seconds = sorted(each for tally in tallies for each in tally.seconds)
    p99 = seconds[int(len(seconds) * 0.99)]
    what = f"{connections} connection{'s'[: connections > 1]}"
    note = f"{statistics.median(seconds) * 1e3:.1f} ms median, {p99 * 1e3:.1f} ms p99, 0 errors of {len(seconds)}"
    return Row(what, f"{len(seconds) / SECONDS:.0f} requests/s", note)


def _warm_up(caller: Callable[[], _Connection], connections: int) -> None:
    """Load it until no call waits for a new process any more: each connection more may need one of each function."""
    for _ in range(ROUNDS):
        tallies = _load(caller, connections, ROUND_SECONDS)
        slowest = max(max(tally.seconds, default=ROUND_SECONDS) for tally in tallies)
        if slowest < SETTLED_SECONDS:
            return


def _load(caller: Callable[[], _Connection], connections: int, seconds: float) -> list[Tally]:
    """Every connection calls as fast as it is answered, for this long."""
    tallies = [Tally() for _ in range(connections)]
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=_call, args=(caller(), until, tally)) for tally in tallies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tallies


def _call(connection: _Connection, until: float, tally: Tally) -> None:
    try:
        while time.monotonic() < until:
            began = time.monotonic()
            status, body = connection.predict()
            if status == 200:
                tally.seconds.append(time.monotonic() - began)
            else:
                tally.errors.append(f"{status}: {body[:200]!r}")
    except (OSError, http.client.HTTPException) as error:
        tally.errors.append(f"{type(error).__name__}: {error}")
    finally:
        connection.close()


class _Connection:
    """One kept HTTPS connection that asks for one prediction again and again; as light as Python has it."""

    def __init__(self, url: str, key: str, ca_bundle: str, body: bytes) -> None:
        parts = urlsplit(url)
        trusted = ssl.create_default_context(cafile=ca_bundle)
        self._http = http.client.HTTPSConnection(str(parts.hostname), parts.port, timeout=60, context=trusted)
        self._path, self._body = f"{parts.path}/models/{MODEL}/predict", body
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def predict(self) -> tuple[int, bytes]:
        self._http.request("POST", self._path, self._body, self._headers)
        answer = self._http.getresponse()
        return answer.status, answer.read()

    def close(self) -> None:
        self._http.close()


def _caller(session: Session) -> Callable[[], _Connection]:
    url, key = session.outputs.api_url, session.saved.keys[session.tenant]
    ca_bundle = str(session.cloud.ca_bundle)
    rows = [lacking(row, ["class"]) for row in islice(read_rows(CREDIT), 1)]
    body = json.dumps({"rows": rows}).encode()
    return lambda: _Connection(url, key, ca_bundle, body)

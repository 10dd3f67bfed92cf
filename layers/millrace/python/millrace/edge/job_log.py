"""Log lines of a job and of the container around it, as functions write theirs: the image has no Powertools."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime

_JOB = re.compile(
    r"s3://[^/]+/(?P<tenant>[^/]+)/runs/(?P<run_id>[^/]+)/(?P<attempt>\d+)(/parts/(?P<part>\d+))?/job\.json"
)


class JobLines(logging.Formatter):
    """One JSON object a line: level, message, time, service, and `keys`."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service
        self.keys: dict[str, object] = {}

    def format(self, record: logging.LogRecord) -> str:
        """The line. What an error says is left out: it may repeat the data."""
        line = {
            "level": record.levelname,
            "message": record.getMessage(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "service": self._service,
        }
        return json.dumps({**line, **self.keys}, ensure_ascii=False)


def begin(service: str) -> None:
    """Write lines of this kind from now on, unless something else was set up before."""
    handler = logging.StreamHandler()
    handler.setFormatter(JobLines(service))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def about(**keys: object) -> None:
    """Put these on each line from now on: a process has one job."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, JobLines):
            handler.formatter.keys |= keys


def of_job(job_uri: str) -> Mapping[str, object]:
    """Whose job an address is, which run's, attempt's and part's; nothing for an address that is none of ours."""
    found = _JOB.fullmatch(job_uri)
    if found is None:
        return {}
    part = {} if found["part"] is None else {"part": int(found["part"])}
    return {"tenant": found["tenant"], "run_id": found["run_id"], "attempt": int(found["attempt"])} | part

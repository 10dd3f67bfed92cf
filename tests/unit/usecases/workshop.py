"""A bench of fakes on which a worker does its jobs."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from millrace.domain.job import Job
from millrace.usecases.work import Bench, work_once
from tests.fakes.blobs import FakeBlobs
from tests.fakes.document_store import FakeDocuments
from tests.fakes.job_queue import FakeJobQueue
from tests.fakes.landing import FakeLanding
from tests.fakes.task_reporter import FakeTaskReporter
from tests.unit.usecases.jobs import IsOver, landed

TOKEN = "token"


@dataclass
class Workshop:
    """A bench of fakes with one job waiting on it."""

    scratch: Path
    queue: FakeJobQueue = field(default_factory=FakeJobQueue)
    reporter: FakeTaskReporter = field(default_factory=lambda: FakeTaskReporter(TOKEN))
    landing: FakeLanding = field(default_factory=FakeLanding)
    blobs: FakeBlobs = field(default_factory=FakeBlobs)
    documents: FakeDocuments = field(default_factory=FakeDocuments)
    said: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    visibility_seconds: float = 30.0

    def __post_init__(self) -> None:
        self.job = landed(self.landing)

    def send(self, job: Job | None = None) -> None:
        self.queue.send(self.documents.write(job or self.job, (job or self.job).key), TOKEN)

    def work(self, run_job: Callable[[Path, Mapping[str, str], IsOver], int]) -> bool:
        return work_once(
            Bench(
                queue=self.queue,
                reporter=self.reporter,
                landing=self.landing,
                blobs=self.blobs,
                documents=self.documents,
                run_job=run_job,
                visibility_seconds=self.visibility_seconds,
                scratch=self.scratch,
                say=self.said.append,
                stop=self.stop,
            )
        )

    @property
    def failure(self) -> dict[str, str]:
        return {"error": self.reporter.failed[TOKEN][0], **json.loads(self.reporter.failed[TOKEN][1])}

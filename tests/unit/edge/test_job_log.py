"""Lines of jobs, which the service that runs them keeps as they are."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import pytest

from millrace.edge import job_log
from tests import samples

JOB = f"s3://artifacts/acme/runs/{samples.RUN_ID}/2/job.json"
PROGRAM = """
import logging
from millrace.edge import job_log
job_log.begin("train")
log = logging.getLogger("millrace.training")
log.info("begun")
job_log.about(tenant="acme", model="credit", run_id="4f0c")
try:
    raise ValueError("Jane Doe is odd")
except ValueError:
    log.exception("broke\\nbadly")
"""


def test_a_process_writes_json_with_whose_job_it_does() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    begun, broke = [json.loads(line) for line in done.stderr.splitlines()]
    assert (begun["level"], begun["message"], begun["service"]) == ("INFO", "begun", "train")
    assert "tenant" not in begun
    assert (broke["tenant"], broke["model"], broke["run_id"]) == ("acme", "credit", "4f0c")
    assert (broke["level"], broke["message"]) == ("ERROR", "broke\nbadly")
    assert "Jane" not in done.stderr


def test_an_address_says_whose_job_it_is() -> None:
    assert job_log.of_job(JOB) == {"tenant": "acme", "run_id": samples.RUN_ID, "attempt": 2}


def test_an_address_says_which_part_it_is_of() -> None:
    part = JOB.replace("job.json", "parts/3/job.json")
    assert job_log.of_job(part) == {"tenant": "acme", "run_id": samples.RUN_ID, "attempt": 2, "part": 3}


@pytest.mark.parametrize("uri", ["", "s3://artifacts/acme/job.json", "https://example.org/a/runs/b/1/job.json"])
def test_another_address_says_nothing(uri: str) -> None:
    assert job_log.of_job(uri) == {}


def test_who_has_set_up_a_log_keeps_it() -> None:
    root = logging.getLogger()
    before = list(root.handlers)
    assert before  # pytest's own
    job_log.begin("train")
    job_log.about(tenant="acme")
    assert root.handlers == before

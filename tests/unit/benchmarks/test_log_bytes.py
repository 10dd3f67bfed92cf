from __future__ import annotations

import re

from benchmarks import log_bytes
from tests.conftest import ROOT

LEARNT = {"model", "version"}  # by the edge, once the path was read and the version found


def test_every_line_of_a_call_is_counted() -> None:
    predict, authorize, access = (
        log_bytes.of_function("predict"),
        log_bytes.of_function("authorize"),
        log_bytes.of_access(),
    )
    assert 1200 < predict + authorize + access < 1500
    assert (log_bytes.of_function("predict"), log_bytes.of_function("authorize")) == (
        predict,
        authorize,
    )  # a second time


def test_functions_say_what_is_counted() -> None:
    for name, (words, always, added) in log_bytes.SAID.items():
        source = (ROOT / "functions" / name / "handler.py").read_text()
        assert f'log.info("{words}"' in source
        assert len(re.findall(r"log\.info\(", source)) - source.count('"refused"') == 1
        assert {key for key in [*always, *added] if key not in source} <= LEARNT

from __future__ import annotations

import platform
import shutil
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from millrace.local import doctor, node, openmp
from tests.conftest import ROOT

Usage = namedtuple("Usage", "total used free")


def _found(root: Path, state: Path) -> dict[str, doctor.Finding]:
    return {finding.what: finding for finding in doctor.examine(root, state)}


def test_a_machine_that_runs_the_tests_is_well(tmp_path: Path) -> None:
    findings = _found(ROOT, tmp_path)
    assert [each for each in findings.values() if not each.well] == []
    assert findings["node"].found.startswith("v")
    assert findings["embedded cloud"].found == "not running"


def test_what_is_missing_comes_with_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 1))
    monkeypatch.setattr(platform, "machine", lambda: "sparc")
    monkeypatch.setattr(doctor, "PACKAGES", ("boto3", "no_such_package"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1, 1, 1))
    monkeypatch.setattr(node, "PROGRAMS", tmp_path)
    monkeypatch.setattr(openmp, "in_system", lambda: False)
    monkeypatch.setattr(openmp, "_bundled", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    findings = _found(tmp_path, tmp_path)
    ill = {name for name, finding in findings.items() if not finding.well}
    assert ill == {"Python", "system", "disk", "node", "CDK command line", "libgomp", "git", "packages"}
    assert all(findings[name].remedy for name in ill)

"""What make would run, without running it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("given", "builds"), [((), "layers/build.py --host"), (("STAGE=dev",), "layers/build.py --stage dev")]
)
def test_layers_are_for_this_machine_unless_a_stage_is_named(given: tuple[str, ...], builds: str) -> None:
    assert make("--dry-run", "layers", *given).stdout.splitlines()[-1].endswith(builds)


@pytest.mark.parametrize(("given", "words"), [((), "STAGE=dev"), (("STAGE=local",), "millrace up")])
def test_what_is_not_on_aws_is_neither_deployed_nor_destroyed(given: tuple[str, ...], words: str) -> None:
    for verb in ("deploy", "destroy"):
        assert make("--dry-run", verb, *given).stdout.splitlines()[0].startswith("test -n")  # before anything else
    refused = make("need-stage", *given)
    assert refused.returncode != 0
    assert words in refused.stderr
    assert make("need-stage", "STAGE=dev").returncode == 0


def test_two_pips_never_install_into_one_environment() -> None:
    assert ".NOTPARALLEL:" in (ROOT / "Makefile").read_text().splitlines()


def test_the_documents_are_written_by_one_verb() -> None:
    assert make("--dry-run", "docs").stdout.splitlines()[-1].endswith("-m docs.generate")


def test_only_the_tests_bring_a_browser() -> None:
    assert "tests/browser" in make("--dry-run", "test").stdout
    for verb in ("demo", "synth", "bench"):
        assert "tests/browser" not in make("--dry-run", verb).stdout

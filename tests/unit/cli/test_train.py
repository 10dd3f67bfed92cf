from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from millrace.cli.train import check_columns, dataset_name, is_of, spec_text
from millrace.domain.errors import InvalidInput, Rejected
from millrace.domain.run import DataLocation, Outcome, Run, RunState
from millrace.domain.spec import Spec
from millrace.protocol.spec import read_spec

SENT = DataLocation("landing", "acme/loans/x.csv", "v2", "a" * 64, 10)
RUN = Run("acme", "loans", "f" * 32, SENT, Spec(), "2026-01-01T00:00:00.000Z", Outcome(RunState.RUNNING))


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("loans.csv", "loans"),
        ("My Loans (2026).CSV", "my-loans-2026"),
        ("loans.tsv.gz", "loans"),
        ("LOANS.JSONL.ZST", "loans"),
        ("loans.v2.csv", "loans-v2"),
        ("Gießerei Übersicht.csv", "giesserei-ubersicht"),
        ("Créances 2026.csv", "creances-2026"),
        ("a" * 100 + ".csv", "a" * 63),
        ("x" * 62 + "__y.csv", "x" * 62),
    ],
)
def test_a_dataset_is_named_after_its_file(file: str, name: str) -> None:
    assert dataset_name(Path("some/folder") / file) == name


def test_a_file_name_without_a_letter_needs_a_dataset_name() -> None:
    with pytest.raises(InvalidInput, match="dataset"):
        dataset_name(Path("данные.csv"))


@pytest.mark.parametrize("target", ["class", "yes", "1", 'a "b" \\ : #', "größe"])
def test_a_target_survives_the_spec(target: str) -> None:
    text = spec_text(target, None)
    assert text is not None
    assert read_spec(text) == Spec(target=target)


def test_a_spec_is_sent_as_it_is_and_checked_before(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_bytes(b"# mine\ntarget: y\n")
    assert spec_text(None, path) == b"# mine\ntarget: y\n"
    path.write_bytes(b"tarket: y\n")
    with pytest.raises(Rejected) as refused:
        spec_text(None, path)
    assert refused.value.field == "tarket"


def test_a_target_that_is_no_column_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"a,class\n1,x\n2,y\n")
    check_columns(path, None)
    check_columns(path, b"target: class\n")
    for spec in (b"target: clas\n", b"exclude: [clas]\n"):
        with pytest.raises(Rejected) as refused:
            check_columns(path, spec)
        assert "did you mean 'class'?" in (refused.value.hint or "")
    parquet = tmp_path / "x.parquet"
    parquet.write_bytes(b"PAR1....PAR1")
    check_columns(parquet, b"target: clas\n")


def test_nothing_asked_changes_nothing() -> None:
    assert spec_text(None, None) is None


def test_a_target_and_a_spec_contradict(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="both"):
        spec_text("y", tmp_path / "spec.yaml")


def test_a_run_is_known_by_its_object() -> None:
    assert is_of(RUN, SENT)
    assert is_of(replace(RUN, data=replace(SENT, version_id=None, digest="b" * 64)), SENT)
    assert not is_of(replace(RUN, data=replace(SENT, version_id="v1")), SENT)
    assert not is_of(replace(RUN, data=replace(SENT, key="acme/loans/y.csv")), SENT)

from __future__ import annotations

from pathlib import Path

import pytest

from millrace.cli.main import run
from millrace.cli.train_here import Wishes, folder_of
from millrace.domain.errors import Rejected
from millrace.domain.spec import Metric, Spec


@pytest.mark.parametrize(
    ("file", "folder"),
    [("a/loans.csv", "loans-model"), ("loans.csv.gz", "loans-model"), ("my.data.parquet", "my.data-model")],
)
def test_the_folder_is_named_after_the_file(file: str, folder: str) -> None:
    assert folder_of(Path(file)) == Path(folder)


def test_options_win_over_the_spec() -> None:
    asked = Wishes(seconds=5, metric=Metric.AUC, seed=3)
    assert asked.over(None) == Spec(budget_seconds=5, metric=Metric.AUC, seed=3)
    spec = b"target: y\nmetric: f1\ntrials: 4\ntime: no\n"
    assert asked.over(spec) == Spec(target="y", metric=Metric.AUC, trials=4, budget_seconds=5, seed=3, time="")
    assert Wishes().over(b"# all defaults\n") == Spec()


def test_options_are_held_to_what_the_spec_may_say() -> None:
    with pytest.raises(Rejected) as refused:
        Wishes(trials=0).over(None)
    assert refused.value.field == "trials"


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["--seconds", "5"], "add --local, or say budget_seconds in the spec.yaml"),
        (["--metric", "auc"], "add --local, or say metric in the spec.yaml"),
        (["--out", "x"], "add --local"),
        (["--force"], "add --local"),
        (["--local", "--wait"], "leave it out"),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(
    arguments: list[str], hint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.csv").write_text("a,y\n1,2\n")
    with pytest.raises(SystemExit) as ended:
        run(["train", str(tmp_path / "x.csv"), *arguments, "--json"])
    assert ended.value.code == 2
    assert hint in capsys.readouterr().err

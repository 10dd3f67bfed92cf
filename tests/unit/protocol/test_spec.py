"""spec.yaml: what is read, and how each mistake is answered."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millrace.domain.errors import Rejected
from millrace.domain.spec import IN_ORDER, UNORDERED, Metric, Spec, Task
from millrace.domain.upload import SPEC_BYTES
from millrace.protocol.spec import QUOTE, SpecDocument, read_spec


def refusal(text: bytes) -> Rejected:
    with pytest.raises(Rejected) as caught:
        read_spec(text)
    assert caught.value.code == "invalid_spec"
    assert caught.value.field is not None
    return caught.value


def test_the_wire_form_has_the_domains_fields() -> None:
    assert list(SpecDocument.model_fields) == [field.name for field in fields(Spec)]


@pytest.mark.parametrize("text", [b"", b"# nothing\n", b"\xef\xbb\xbf", b"{}", b"target:\nexclude:\n"])
def test_silence_means_every_default(text: bytes) -> None:
    assert read_spec(text) == Spec()


def test_every_field_is_read() -> None:
    text = (
        "target: price\ntask: regression\nfeatures: [age, 'yes']\nexclude: [id]\nmetric: mae\n"
        "time: sold\ngroup: street\nweights: w\nbudget_seconds: 240\ntrials: 9\njobs: 3\n"
        "max_model_mb: 5\nmax_row_ms: 0.5\n"
        "margin: 1\nfolds: 3\nseed: 7\nbackend: worker\npromote: no\n"
    )
    assert read_spec(text.encode()) == Spec(
        target="price",
        task=Task.REGRESSION,
        features=("age", "yes"),
        exclude=("id",),
        time="sold",
        group="street",
        weights="w",
        budget_seconds=240.0,
        trials=9,
        jobs=3,
        max_model_mb=5.0,
        max_row_ms=0.5,
        metric=Metric.MAE,
        margin=1.0,
        folds=3,
        seed=7,
        backend="worker",
        promote=False,
    )


def test_an_order_of_time_can_be_denied() -> None:
    assert read_spec(b"time: no").time == read_spec(b"time: false").time == UNORDERED


def test_rows_may_stand_in_the_order_of_time() -> None:
    made = read_spec(b"time: yes")
    assert made.time == read_spec(b"time: true").time == IN_ORDER
    assert (made.time_column, read_spec(b"time: no").time_column, read_spec(b"time: at").time_column) == (
        None,
        None,
        "at",
    )
    assert made.digest != read_spec(b"").digest


def test_equal_meanings_have_equal_digests() -> None:
    assert read_spec(b"margin: 1\ntarget: a").digest == read_spec(b"target: 'a'\nmargin: 1.0 # same\n").digest


@pytest.mark.parametrize(
    "text",
    [
        b"time: a\nfeatures: [a, b]",
        b"time: a\ngroup: a",
        b"time: a\nexclude: [a]",
        b"group: a\nexclude: [a]",
        b"task: binary\nfalse_positive_cost: 2\nbalance: yes",
        b"balance: yes",
    ],
)
def test_these_go_together(text: bytes) -> None:
    assert read_spec(text) != Spec()


@pytest.mark.parametrize(
    ("text", "field", "hint"),
    [
        (b"taget: y", "taget", "did you mean 'target'?"),
        (b"Target: y", "Target", "did you mean 'target'?"),
        (b"task: bianry", "task", "did you mean 'binary'?"),
        (b"metric: AUC", "metric", "did you mean 'auc'?"),
        (b"backend: Worker", "backend", "did you mean 'worker'?"),
        (b"target: yes", "target", QUOTE),
        (b"target: 2026-01-01", "target", QUOTE),
        (b"features: [a, 1]", "features[1]", QUOTE),
        (b"margin: 1e-2", "margin", "write it with a dot, such as 0.01"),
        (b"budget_seconds: 1e3", "budget_seconds", "write it with a dot, such as 0.01"),
        (b"time: 7", "time", QUOTE),
        (b"time: ' '", "time", None),
        (b"features: [a, ' ']", "features[1]", None),
        (b"group: 7", "group", QUOTE),
        (b"qqqqqqqq: 1", "qqqqqqqq", f"the fields are {', '.join(SpecDocument.model_fields)}"),
    ],
)
def test_a_mistake_names_its_field_and_what_was_meant(text: bytes, field: str, hint: str) -> None:
    error = refusal(text)
    assert (error.field, error.hint) == (field, hint)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (b"folds: 1", "folds"),
        (b"folds: 2.0", "folds"),
        (b"folds: 21", "folds"),
        (b"seed: -1", "seed"),
        (b"margin: -0.1", "margin"),
        (b"margin: .nan", "margin"),
        (b"margin: .inf", "margin"),
        (b"promote: 1", "promote"),
        (b"features: []", "features"),
        (b"features: age", "features"),
        (b"features: [a, a]", "features"),
        (b"exclude: [[a]]", "exclude[0]"),
        (b"target: ''", "target"),
        (b"target: a\ntarget: b", "target"),
        (b"task: binary\nmetric: rmse", "metric"),
        (b"task: regression\nmetric: auc", "metric"),
        (b"features: [a]\nexclude: [a]", "exclude"),
        (b"target: a\nfeatures: [a, b]", "target"),
        (b"target: a\nexclude: [a]", "target"),
        (b"time: ''", "time"),
        (b"time: a\ntarget: a", "time"),
        (b"group: a\ntarget: a", "group"),
        (b"weights: a\ntarget: a", "weights"),
        (b"group: a\nfeatures: [a, b]", "group"),
        (b"weights: a\nfeatures: [a, b]", "weights"),
        (b"weights: a\ntime: a", "weights"),
        (b"weights: a\ngroup: a", "weights"),
        (b"task: regression\nbalance: yes", "balance"),
        (b"task: regression\nfalse_positive_cost: 2", "false_positive_cost"),
        (b"task: multiclass\nfalse_negative_cost: 2", "false_negative_cost"),
        (b"false_positive_cost: 0", "false_positive_cost"),
        (b"false_negative_cost: .inf", "false_negative_cost"),
        (b"budget_seconds: 0", "budget_seconds"),
        (b"budget_seconds: .nan", "budget_seconds"),
        (b"trials: 0", "trials"),
        (b"trials: 1.5", "trials"),
        (b"jobs: 0", "jobs"),
        (b"jobs: 17", "jobs"),
        (b"jobs: 4\ntrials: 3", "jobs"),
        (b"max_model_mb: 0", "max_model_mb"),
        (b"max_row_ms: -1", "max_row_ms"),
    ],
)
def test_values_out_of_bounds_are_refused(text: bytes, field: str) -> None:
    assert refusal(text).field == field


@pytest.mark.parametrize(
    "text",
    [
        b"just words",
        b"- a\n- b",
        b"target: [",
        b"target: a\n---\ntarget: b",
        b"a: &x [1]\nb: *x",
        b"<<: {target: a}",
        b"1: a",
        b"? [a]\n: b",
        b"target: !!python/object/apply:os.system [ls]",
        b"seed: " + b"9" * 5000,
        b"target: 2026-13-45",
        b'seed: !!int ""',
        b'margin: !!float ""',
        b"promote: !!bool maybe",
        b"seed: !!timestamp x",
        b"target: !important",
        b"features: !!set {a, b}",
        b"!!map {target: a}",
        b"margin: 1" + b":00" * 200 + b".0",
        b"target: \x00",
        b"\xff\xfe",
        b"[" * 1000,
        b"#" * (SPEC_BYTES + 1),
    ],
)
def test_what_is_no_plain_mapping_is_refused(text: bytes) -> None:
    assert refusal(text).field == "spec.yaml"


def test_a_bomb_of_aliases_is_refused_before_it_unfolds() -> None:
    levels = [b"a0: &a0 [x]"] + [b"a%d: &a%d [%s]" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 40)]
    assert "alias" in refusal(b"\n".join(levels)).message


def test_a_mistake_in_yaml_names_its_line() -> None:
    assert " at line 2, " in refusal(b"target: a\nfeatures: @b\n").message


@given(text=st.one_of(st.binary(max_size=60), st.text("targetsk: -[]{}&*!|>'\"\n#,1", max_size=60).map(str.encode)))
def test_no_text_breaks_it(text: bytes) -> None:
    codes = set()
    try:
        read_spec(text)
    except Rejected as error:
        codes.add(error.code)
    assert codes <= {"invalid_spec"}

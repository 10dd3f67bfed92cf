"""TF-IDF in Python and in ONNX Runtime: the same numbers for any text."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto
from sklearn.feature_extraction.text import TfidfVectorizer

from millrace.data.table import Table
from millrace.domain.schema import MISSING_TOKEN
from millrace.domain.spec import Task
from millrace.learning import text_encoding
from millrace.learning.onnx_graph import Graph
from millrace.learning.text_encoding import BOTH, CHARACTERS, WORDS, TextEncoding, TextSettings
from tests.texts import COLUMN, ODD, messages, table

EXACT = 1e-6
ANY = st.characters(codec="utf-8") | st.sampled_from("card .my\x00É")
ROWS, _ = messages(120, Task.BINARY)


def graph_of(encoding: TextEncoding) -> bytes:
    graph = Graph([replace(COLUMN, name=column.column) for column in encoding.columns], ["matrix"])
    graph.add("Identity", encoding.build(graph), output="matrix")
    return bytes(graph.finish([("matrix", TensorProto.FLOAT, encoding.width)]).SerializeToString(deterministic=True))


def session(encoding: TextEncoding) -> ort.InferenceSession:
    return ort.InferenceSession(graph_of(encoding), providers=["CPUExecutionProvider"])


def check(encoding: TextEncoding, on: ort.InferenceSession, rows: Table) -> None:
    feeds = {column.column: rows[column.column].reshape(-1, 1) for column in encoding.columns}
    (given_,) = on.run(["matrix"], feeds)
    made = encoding.transform(rows)
    assert made.dtype == given_.dtype == np.float32
    assert made.shape == given_.shape == (rows.rows, encoding.width)
    np.testing.assert_allclose(made.toarray(), given_, atol=EXACT, rtol=0)
    np.testing.assert_array_equal(made.toarray() != 0, given_ != 0)


LEARNT = text_encoding.fit(ROWS, [COLUMN])
RUNNING = session(LEARNT)


@pytest.mark.parametrize("how", [BOTH, WORDS, CHARACTERS, TextSettings(7, 9)])
def test_odd_texts_together_and_each_alone(how: TextSettings) -> None:
    encoding = text_encoding.fit(Table({COLUMN.name: np.append(ROWS[COLUMN.name], ODD)}, 0), [COLUMN], how)
    running = session(encoding)
    check(encoding, running, ROWS)
    check(encoding, running, table(list(ODD)))
    for text in ODD:
        check(encoding, running, table([text]))


@pytest.mark.parametrize("texts", [[""], [MISSING_TOKEN, ""], ["", "card"], [*ODD]])
def test_texts_of_letters_that_training_never_had(texts: list[str]) -> None:
    check(LEARNT, RUNNING, table(texts))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(ANY, max_size=30), min_size=1, max_size=4))
def test_any_texts(texts: list[str]) -> None:
    check(LEARNT, RUNNING, table(texts))


@pytest.mark.parametrize("text", ["x" * 1_000_000, "my card has " * 83_333, "\n" * 1_000_000, "é中😀" * 333_333])
def test_a_megabyte(text: str) -> None:
    check(LEARNT, RUNNING, table([text]))


def test_a_missing_text_is_an_empty_one() -> None:
    assert LEARNT.transform(table([MISSING_TOKEN, "", "  "])).nnz == 0
    assert LEARNT.transform(table(["missing"])).nnz > 0


def test_the_numbers_are_those_of_scikit_learn() -> None:
    texts = ["My card, my card!", "the card is here", "is it here?", "the card"]
    encoding = text_encoding.fit(table(texts), [COLUMN], WORDS)
    vectors = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\w+", binary=True, min_df=2).fit(texts)
    assert set(encoding.columns[0].words.grams) == set(vectors.vocabulary_)
    order = [vectors.vocabulary_[gram] for gram in encoding.columns[0].words.grams]
    np.testing.assert_allclose(
        encoding.transform(table(texts)).toarray(), vectors.transform(texts).toarray()[:, order], atol=1e-6
    )


def test_each_block_has_length_one() -> None:
    matrix = LEARNT.transform(table(["my card has not arrived"])).toarray()[0]
    words = len(LEARNT.columns[0].words.grams)
    assert np.linalg.norm(matrix[:words]) == pytest.approx(1.0)
    assert np.linalg.norm(matrix[words:]) == pytest.approx(1.0)


def test_several_columns_share_the_room() -> None:
    other = replace(COLUMN, name="t3", missing="?")
    rows = Table({COLUMN.name: ROWS[COLUMN.name], "t3": ROWS[COLUMN.name][::-1]}, ROWS.rows)
    encoding = text_encoding.fit(rows, [COLUMN, other], TextSettings(20, 40))
    assert [len(column.words.grams) for column in encoding.columns] == [10, 10]
    assert encoding.width == 60
    check(encoding, session(encoding), rows)
    check(
        encoding, session(encoding), Table({COLUMN.name: table(["?"])[COLUMN.name], "t3": table(["?"])[COLUMN.name]}, 1)
    )


@pytest.mark.parametrize("texts", [[""], [MISSING_TOKEN] * 3, ["\n", "\x00"]])
def test_nothing_to_learn_is_a_column_of_zeros(texts: list[str]) -> None:
    encoding = text_encoding.fit(table(texts), [COLUMN])
    assert encoding.width == 1
    check(encoding, session(encoding), table(["", "x", "my card"]))


def test_it_is_kept_and_read_again_bit_by_bit() -> None:
    kept = TextEncoding.load(json.loads(json.dumps(LEARNT.dump())))
    assert (kept.step, kept.width) == (LEARNT.step, LEARNT.width)
    assert (kept.transform(ROWS) != LEARNT.transform(ROWS)).nnz == 0
    assert graph_of(kept) == graph_of(LEARNT)
    with pytest.raises(ValueError, match="text/0"):
        TextEncoding.load({**LEARNT.dump(), "step": "text/0"})


def test_equal_rows_give_equal_bytes_and_parts_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert graph_of(text_encoding.fit(ROWS, [COLUMN])) == graph_of(LEARNT)
    whole = LEARNT.transform(ROWS)
    monkeypatch.setattr(text_encoding, "PART", 100)
    assert (LEARNT.transform(ROWS) != whole).nnz == 0
    monkeypatch.setattr(text_encoding, "ROWS", 1)
    assert (LEARNT.transform(ROWS) != whole).nnz == 0


def test_of_many_characters_some_rows_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_encoding, "READ", 30)
    encoding = text_encoding.fit(table(["one two three", "four five six", "one two seven", "eight"]), [COLUMN], WORDS)
    assert set(encoding.columns[0].words.grams) == {"one", "two", "one two"}


def test_operators_beyond_the_standard_are_named_only_where_they_are_used() -> None:
    named = {each.domain for each in onnx.load_from_string(graph_of(LEARNT)).opset_import}
    assert named == {"", "ai.onnx.ml", "com.microsoft"}
    onnx.checker.check_model(onnx.load_from_string(graph_of(LEARNT)), full_check=True)
    bare = Graph([], ["one"])
    bare.add("Identity", bare.number(1.0), output="one")
    assert {each.domain for each in bare.finish([("one", TensorProto.DOUBLE, 1)]).opset_import} == {"", "ai.onnx.ml"}

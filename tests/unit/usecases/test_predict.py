"""One answer, one version, however often the alias moves."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from millrace.domain.model import ModelAddress
from millrace.inference.columns import from_rows
from millrace.inference.tabular import Regression
from millrace.usecases.predict import predict
from tests import tiny
from tests.shelf import Shelf

ROWS = [tiny.ROW] * 50
ARRANGE = partial(from_rows, rows=ROWS)


def test_the_answer_names_what_answered() -> None:
    shelf = Shelf()
    version = shelf.register(tiny.REGRESSES)
    shelf.point(1)
    answer = predict(shelf.open_models(), ModelAddress("acme", "credit"), ARRANGE, "an id")
    assert (answer.id, answer.version, answer.schema) == ("an id", version, tiny.REGRESSES)
    assert isinstance(answer.prediction, Regression)
    assert len(answer.prediction.values) == 50


def test_no_answer_mixes_two_versions_while_the_alias_moves() -> None:
    """Version n adds 100 n to the score; every row of an answer must come from the version that the answer names."""
    shelf = Shelf()
    for number in (1, 2):
        shelf.register(tiny.REGRESSES, bias=100.0 * number)
    shelf.point(1)
    models = shelf.open_models(alias_seconds=0)
    done = threading.Event()
    seen: set[int] = set()

    def ask(_: int) -> None:
        while not done.is_set():
            answer = predict(models, ModelAddress("acme", "credit"), ARRANGE, "")
            assert isinstance(answer.prediction, Regression)
            by_value = {round((value - 12.3) / 100) for value in answer.prediction.values.tolist()}
            assert by_value == {answer.version.number}
            seen.add(answer.version.number)

    with ThreadPoolExecutor(3) as pool:
        asking = [pool.submit(ask, number) for number in range(3)]
        try:
            for move in range(10_000):
                shelf.point(2 - move % 2)
                predict(models, ModelAddress("acme", "credit"), ARRANGE, "")
                if move >= 60 and seen == {1, 2}:  # whoever asks may have had no turn before
                    break
        finally:
            done.set()
        for each in asking:
            each.result()
    assert seen == {1, 2}

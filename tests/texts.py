"""Texts for tests: made-up messages with a seed, and odd ones that no training row is like."""

from __future__ import annotations

import numpy as np

from millrace.data.table import Table
from millrace.domain.schema import MISSING_TOKEN, Column, Kind, Schema
from millrace.domain.spec import Task
from millrace.learning.trainer import Answers
from tests.rows import CLASSES

COLUMN = Column("message", Kind.TEXT, MISSING_TOKEN)
AGE = Column("age", Kind.NUMBER)
ABOUT = ("my card has not arrived", "please refund the transfer", "how do I reset my PIN?")
FILLER = ("hello", "Good morning!", "it is urgent", "thanks, really", "I have waited - long", "écrivez-moi", "2 days")
ODD = (
    *("", " ", "\x00", "a\x00card", "\n\n", "card\r\n\tcard", MISSING_TOKEN, f"x{MISSING_TOKEN}"),
    *("MY CARD HAS NOT ARRIVED", "mY cArD", "ÉCRIVEZ-MOI Écrivez-moi", "STRASSE straße ẞ", "İstanbul \u0131I"),
    *("ΣΊΣΥΦΟΣ ς", "e\u0301crivez", "\u0301", "中文字符没有空格", "カード", "😀card😀", "👩\u200d👩\u200d👧"),
    *("card\u00a0has\u2003not", "—card—", "card…not", "card, has; not: arrived", "card  .  has", "card.has", "..."),
    *("card" * 20, "x" * 90, "\u200b\u200e", "\ufffd card \ufffd", "\ue000\uffff", "\U0010ffff card", "ﬁne ŉ"),
    *("१२३ ٣", "card" + " card" * 300),
)


def schema(task: Task, *more: Column) -> Schema:
    """A schema over one column of text, and more."""
    return Schema((COLUMN, *more), "answer", task, CLASSES[task])


def table(texts: list[str]) -> Table:
    """One column of text."""
    return Table({COLUMN.name: np.array(texts, dtype=object)}, len(texts))


def messages(rows: int, task: Task, seed: int = 0) -> tuple[Table, Answers]:
    """Messages about one of three things, some missing, with answers that follow from them, and from an age."""
    random = np.random.default_rng(seed)
    about = random.integers(0, 3, rows)
    texts = [
        f"{random.choice(FILLER)} {ABOUT[place]} {random.choice(FILLER)} {random.integers(0, 99)}" for place in about
    ]
    texts[:3] = ["", MISSING_TOKEN, "!"]
    age = random.normal(40.0, 10.0, rows)
    made = Table({COLUMN.name: np.array(texts, dtype=object), AGE.name: age}, rows)
    if task is Task.REGRESSION:
        return made, about * 1000.0 + age
    return made, (about > 0).astype(np.int64) if task is Task.BINARY else about.astype(np.int64)

"""Columns that hold personal data, told by their name or by how their values are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from millrace.data.admitted import Admitted
from millrace.data.headers import told_by
from millrace.data.identifiers import PATTERNS
from millrace.data.table import Written
from millrace.domain.schema import Kind
from millrace.domain.spelling import LONGEST_TEXT
from millrace.domain.warning import Warned

VALUES = 2_000  # rows of a column that are looked at
NAMES = 0.7  # share of values that look like a person's name, from which a column called `name` holds them
_PERSON = re.compile(r"[^\W\d_][\w'\u2019.-]*,?(?: [\w'\u2019.()\"-]+){1,6}")
_NO_PERSON = re.compile(r"[0-9]|\b(?:inc|ltd|llc|corp|co|gmbh|ag|kg|s\.?a|srl|plc|bv)\.?$", re.IGNORECASE)
_OF_TEXT = frozenset({"an e-mail address", "an IBAN", "an IP address", "a person's name", "a postal address"})


@dataclass(frozen=True, slots=True)
class Personal:
    """What a column seems to hold, and how that was told."""

    what: str
    why: str


def find(sample: Admitted) -> Mapping[str, Personal]:
    """The columns, used or not, that seem to hold personal data; the first reason for each."""
    kinds = {column.name: column.kind for column in (*sample.schema.features, *sample.left_out)}
    found = {}
    for name, written in sample.sample(VALUES).written.columns.items():
        told = look(name, kinds.get(name, Kind.CATEGORY), written)
        if told is not None:
            found[name] = told
    return found


def look(name: str, kind: Kind, written: Written) -> Personal | None:
    """What a column of this name, kind and values seems to hold; None for nothing personal.

    A column of at most two values is an answer, such as whether somebody has a telephone; and of a number only what is
    written in digits is looked for.
    """
    texts = [text[:LONGEST_TEXT] for text in written.texts if text]
    if len(texts) <= 2:
        return None
    for what in told_by(name):
        if kind.is_text or what not in _OF_TEXT:
            return Personal(what, "its name says so")
    shares = {what: sum(map(tells, texts)) / len(texts) for what, (tells, _) in PATTERNS.items()}
    for what, (_, least) in PATTERNS.items():
        if shares[what] >= least:
            return Personal(what, f"{shares[what]:.0%} of the {len(texts)} distinct values looked at are written so")
    if name.strip().lower() == "name" and kind.is_text:
        people = sum(_PERSON.fullmatch(text) is not None and not _NO_PERSON.search(text) for text in texts)
        if people >= NAMES * len(texts):
            return Personal("a person's name", "it is called 'name' and its values look like names")
    return None


def warned(found: Mapping[str, Personal]) -> tuple[Warned, ...]:
    """One warning for each column."""
    return tuple(
        Warned(
            "personal_data",
            f"column {name!r} seems to hold {personal.what}: {personal.why}",
            "list it under exclude in spec.yaml and take it out of the upload, unless you may use it for this",
            (name,),
        )
        for name, personal in found.items()
    )

"""Admitted rows out of written ones, as training prepares them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from millrace.data import features, target
from millrace.data.admitted import Admitted
from millrace.domain.schema import Schema
from millrace.domain.spec import Spec
from tests.rows import written


def admitted(columns: Mapping[str, Sequence[object]], spec: Spec | None = None) -> Admitted:
    """The rows of a file that have an answer; the target is the spec's, or the usual one."""
    spec = spec or Spec()
    table = written(columns)
    answer = target.find(table, spec)
    used = features.choose(table.take(answer.rows), spec, answer.name, answer.task)
    schema = Schema(used.columns, answer.name, answer.task, answer.classes)
    return Admitted(used.written, used.written.spell(schema.features), schema, answer.values, used.left_out)

"""From a file's rows to typed ones: features chosen, the answer found, rows held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from millrace.data import declared, features, split, target
from millrace.data.admitted import Admitted
from millrace.data.inspection import inspect
from millrace.data.table import WrittenTable
from millrace.domain import wishes
from millrace.domain.amount import counted
from millrace.domain.profile import Profile
from millrace.domain.report import Decision
from millrace.domain.schema import Column, Schema
from millrace.domain.spec import Metric, Spec, Task
from millrace.domain.warning import Warned
from millrace.learning import bounds, champion
from millrace.usecases.evaluate import HeldOut, Rows


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What a search begins with. `fitted` are the training rows that memory allows to learn from."""

    schema: Schema
    metric: Metric
    train: Rows
    fitted: Rows
    held_out: HeldOut  # the training rows' texts are given up before anything is fitted
    profile: Profile
    decisions: tuple[Decision, ...]
    warned: tuple[Warned, ...]


def prepare(written: WrittenTable, spec: Spec, serving: champion.Champion | None, memory: int) -> Prepared:
    """Choose the features, hold rows out, and say what was decided.

    `serving` is the model that serves now, `memory` what a search may take, in bytes.
    Raises Rejected for a file or a spec that can't become a model.
    """
    answer = target.find(written, spec)
    metric, chosen_metric = wishes.metric_of(spec, answer.task)
    whole = written if len(answer.rows) == written.rows else written.take(answer.rows)
    used = features.choose(whole, spec, answer.name, answer.task)
    schema = Schema(used.columns, answer.name, answer.task, answer.classes)
    schema = replace(schema, ignored=_ignored(schema, used.left_out, serving))
    wishes.check(spec, answer.task)
    of_rows = declared.read(whole, used, spec, answer.rows, None if serving is None else serving.manifest)
    parts = split.split(whole, np.asarray(answer.values, dtype=np.int64) if answer.classes else None, of_rows)
    table = used.written.spell(schema.features)
    seen = inspect(
        Admitted(used.written, table, schema, answer.values, used.left_out), unanswered=written.rows - whole.rows
    )
    train = Rows(table.take(parts.train), answer.values[parts.train], of_rows.take(parts.train))
    held_out = HeldOut(
        table.take(parts.held_out), answer.values[parts.held_out], written=used.written.take(parts.held_out)
    )
    places = parts.places[parts.train]
    fitted = bounds.for_fit(train.table, train.answers, schema, places, memory)
    decisions = (
        *written.decisions,
        *answer.decisions,
        *_positive(schema),
        *chosen_metric,
        *of_rows.decisions,
        *bounds.decisions(fitted, len(places), memory),
        *used.decisions,
    )
    warned = (*answer.warned, *used.warned, *_left_out(seen.profile.unanswered, answer.name), *_moved(parts.moved))
    warned = (*warned, *of_rows.warned, *parts.warned)
    rows = (train, train.take(fitted), held_out)
    return Prepared(schema, metric, *rows, seen.profile, decisions, (*warned, *seen.warned))


def _ignored(schema: Schema, left_out: Sequence[Column], serving: champion.Champion | None) -> tuple[str, ...]:
    """What callers may go on sending though this version makes nothing of it, in order."""
    known = [column.name for column in left_out]
    if serving is not None:
        before = serving.manifest.schema
        known += [*(column.name for column in before.features), *before.ignored]
    used = {schema.target, *(column.name for column in schema.features)}
    return tuple(name for name in dict.fromkeys(known) if name not in used)


def _left_out(unanswered: int, target: str) -> tuple[Warned, ...]:
    if not unanswered:
        return ()
    says = f"left out: {counted(unanswered, 'row')} without an answer in {target!r}"
    return (Warned("unanswered_rows", says, "nothing, unless they should have one", (target,)),)


def _moved(rows: int) -> tuple[Warned, ...]:
    if not rows:
        return ()
    says = f"{counted(rows, 'row')} changed sides so that each class is trained on and held out"
    return (Warned("moved_rows", says, "add examples of the rarest classes"),)


def _positive(schema: Schema) -> tuple[Decision, ...]:
    """Which of two classes is the one that is looked for: it is what F1 is about."""
    if schema.task is not Task.BINARY:
        return ()
    return (Decision("positive class", schema.classes[1], "the second of the two in order; f1 is measured on it"),)

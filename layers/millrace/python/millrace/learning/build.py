"""From a search's trials to the file that serves: exported, compared with the pipeline, within its limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from millrace.data.table import Table
from millrace.domain.errors import JobFailed
from millrace.domain.report import Parity
from millrace.domain.schema import Schema
from millrace.domain.warning import Warned
from millrace.learning import latency, parity
from millrace.learning.automl import Learnt, name_of
from millrace.learning.ensemble import Limits
from millrace.learning.export import export
from millrace.learning.trainer import Fitted

DEFECT = "this is a defect of Millrace: please report it"
SHRINKS = 4  # times that an ensemble beyond the limits is chosen anew
MARGIN = 0.9  # of a limit that is aimed at when it was missed

Export = Callable[[Fitted, Schema], bytes]


@dataclass(frozen=True, slots=True)
class Built:
    """The ensemble that was chosen in the end, its file, and what was found of it.

    `row_ms` is the median of a row on one thread; `refused` are places of trials whose graphs differ.
    """

    learnt: Learnt
    model: bytes
    parity: Parity
    row_ms: float
    refused: frozenset[int]
    warned: tuple[Warned, ...]


def build(learnt: Learnt, rows: Table, *, threads: int = 1, export: Export = export) -> Built:
    """The best ensemble whose export agrees with it on each of `rows` and keeps within the wish's limits.

    Raises JobFailed(code="no_candidate") when no candidate's export agrees with its pipeline.
    """
    schema = learnt.school.schema
    warned: list[Warned] = []
    refused: frozenset[int] = frozenset()
    limits, shrunk = learnt.limits, 0
    while True:
        model = export(learnt.fitted, schema)
        found = parity.check(model, learnt.fitted, rows, schema, threads=threads)
        if not found.holds:
            beyond = _beyond(learnt, found, rows, threads, export)
            warned += [_refusal(learnt, place, each) for place, each in beyond.items()]
            refused |= beyond.keys()
            if len(refused) == sum(made.core is not None for made in learnt.trials):
                raise JobFailed("; ".join(each.says for each in warned), code="no_candidate", hint=DEFECT)
            learnt = learnt.again(limits, refused)
            continue
        row_ms = latency.row_ms(parity.Graph(model, schema), rows)
        tighter = _tighter(limits, learnt, len(model), row_ms) if shrunk < SHRINKS else None
        smaller = None if tighter is None else learnt.again(tighter, refused)
        if tighter is None or smaller is None or smaller.weights.keys() == learnt.weights.keys():
            return Built(learnt, model, found, row_ms, refused, (*warned, *_too_much(learnt, len(model), row_ms)))
        learnt, limits, shrunk = smaller, tighter, shrunk + 1


def _beyond(learnt: Learnt, whole: Parity, rows: Table, threads: int, export: Export) -> Mapping[int, Parity]:
    """The members, by their trial's place, whose own graphs differ; all but the heaviest where none does alone."""
    if len(learnt.weights) == 1:
        return dict.fromkeys(learnt.weights, whole)
    found: dict[int, Parity] = {}
    for place in learnt.weights:
        alone = learnt.again(Limits(float("inf"), float("inf")), frozenset(range(len(learnt.trials))) - {place}).fitted
        model = export(alone, learnt.school.schema)
        found[place] = parity.check(model, alone, rows, learnt.school.schema, threads=threads)
    differing = {place: each for place, each in found.items() if not each.holds}
    heaviest = max(learnt.weights, key=lambda place: learnt.weights[place])
    return differing or {place: whole for place in learnt.weights if place != heaviest}


def _refusal(learnt: Learnt, place: int, found: Parity) -> Warned:
    says = (
        f"candidate {name_of(learnt.trials, place)!r} was refused: its ONNX graph differs from the fitted pipeline by "
        f"{found.max_difference:.2g}, where {found.tolerance:g} is allowed, and flips {found.flips_far} labels"
    )
    return Warned("refused_candidate", says, DEFECT)


def _tighter(limits: Limits, learnt: Learnt, size: int, row_ms: float) -> Limits | None:
    """Limits of the estimates under which the artifact should keep within the wish's; None where it does.

    Where only trials count, a measured time must not change what is chosen.
    """
    wish, members = learnt.wish, [member.core for member in learnt.fitted.members]
    over_size, over_time = size / (wish.megabytes * 1e6), row_ms / wish.milliseconds
    if wish.trials is not None:
        over_time = 0.0
    if max(over_size, over_time) <= 1.0 or len(members) == 1:
        return None
    least_size = min(limits.size, sum(core.size for core in members))
    least_cost = min(limits.cost, sum(core.cost for core in members))
    return Limits(
        least_size * MARGIN / over_size if over_size > 1.0 else limits.size,
        least_cost * MARGIN / over_time if over_time > 1.0 else limits.cost,
    )


def _too_much(learnt: Learnt, size: int, row_ms: float) -> tuple[Warned, ...]:
    wish = learnt.wish
    found = []
    if size > wish.megabytes * 1e6:
        found.append(f"the smallest ensemble found takes {size / 1e6:.1f} MB, and max_model_mb is {wish.megabytes:g}")
    if row_ms > wish.milliseconds:
        found.append(f"a row took {row_ms:.2g} ms where the model was made, and max_row_ms is {wish.milliseconds:g}")
    return tuple(
        Warned("beyond_limits", says, "raise the limit, leave columns out, or give the search more time")
        for says in found
    )

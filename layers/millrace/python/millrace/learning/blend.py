"""A fitted ensemble: encodings, members that score their matrices, and the weighted mean of what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from millrace.data.table import Table
from millrace.evaluation.calibration import AsIs, Calibration
from millrace.learning import calibrate
from millrace.learning.link import Link
from millrace.learning.onnx_graph import Graph
from millrace.learning.trainer import Core, Encoded, Floats, Plan

PART = 100_000  # rows that are answered at a time


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One candidate's part: what it learnt, from which matrix, and its share of the answer."""

    name: str
    core: Core
    plan: Plan
    link: Link
    weight: float


@dataclass(frozen=True, slots=True, eq=False)
class Blend:
    """A `Fitted` of members, whose weights add up to 1. `deviation` is that of a regression's target.

    With a `threshold`, the second of two classes is the label from that probability of it on.
    """

    encodings: Mapping[Plan, Encoded]
    members: tuple[Member, ...]
    deviation: float = 1.0
    calibration: Calibration = field(default_factory=AsIs)
    threshold: float | None = None

    @property
    def steps(self) -> tuple[str, ...]:
        """Names of its steps with their versions, in order."""
        encodings = [self.encodings[plan].step for plan in self._plans]
        cores = [member.core.step for member in self.members]
        return tuple(dict.fromkeys(["spelling/2", *encodings, *cores, "link/2", "blend/1", self.calibration.step]))

    @property
    def unit(self) -> float:
        """1 for probabilities, else the target's deviation."""
        return self.deviation

    def predict(self, table: Table) -> Floats:
        """Probabilities of shape [rows, classes], or predictions of shape [rows, 1]."""
        return np.concatenate([self._answer(part) for part in table.parts(PART)])

    def build(self, graph: Graph) -> str:
        """Add the whole pipeline; returns the FP64 tensor that holds what `predict` gives."""
        matrices = {plan: self.encodings[plan].build(graph) for plan in self._plans}
        total = None
        for member in self.members:
            answer = member.link.build(graph, member.core.build(graph, matrices[member.plan]))
            share = graph.times(answer, graph.number(member.weight)) if len(self.members) > 1 else answer
            total = share if total is None else graph.plus(total, share)
        assert total is not None  # noqa: S101  # an ensemble has members
        return calibrate.build(self.calibration, graph, total)

    @property
    def _plans(self) -> list[Plan]:
        return list(dict.fromkeys(member.plan for member in self.members))

    def _answer(self, table: Table) -> Floats:
        matrices = {plan: self.encodings[plan].transform(table) for plan in self._plans}
        answers = [member.link.apply(member.core.score(matrices[member.plan])) for member in self.members]
        shares = [member.weight * answer for member, answer in zip(self.members, answers, strict=True)]
        return self.calibration.apply(np.sum(shares, axis=0) if len(shares) > 1 else answers[0])

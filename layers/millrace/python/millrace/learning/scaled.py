"""Numbers for linear and neural members: filled, flagged, on one scale, bent at quantiles or by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from onnx import TensorProto

from millrace.data.table import Index, Table
from millrace.domain.schema import Column
from millrace.learning import quantiles
from millrace.learning.dates import PARTS
from millrace.learning.numbers import build_columns, columns, named
from millrace.learning.onnx_graph import Graph
from millrace.learning.quantiles import QuantileTransform
from millrace.learning.trainer import Floats, Matrix

SOFT = 3.0  # a scaled number never goes beyond, however far the raw one does
FAR = 1e100  # deviations beyond which a number counts as being there: its square is still one
KNOTS = 4  # hinges of a number, at as many quantiles between its least and its greatest
CYCLES = {"month": 12, "weekday": 7, "hour": 24}  # parts of a date that begin anew, and after how many steps
_CONSTANT = 1e-12
_LEAST = float(np.finfo(np.float32).tiny)
_MOST = float(np.finfo(np.float64).max)


@dataclass(frozen=True, slots=True, eq=False)
class Scaled:
    """M numbers as z = (x - centre) / scale, bent to z / sqrt(1 + (z / 3)^2); F flags of missing; H hinges; cycles.

    `fill`, `centre`, `scale` of shape [M]; `flagged` [F] and `hinged` [H] are places among the M, and hinge h is
    max(0, bent[hinged[h]] - knots[h]). Holzmueller, Grinsztajn and Steinwart, "Better by default", 2024, for the bend.
    `quantiles` transforms the bent ones further, beside them. A date's month, weekday and hour are sine and cosine of
    an angle too; a missing date has nought for both.
    """

    numbers: tuple[str, ...]
    dates: tuple[str, ...]
    fill: Floats
    centre: Floats
    scale: Floats
    flagged: Index
    hinged: Index
    knots: Floats
    quantiles: QuantileTransform | None = None

    @property
    def width(self) -> int:
        """How many columns it gives."""
        ranks = self.quantiles.width if self.quantiles else 0
        return len(self.fill) + len(self.flagged) + len(self.hinged) + ranks + 2 * len(self._turning)

    @property
    def _turning(self) -> Index:
        """Where months, weekdays and hours stand among the M, date by date."""
        first = len(self.numbers)
        places = [first + date * len(PARTS) + PARTS.index(part) for date in range(len(self.dates)) for part in CYCLES]
        return np.array(places, dtype=np.int64)

    @property
    def _round(self) -> Floats:
        """Radians of one step of each."""
        return np.tile([2.0 * np.pi / steps for steps in CYCLES.values()], len(self.dates))

    def transform(self, table: Table) -> Matrix:
        """FP32 of shape [rows, width]."""
        raw = np.empty((table.rows, len(self.fill)))
        for position, values in enumerate(columns(table, self.numbers, self.dates)):
            raw[:, position] = values
        absent = np.isnan(raw)
        with np.errstate(over="ignore"):
            scaled = (np.where(absent, self.fill, raw) - self.centre) / self.scale
        bent = _bend(scaled)
        hinges = np.maximum(bent[:, self.hinged] - self.knots, 0.0)
        with np.errstate(invalid="ignore"):
            angles = (raw[:, self._turning] * self._round).astype(np.float32)
        cycles = [np.where(np.isnan(angles), 0.0, wave(angles)) for wave in (np.sin, np.cos)]
        ranks = [self.quantiles.transform(bent)] if self.quantiles else []
        return np.hstack([bent, absent[:, self.flagged], hinges, *ranks, *cycles]).astype(np.float32)

    def build(self, graph: Graph) -> str:
        """The same in a graph."""
        raw = build_columns(graph, self.numbers, self.dates)
        absent = graph.add("IsNaN", raw)
        row = {name: graph.constant(getattr(self, name).reshape(1, -1)) for name in ("fill", "centre", "scale")}
        filled = graph.add("Where", absent, row["fill"], raw)
        far = graph.over(graph.minus(filled, row["centre"]), row["scale"])
        scaled = graph.add("Clip", far, graph.number(-FAR), graph.number(FAR))
        share = graph.over(scaled, graph.number(SOFT))
        root = graph.add("Sqrt", graph.plus(graph.times(share, share), graph.number(1.0)))
        bent = graph.over(scaled, root)
        blocks = [bent]
        if len(self.flagged):
            blocks.append(
                graph.cast(graph.add("Gather", absent, graph.constant(self.flagged), axis=1), TensorProto.DOUBLE)
            )
        if len(self.hinged):
            chosen = graph.add("Gather", bent, graph.constant(self.hinged), axis=1)
            blocks.append(
                graph.add("Max", graph.minus(chosen, graph.constant(self.knots.reshape(1, -1))), graph.number(0.0))
            )
        made = [graph.cast(graph.concat(blocks), TensorProto.FLOAT)]
        if self.quantiles:
            made.append(self.quantiles.build(graph, bent))
        return graph.concat([*made, *self._build_cycles(graph, raw)] if self.dates else made)

    def _build_cycles(self, graph: Graph, raw: str) -> list[str]:
        parts = graph.add("Gather", raw, graph.constant(self._turning), axis=1)
        angles = graph.cast(graph.times(parts, graph.constant(self._round.reshape(1, -1))), TensorProto.FLOAT)
        absent, middle = graph.add("IsNaN", angles), graph.constant(np.array(0.0, dtype=np.float32))
        return [graph.add("Where", absent, middle, graph.add(wave, angles)) for wave in ("Sin", "Cos")]


def fit(table: Table, of: Sequence[Column], *, hinges: bool = False, ranks: bool = False) -> Scaled:
    """Learn fills, scales, flags, knots and quantiles from training rows."""
    numbers, dates = named(of)
    fill, centre, scale, flagged, hinged, knots, seen = [], [], [], [], [], [], []
    for position, values in enumerate(columns(table, numbers, dates)):
        absent = np.isnan(values)
        present = values[~absent]
        middle, spread = _spread(present)
        fill.append(middle)
        centre.append(middle)
        scale.append(spread)
        if absent.any():
            flagged.append(position)
        with np.errstate(over="ignore"):
            bent = _bend((present - middle) / spread)
        if ranks:
            seen.append(bent)
        if hinges:
            bends = _knots(bent)
            knots.extend(bends)
            hinged.extend([position] * len(bends))
    return Scaled(
        numbers,
        dates,
        fill=np.array(fill, dtype=np.float64),
        centre=np.array(centre, dtype=np.float64),
        scale=np.array(scale, dtype=np.float64),
        flagged=np.array(flagged, dtype=np.int64),
        hinged=np.array(hinged, dtype=np.int64),
        knots=np.array(knots, dtype=np.float64),
        quantiles=quantiles.fit(seen) if ranks else None,
    )


def _bend(scaled: Floats) -> Floats:
    near = np.clip(scaled, -FAR, FAR)
    bent: Floats = near / np.sqrt((near / SOFT) * (near / SOFT) + 1.0)
    return bent


def _spread(present: Floats) -> tuple[float, float]:
    """Median, and the interquartile range over that of a normal variable of deviation 1; else the deviation, else 1."""
    largest = float(np.abs(present).max(initial=0.0))
    # ONNX Runtime leaves out what it takes for a difference with 0, and judges that in FP32.
    if largest < _LEAST:
        return 0.0, 1.0
    shares = present / largest  # so that nothing overflows
    low, middle, high = np.quantile(shares, [0.25, 0.5, 0.75])
    spread = float(high - low) / 1.349
    if spread < _CONSTANT:
        spread = float(shares.std())
    return float(middle) * largest, min(spread * largest, _MOST) if spread >= _CONSTANT else largest


def _knots(bent: Floats) -> list[float]:
    if not len(bent):
        return []
    least = float(bent.min())
    found = np.unique(np.quantile(bent, np.arange(1, KNOTS + 1) / (KNOTS + 1)))
    return [float(knot) for knot in found if least < knot < bent.max()]

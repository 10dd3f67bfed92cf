"""Which trials answer together, and with which weights: greedy selection with replacement.

Caruana, Niculescu-Mizil, Crew and Ksikes, "Ensemble selection from libraries of models", 2004.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from millrace.learning.trainer import Floats

MOST = 24  # trials that are considered
ROUNDS = 40
PATIENCE = 8  # rounds without gain: one member again and again makes the next one's share small enough to help
GAIN = 2e-5  # of the loss, relative, below which another member is not worth it

Loss = Callable[[Floats], float]  # answers [rows, outputs] to the judged rows -> less is better


@dataclass(frozen=True, slots=True)
class Limits:
    """What an artifact may take: bytes, and microseconds for a row in ONNX Runtime."""

    size: float
    cost: float


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """A trial as the selection sees it: its place, its answers [rows, outputs], and what it would take."""

    place: int
    answers: Floats
    size: float
    cost: float


def select(choices: Sequence[Choice], loss: Loss, limits: Limits) -> dict[int, float]:
    """Weights by place, which add up to 1; of equals the first listed. At least one, even beyond the limits."""
    losses = [loss(choice.answers) for choice in choices]
    ranked = sorted(range(len(choices)), key=lambda i: (losses[i], i))
    fitting = [i for i in ranked if choices[i].size <= limits.size and choices[i].cost <= limits.cost]
    considered = fitting[:MOST] or [min(ranked, key=lambda i: (_excess(choices[i], limits), i))]
    first = considered[0]
    counts = {first: 1}
    total = choices[first].answers.copy()
    best, least, waited = dict(counts), losses[first], 0
    for made in range(1, ROUNDS):
        allowed = [i for i in considered if i in counts or _fits([*counts, i], choices, limits)]
        found = [loss((total + choices[i].answers) / (made + 1)) for i in allowed]
        place = allowed[found.index(min(found))]
        counts[place] = counts.get(place, 0) + 1
        total += choices[place].answers
        if min(found) < least - abs(least) * GAIN:
            best, least, waited = dict(counts), min(found), 0
        else:
            waited += 1
        if waited == PATIENCE:
            break
    return {choices[i].place: count / sum(best.values()) for i, count in best.items()}


def _excess(choice: Choice, limits: Limits) -> float:
    """By how many times it is beyond the limit that it exceeds most."""
    return max(choice.size / limits.size, choice.cost / limits.cost)


def _fits(places: Sequence[int], choices: Sequence[Choice], limits: Limits) -> bool:
    return sum(choices[i].size for i in places) <= limits.size and sum(choices[i].cost for i in places) <= limits.cost

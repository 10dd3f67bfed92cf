"""Every score beside the best peer's, and whether ours is better by more than chance."""

from __future__ import annotations

import statistics
from collections.abc import Collection, Iterator, Mapping, Sequence

from benchmarks.automl import compare, plan
from benchmarks.automl.cells import Measured
from benchmarks.automl.compare import Verdict
from benchmarks.automl.datasets import Dataset, Field
from benchmarks.automl.known import Known
from benchmarks.automl.measure import MACRO_F1
from benchmarks.automl.systems import OURS, SYSTEMS, System
from benchmarks.figures import Row

LIGHT = ("lightgbm", "linear", "lightgbm-stopped")  # which ours must never be worse than


def rows(known: Known, dataset: Dataset, seconds: int) -> Iterator[Row]:
    """Mean over seeds, its spread, the ratio to the best peer's over the seeds that both have, and what is fresh."""
    for system in systems(dataset):
        by_seed = known.seeds(dataset, system, seconds)
        if not by_seed:
            continue
        what = f"{dataset.name} {seconds} s: {system.name}"
        answered = [each for each in by_seed.values() if not each.error]
        if not answered:
            yield Row(what, "failed", next(iter(by_seed.values())).error.splitlines()[-1])
            continue
        notes = [_ratio(known, dataset, seconds, system), _seeds(known, dataset, seconds, system)]
        if dataset.field is Field.TEXT:
            notes.append(f"macro F1 {statistics.fmean(each.scores[MACRO_F1] for each in answered):.4f}")
        value = f"{dataset.metric.value} {number([*scores_of(dataset, by_seed).values()])}"
        yield Row(what, value, "; ".join(note for note in notes if note))


def verdicts(known: Known, dataset: Dataset, seconds: int) -> Iterator[Row]:
    """Ours against the best peer, and against the light ones, which it must never be worse than."""
    best = best_peer(known, dataset, seconds, OURS)
    light = [SYSTEMS[name] for name in LIGHT if dataset.field in SYSTEMS[name].fields]
    for peer in dict.fromkeys([*([best] if best else []), *light]):
        found = known.verdict(dataset, seconds, OURS, peer)
        if found is not None:
            what = f"{dataset.name} {seconds} s: {OURS.name} against {peer.name}"
            yield Row(what, found.word, said(found) + (", the best peer" if peer is best else ""))


def said(verdict: Verdict) -> str:
    """The figures behind a verdict."""
    seeds = "" if verdict.by_seed is None else f", by seeds +-{verdict.by_seed:.4g}"
    worse = "; WORSE by rows" if verdict.is_worse_by_rows else ""
    return f"gain {verdict.gain:+.4g}, by rows {verdict.low:+.4g} to {verdict.high:+.4g}{seeds}{worse}"


def best_peer(known: Known, dataset: Dataset, seconds: int, system: System) -> System | None:
    """The peer, another than `system`, with the best mean; each is judged over the seeds that it and `system` have."""
    mine = scores_of(dataset, known.seeds(dataset, system, seconds))
    sign = 1.0 if dataset.metric.greater_is_better else -1.0
    gains: dict[System, float] = {}
    for peer in systems(dataset):
        theirs = scores_of(dataset, known.seeds(dataset, peer, seconds))
        both = mine.keys() & theirs.keys()
        if both and peer not in (OURS, system):
            gains[peer] = sign * (mean_of(theirs, both) - mean_of(mine, both))
    return max(gains, key=lambda peer: gains[peer]) if gains else None


def systems(dataset: Dataset) -> list[System]:
    """Who is asked about it."""
    return [system for system in SYSTEMS.values() if dataset.field in system.fields]


def scores_of(dataset: Dataset, by_seed: Mapping[int, Measured]) -> dict[int, float]:
    """By seed, where it did not fail."""
    return {seed: each.scores[dataset.metric.value] for seed, each in by_seed.items() if not each.error}


def mean_of(scores: Mapping[int, float], seeds: Collection[int]) -> float:
    """Over some seeds."""
    return statistics.fmean(scores[seed] for seed in seeds)


def number(scores: Sequence[float]) -> str:
    """The mean, and the spread over seeds where there are several."""
    mean, spread = statistics.fmean(scores), compare.spread(scores)
    form = ".4f" if abs(mean) < 100 else ".0f"
    return f"{mean:{form}}" if spread is None else f"{mean:{form}} +-{spread:{form}}"


def _ratio(known: Known, dataset: Dataset, seconds: int, system: System) -> str:
    best = best_peer(known, dataset, seconds, system)
    if best is None:
        return ""
    mine, theirs = (scores_of(dataset, known.seeds(dataset, each, seconds)) for each in (system, best))
    both = mine.keys() & theirs.keys()
    return f"{mean_of(mine, both) / mean_of(theirs, both):.4f} of {best.name}'s"


def _seeds(known: Known, dataset: Dataset, seconds: int, system: System) -> str:
    by_seed = known.seeds(dataset, system, seconds)
    fresh = sum(plan.at(dataset, system, seed, seconds) in known.fresh for seed in by_seed)
    failed = sum(bool(each.error) for each in by_seed.values())
    told = f"seeds {len(by_seed)} of {dataset.seeds}"
    told += {0: ", kept from before", len(by_seed): ", fresh"}.get(fresh, f", {fresh} fresh")
    return f"{told}, {failed} failed" if failed else told

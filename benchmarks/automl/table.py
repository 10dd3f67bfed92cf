"""The comparison as lines, budget by budget: ranks, scores with verdicts, and what answers cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.automl import compare, costs, parts, plan, scores
from benchmarks.automl.datasets import DATASETS, Dataset, Field
from benchmarks.automl.known import Known
from benchmarks.automl.scores import mean_of, scores_of
from benchmarks.automl.systems import SYSTEMS, System
from benchmarks.figures import Row


def rows(known: Known) -> list[Row]:
    """All that is known, the main budget first; a budget for which no system was asked is left out."""
    there = [dataset for dataset in DATASETS.values() if dataset.is_there]
    absent = (dataset for dataset in DATASETS.values() if not dataset.is_there)
    found = [Row(each.name, "skipped", f"there is no {each.name}/{each.file} in shared/data") for each in absent]
    for seconds in sorted({budget for dataset in there for budget in dataset.budgets}, key=_main_first):
        at = [dataset for dataset in there if seconds in dataset.budgets and _is_asked(known, dataset, seconds)]
        found += _ranks(known, [dataset for dataset in at if dataset.field is Field.TABULAR], seconds)
        for dataset in at:
            found += [*scores.rows(known, dataset, seconds), *scores.verdicts(known, dataset, seconds)]
        for dataset in at:
            found += costs.rows(known, dataset, seconds)
        found += parts.rows(known, [dataset for dataset in at if dataset.field is Field.TABULAR], seconds)
    return [*found, *costs.versions(known, there)]


def _main_first(seconds: int) -> tuple[bool, int]:
    return (seconds != plan.MAIN, seconds)


def _is_asked(known: Known, dataset: Dataset, seconds: int) -> bool:
    """Whether this budget has something to show that the main one does not."""
    return any(
        known.seeds(dataset, system, seconds)
        for system in scores.systems(dataset)
        if system.budgeted or seconds == dataset.budgets[0]
    )


def _ranks(known: Known, datasets: Sequence[Dataset], seconds: int) -> Iterator[Row]:
    """Mean rank over the datasets on which each system that was ever asked has an answer of a common seed."""
    field = [s for s in SYSTEMS.values() if s.ranked and any(known.seeds(d, s, seconds) for d in datasets)]
    by_dataset = [found for dataset in datasets if (found := ranks_of(known, dataset, seconds, field))]
    for name, rank in compare.mean_ranks(by_dataset).items():
        yield Row(f"mean rank at {seconds} s: {name}", f"{rank:.2f}", f"of {len(field)}, {len(by_dataset)} datasets")


def ranks_of(known: Known, dataset: Dataset, seconds: int, field: Sequence[System]) -> dict[str, float]:
    """By mean score over the seeds that all have; empty where there is none. Who failed on one of them is last."""
    told = {system.name: known.seeds(dataset, system, seconds) for system in field if dataset.field in system.fields}
    common = set.intersection(*(set(each) for each in told.values())) if told else set()
    if not common:
        return {}
    means: dict[str, float | None] = {}
    for name, by_seed in told.items():
        answered = scores_of(dataset, by_seed)
        means[name] = mean_of(answered, common) if common <= answered.keys() else None
    return compare.ranks(means, greater_is_better=dataset.metric.greater_is_better)

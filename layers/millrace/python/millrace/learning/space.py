"""Hyper-parameter spaces, declared as data; what is `of_classes` means nothing where the target is a number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from millrace.domain.spec import Task

Setting = float | int | str | bool
Settings = Mapping[str, Setting]


@dataclass(frozen=True, slots=True)
class Real:
    """A number between two others, even on a logarithmic scale where `log`."""

    low: float
    high: float
    log: bool = False
    of_classes: bool = False


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number between two others, both possible."""

    low: int
    high: int
    log: bool = False
    of_classes: bool = False


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of these."""

    choices: tuple[Setting, ...]
    of_classes: bool = False


Range = Real | Whole | OneOf
Space = Mapping[str, Range]


def meant_for(task: Task, space: Space) -> Space:
    """The part of a space that means something for such a target."""
    return {name: each for name, each in space.items() if task.is_classification or not each.of_classes}

"""Hyper-parameter spaces, declared as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Setting = float | int | str | bool
Settings = Mapping[str, Setting]


@dataclass(frozen=True, slots=True)
class Real:
    """A number between two others, even on a logarithmic scale where `log`."""

    low: float
    high: float
    log: bool = False


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number between two others, both possible."""

    low: int
    high: int
    log: bool = False


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of these."""

    choices: tuple[Setting, ...]


Range = Real | Whole | OneOf
Space = Mapping[str, Range]

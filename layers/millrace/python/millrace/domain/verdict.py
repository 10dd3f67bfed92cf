"""The gate's answer: a list of rules, each with its figures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule of the gate: what it compared, and whether it holds."""

    rule: str
    holds: bool
    figures: dict[str, float]
    says: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the challenger may serve; `champion` is the version it was compared with."""

    rules: tuple[RuleResult, ...]
    champion: int | None
    schema_version: int = 1

    @property
    def accepted(self) -> bool:
        """True when every rule holds."""
        return all(rule.holds for rule in self.rules)

    def rule(self, name: str) -> RuleResult | None:
        """The result of one rule, or None where it was not judged."""
        return next((rule for rule in self.rules if rule.rule == name), None)

    @property
    def summary(self) -> str:
        """One line for the ledger: what the rules that failed say, or what all of them say."""
        failed = [rule.says for rule in self.rules if not rule.holds]
        return "; ".join(failed or [rule.says for rule in self.rules])

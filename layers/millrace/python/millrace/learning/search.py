"""Which configurations are tried, one after another: good ones first, then what the past suggests."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from millrace.data.memory import release
from millrace.domain.amount import counted
from millrace.domain.job import Part
from millrace.domain.spec import Task
from millrace.learning import optimise, portfolio, trial
from millrace.learning.checkpoint import Checkpoint
from millrace.learning.link import Link
from millrace.learning.space import Settings, Space, meant_for
from millrace.learning.trainer import Budget, Interrupted, Plan, Trainer, never
from millrace.learning.trial import Configuration, GiveUp, Ground, Trial, Turn

FIRST = 0.4  # of the time left: the most that one trial of an algorithm not tried before may take
LATER = 0.5  # of one of an algorithm whose trials were quicker than that; a slower one has what it took before
SLACK = 1.1  # times that
LEAST_SECONDS = 1.0  # that a trial is given, however little is left
OVER = 1.25  # times what is left: a trial that would take more is given up, if there is a whole one
LATE = "given up: its other folds would have taken longer than there was time"
LAG = 3.0  # spreads of the best's folds by which a fold may be worse before the trial is given up
PROPOSALS = 10_000  # at most
KEPT = 3  # algorithms among which the search goes on after the portfolio
PAYS = 1.0  # standard errors over the folds by which crossed numbers must do better to be used on

Progress = Callable[[Trial, int], None]  # told of each trial once it is over, and how many there were


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much a search may use: a number of trials, or the time of `time.monotonic` when it ends, or both."""

    trials: int | None = None
    until: float | None = None

    @property
    def left(self) -> float:
        """Seconds."""
        return float("inf") if self.until is None else self.until - time.monotonic()


@dataclass(slots=True, eq=False)
class Search:
    """One search. `loss` judges a trial over all its rows; `links` are the forms of the target, the usual one first.

    `crosses` says whether there are numbers to cross. Once `interrupted`, it ends with the trials that are whole.
    A `part` has its share of the portfolio, and proposals that no other part has.
    """

    trainers: Sequence[Trainer]
    ground: Ground
    links: Sequence[Link]
    loss: Callable[[Trial], float]
    allowance: Allowance
    checkpoint: Checkpoint = field(default_factory=Checkpoint)
    progress: Progress | None = None
    width: int = 1
    crosses: bool = False
    interrupted: Interrupted = never
    part: Part | None = None
    trials: list[Trial] = field(default_factory=list)
    _pace: dict[str, float] = field(default_factory=dict)  # seconds of an algorithm's slowest trial
    _losses: dict[int, float] = field(default_factory=dict)

    def run(self) -> list[Trial]:
        """Every trial, in the order in which they were made."""
        for configuration in self._configurations():
            if self.interrupted() or (self.allowance.trials is not None and len(self.trials) >= self.allowance.trials):
                break
            if self._is_affordable(configuration.trainer):
                self._try(configuration)
        if not self.interrupted() and not any(made.core for made in self.trials):
            self._try(self._cheapest())
        return self.trials

    def _cheapest(self) -> Configuration:
        """What is tried where there is time for nothing: one trial there must be."""
        _, classes, rows, width = self._shape
        suited = [each for each in self.trainers if each.suits(*self._shape)] or list(self.trainers)
        trainer = min(suited, key=lambda each: each.seconds(rows, width, max(1, classes)))
        return Configuration(trainer, self._meant(trainer, trainer.portfolio[0]), self.links[0], trainer.plan)

    def loss_of(self, made: Trial) -> float:
        """The trial's loss, measured once."""
        if id(made) not in self._losses:
            self._losses[id(made)] = float("inf") if made.core is None else self.loss(made)
        return self._losses[id(made)]

    def _configurations(self) -> Iterator[Configuration]:
        """The portfolio, then proposals; the first one with every form of the target, the others with the better."""
        suited = [each for each in self.trainers if each.suits(*self._shape)]
        queue: list[tuple[Trainer, Settings]] = []
        for trainer, settings in portfolio.ordered(suited, self.ground.count * self.width):
            entry = (trainer, self._meant(trainer, settings))
            if entry not in queue:  # two may differ in nothing that means something here
                queue.append(entry)
        queue = self._share(queue)
        for trainer, settings in queue[:1]:
            for link in self.links:
                yield Configuration(trainer, settings, link, trainer.plan)
            if self.crosses and trainer.plan is Plan.TREES:
                yield Configuration(trainer, settings, self._link(), Plan.CROSSED)
        for trainer, settings in queue[1:]:
            if not self._is_hopeless(trainer):
                yield Configuration(trainer, settings, self._link(), self._plan(trainer))
        for number in range(PROPOSALS):
            ranked = self._ranked(suited)
            if not ranked:
                return
            # Harmonic turns: the best algorithm has as many as the second and the third together.
            trainer = ranked[(0, 1, 0, min(2, len(ranked) - 1))[number % 4] % len(ranked)]
            yield Configuration(trainer, self._proposal(trainer, number), self._link(), self._plan(trainer))

    def _space(self, trainer: Trainer) -> Space:
        return meant_for(self.links[0].task, trainer.space)

    def _meant(self, trainer: Trainer, settings: Settings) -> Settings:
        """Without what means nothing for such a target."""
        idle = trainer.space.keys() - self._space(trainer).keys()
        return {name: value for name, value in settings.items() if name not in idle}

    def _share(self, queue: list[tuple[Trainer, Settings]]) -> list[tuple[Trainer, Settings]]:
        """A part's own, dealt in turn; trees are first where it has some, which tell whether crossed numbers pay."""
        if self.part is None:
            return queue
        own = queue[self.part.number - 1 :: self.part.of]
        first = next((place for place, (each, _) in enumerate(own) if each.plan is Plan.TREES), 0)
        return [*own[first : first + 1], *own[:first], *own[first + 1 :]]

    def _is_hopeless(self, trainer: Trainer) -> bool:
        """Whether all that was tried of an algorithm was given up."""
        tried = [made for made in self.trials if made.configuration.trainer.name == trainer.name]
        return bool(tried) and all(made.core is None for made in tried)

    def _plan(self, trainer: Trainer) -> Plan:
        """What a trainer reads: crossed numbers too, if that paid for the first one beyond chance."""
        if trainer.plan is not Plan.TREES or not self.crosses:
            return trainer.plan
        first = [made for made in self.trials[: 1 + len(self.links)] if made.core is not None]
        crossed = [made for made in first if made.configuration.plan is Plan.CROSSED]
        plain = [
            made
            for made in first
            if crossed
            and made.configuration.plan is Plan.TREES
            and made.configuration.link == crossed[0].configuration.link
        ]
        if not plain or len(plain[0].scores) != len(crossed[0].scores) or len(plain[0].scores) < 2:
            return trainer.plan
        gains = np.array(crossed[0].scores) - np.array(plain[0].scores)
        gains = gains if self.ground.greater_is_better else -gains
        pays = float(gains.mean()) > PAYS * float(gains.std(ddof=1)) / float(np.sqrt(len(gains)))
        return Plan.CROSSED if pays else trainer.plan

    @property
    def _shape(self) -> tuple[Task, int, int, int]:
        ground = self.ground
        return self.links[0].task, ground.classes, ground.count, self.width

    def _link(self) -> Link:
        if len(self.links) == 1 or not self.trials:
            return self.links[0]
        whole = [made for made in self.trials if made.core is not None]
        return min(whole, key=self.loss_of).configuration.link if whole else self.links[0]

    def _ranked(self, suited: Sequence[Trainer]) -> list[Trainer]:
        """The affordable ones among those that did best, and have something to tune; none that was only given up."""
        best: dict[str, float] = {}
        for made in self.trials:
            name = made.configuration.trainer.name
            best[name] = min(best.get(name, float("inf")), self.loss_of(made))
        tried = [each for each in suited if self._space(each) and (not best or best.get(each.name, np.inf) < np.inf)]
        kept = sorted(tried, key=lambda each: best.get(each.name, 0.0))[:KEPT]
        return [each for each in kept if self._is_affordable(each)]

    def _proposal(self, trainer: Trainer, number: int) -> Settings:
        tried = [made for made in self.trials if made.configuration.trainer.name == trainer.name]
        losses = [self.loss_of(made) for made in tried]
        # What was given up is as bad as the worst that was not: untold of it, one would look there again.
        worst = max((loss for loss in losses if np.isfinite(loss)), default=0.0)
        past = [(made.configuration.settings, min(loss, worst)) for made, loss in zip(tried, losses, strict=True)]
        part = 0 if self.part is None else self.part.number
        return optimise.propose(self._space(trainer), past, self.ground.seed + part * PROPOSALS + number)

    def _is_affordable(self, trainer: Trainer) -> bool:
        """Whether there is time: as much as its slowest trial took, or what an untried one is guessed to take."""
        left = self.allowance.left
        if left == float("inf"):
            return True
        if trainer.name in self._pace:
            return self._pace[trainer.name] * 0.9 <= left
        waves = self._waves()
        _, classes, rows, width = self._shape
        return left > 0 and trainer.seconds(rows, width, max(1, classes)) * waves <= left * FIRST * 1.5

    def _try(self, configuration: Configuration) -> None:
        name, left = configuration.trainer.name, self.allowance.left
        budget = Budget(self.ground.threads, self._until(name, left), self.interrupted)
        turn = Turn(len(self.trials), 0 if self.part is None else self.part.number)
        made = trial.run(configuration, self.ground, self.checkpoint, budget, self._giving_up(left), turn)
        release()
        if made is None:
            return
        self.trials.append(made)
        seconds = made.seconds / self._waves(made.folds) * self._waves() if made.dropped == LATE else made.seconds
        self._pace[name] = max(seconds, self._pace.get(name, 0.0))
        if self.progress:
            self.progress(made, len(self.trials))

    def _until(self, name: str, left: float) -> float | None:
        """When a trial of an algorithm must end, so that others have time too; None where only trials count."""
        if left == float("inf"):
            return None
        share = left * FIRST if name not in self._pace else max(left * LATER, min(left, self._pace[name] * SLACK))
        return time.monotonic() + max(share, LEAST_SECONDS)

    def _waves(self, folds: int | None = None) -> int:
        """How often folds are fitted side by side until so many of them, or all, are done."""
        return len(trial.waves(len(self.ground.pairs) if folds is None else folds, self.ground.threads))

    def _giving_up(self, left: float) -> GiveUp:
        """What says why the trial that begins now stops: it is bad, or would be over too late."""
        began, calls, first = time.monotonic(), itertools.count(1), 0.0
        must = not any(made.core for made in self.trials)  # one trial there must be

        def give_up(scores: Sequence[float]) -> str | None:
            nonlocal first
            done, taken = self._waves(next(calls)), time.monotonic() - began
            if done == 1:
                first = taken  # in which rows may have been encoded, so that it says nothing about the others
                return self._is_far(scores)
            others = (taken - first) / (done - 1) * (self._waves() - done)
            if not must and taken + others > OVER * max(left, LEAST_SECONDS):
                return LATE
            return self._is_far(scores)

        return give_up

    def _is_far(self, scores: Sequence[float]) -> str | None:
        """Why a trial stops: its folds so far are far worse than the best trial's same folds."""
        whole = [made for made in self.trials if made.core is not None and made.scores]
        if not whole or not scores:
            return None
        best = min(whole, key=self.loss_of)
        ahead = np.array(best.scores[: len(scores)]) - np.array(scores)
        worse = float(np.mean(ahead if self.ground.greater_is_better else -ahead))
        spread = max(float(np.std(best.scores)), 0.02 * abs(best.score), 1e-9)
        return f"given up after {counted(len(scores), 'fold')}" if worse > LAG * spread else None

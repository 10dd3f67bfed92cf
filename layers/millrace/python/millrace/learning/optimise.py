"""The next configuration of an algorithm, by what earlier ones scored: Optuna's tree-structured Parzen estimator."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import optuna

from millrace.learning.space import OneOf, Range, Real, Settings, Space, Whole

STARTUP = 6  # configurations before which drawing at random says as much

optuna.logging.set_verbosity(optuna.logging.ERROR)


def propose(space: Space, past: Sequence[tuple[Settings, float]], seed: int) -> Settings:
    """A point of `space`; `past` are points of it with their losses. The same arguments give the same point."""
    kinds = {name: _distribution(each) for name, each in space.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # that `multivariate` may change
        sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True, n_startup_trials=STARTUP)
    study = optuna.create_study(sampler=sampler)
    for settings, loss in past:
        params = {name: settings[name] for name in kinds}
        study.add_trial(optuna.trial.create_trial(params=params, distributions=dict(kinds), value=loss))
    return dict(study.ask(dict(kinds)).params)


def _distribution(of: Range) -> optuna.distributions.BaseDistribution:
    match of:
        case Real(low, high, log):
            return optuna.distributions.FloatDistribution(low, high, log=log)
        case Whole(low, high, log):
            return optuna.distributions.IntDistribution(low, high, log=log)
        case OneOf(choices):
            return optuna.distributions.CategoricalDistribution(choices)

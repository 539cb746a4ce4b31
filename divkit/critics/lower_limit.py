r"""Lower confidence limits on divergences from samples alone, by critics that were fixed before.

For every critic D that was fixed before a sample was drawn, V(D) ≤ shift + scale · D_f(P‖Q). So a
lower confidence limit on V(D) from that sample, less shift and over scale, is one on the
divergence: valid for every n, all laws P and Q, and whatever training did. `held_out_lower_bound`
takes such a critic. `lower_bound` makes the most of one pair of samples, in stages: a critic is
trained on the first eighth of the rows and meets the second; one trained on the first quarter
meets the second quarter; one trained on the first half meets the second half. Each stage's
critic, and the bound on its outputs, depends on earlier rows only, so that a gambler may carry
his capital through all stages (`divkit.betting`): seven eighths of the rows are bet on.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import torch

from divkit.betting import lower_limit
from divkit.critics.classes import critic_class
from divkit.critics.held_out import Bounded
from divkit.critics.learners.learner import CriticLearner
from divkit.critics.levenberg_marquardt import LevenbergMarquardt
from divkit.critics.lower_bound_choice import RowLearner
from divkit.critics.lower_bound_stages import Stage, Trainer, in_stages, meet
from divkit.critics.model import CriticClass
from divkit.critics.samples import rows
from divkit.critics.steps import Maximiser
from divkit.floats import own_rules
from divkit.games import Game, game_of
from divkit.results import Result, require_level
from divkit.rng import RandomState, as_generator
from divkit.threads import on_one_thread
from divkit.types import Samples, Tensor

Critics: TypeAlias = str | CriticClass | CriticLearner
"""A class of critics: by its name, one that ascends a game's value, or one that learns else."""


def held_out_lower_bound(
    critic: Bounded,
    x: Tensor,
    y: Tensor,
    *,
    game: str | Game = "gan",
    level: float = 0.95,
    guess: tuple[float, float] | None = None,
) -> Result:
    """Bound a divergence from below by one critic, on fresh x (n, d) of P and y (m, d) of Q.

    Parameters
    ----------
    critic : with bounded outputs, fixed before the samples were drawn.
    game : whose theorem's divergence is bounded; "gan" bounds the JSD.
    level : confidence in (0, 1).
    guess : mean and variance of a pair's payoff, from other data (see `tune`); sharpens the limit
        at small n and does not touch its validity.

    Returns
    -------
    Result
        `value` is (V(D) − shift)/scale on the samples with its standard error; `interval` runs
        from the limit, or the least value of the divergence, to its largest. Diagnostics:
        `limit` before it is cut, `value_limit` on V(D) itself, `bounds`, `n`, `m`.

    Raises
    ------
    ValueError
        If a sample has fewer than two rows, level is not in (0, 1), or the critic is NaN at one.

    Examples
    --------
    >>> from divkit import Normal
    >>> from divkit.critics import Bounded
    >>> x, y = Normal(0, 1).sample(2000, rng=0), Normal(2, 1).sample(2000, rng=1)
    >>> found = held_out_lower_bound(Bounded(lambda x: 2 - 2 * x[:, 0]), x, y)
    >>> found.interval[0] < 0.3327
    True
    """
    start, played = time.perf_counter(), game_of(game)
    require_level(level)
    stage = meet(critic, *played.lifting.samples(x, y), played, guess)
    return _result([stage], played, level, len(x), len(y), start)


@own_rules
@on_one_thread
def lower_bound(
    x: Samples,
    y: Samples,
    *,
    critic: Critics | Sequence[Critics] = "quadratic",
    game: str | Game = "gan",
    level: float = 0.95,
    stages: int = 3,
    maximiser: Maximiser | None = None,
    rng: RandomState = 0,
) -> Result:
    """Bound a divergence from below by samples x (n, d) of P and y (m, d) of Q alone.

    Parameters
    ----------
    critic : the class that is trained, or several among which each stage chooses by the rows
        that it has seen (`divkit.critics.lower_bound_choice`); the nearer a critic comes to
        log p − log q the higher the limit, but no class makes it false.
    game : whose theorem's divergence is bounded; "gan" bounds the JSD.
    level : confidence in (0, 1).
    stages : how many critics are trained, on the first 2^−stages, …, ¼, ½ of the rows.
    maximiser : default 30 steps of Levenberg–Marquardt.
    rng : of the order of the rows.

    Returns
    -------
    Result
        As `held_out_lower_bound`; the value is the mean over the rows that critics of the last
        one's class met, or the limit where chance has that above it. Diagnostics: `chosen`, the
        class of each stage's critic.

    Raises
    ------
    ValueError
        If there are too few rows for the stages, stages is not a positive int, level is not in
        (0, 1), or critic names no class.

    Examples
    --------
    >>> from divkit import Normal
    >>> x, y = Normal(0, 1).sample(2000, rng=0), Normal(2, 1).sample(2000, rng=1)
    >>> bound = lower_bound(x, y)
    >>> bound.one_sided, bound.interval[0] < 0.3327
    ('lower', True)
    """
    start, played = time.perf_counter(), game_of(game)
    require_level(level)
    generator = as_generator(rng)
    a, b = (_shuffled(rows(s, name), generator) for s, name in ((x, "x"), (y, "y")))
    on_p, on_q = played.lifting.samples(a, b)
    several = critic if isinstance(critic, Sequence) and not isinstance(critic, str) else (critic,)
    learners = [_learner(each, played, maximiser) for each in several]
    done = in_stages(on_p, on_q, learners, played, level, stages)
    return _result(done, played, level, len(a), len(b), start)


def _result(
    stages: Sequence[Stage], game: Game, level: float, n: int, m: int, start: float
) -> Result:
    limit = lower_limit([stage.batch for stage in stages], level)
    share = [len(stage.batch.draws) * (stage.learner == stages[-1].learner) for stage in stages]
    weights = [size / sum(share) for size in share]
    value = sum(w * stage.value for w, stage in zip(weights, stages, strict=True))
    error = math.hypot(*(w * stage.error for w, stage in zip(weights, stages, strict=True)))
    low = game.implied(limit)
    return Result.bound(
        max(game.implied(value), low),
        (max(low, game.divergence.at_one), game.divergence.upper),
        f"lower_bound(game={game.name!r}, stages={len(stages)}, level={level!r})",
        error=error / game.scale,
        level=level,
        diagnostics={
            "limit": low,
            "value_limit": limit,
            "bounds": tuple(stage.critic.bound for stage in stages),
            "scales": tuple(stage.critic.scale for stage in stages),
            "critics": tuple(stage.critic for stage in stages),
            "chosen": tuple(stage.learner for stage in stages),
            "n": n,
            "m": m,
            "seconds": time.perf_counter() - start,
        },
        name=f"{game.divergence.name}, from below",
    )


def _learner(critic: Critics, game: Game, maximiser: Maximiser | None) -> RowLearner:
    if isinstance(critic, CriticLearner):
        return critic
    ascent = maximiser or LevenbergMarquardt(steps=30, seconds=20.0)
    return Trainer(critic_class(critic), game, ascent)


def _shuffled(x: Tensor, rng: np.random.Generator) -> Tensor:
    return x[torch.from_numpy(rng.permutation(len(x)))]

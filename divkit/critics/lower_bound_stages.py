r"""Stages of a lower bound: each trains on the rows already seen and bets on the next ones.

A critic is trained on the first 2^−k of the rows and meets the next as many. How its outputs are
bounded is chosen from the rows seen, too: by two-fold cross-validation every such row gets a logit
from a critic that was not trained on it, and the bound B and scale s of B tanh(s·f/B) are those
whose limit from the fresh pairs to come is forecast to be the highest. A small B means small
payoffs, for which few draws suffice; a large one, a value nearer to the maximum.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch

from divkit.betting import Batch, forecast
from divkit.critics.held_out import (
    Bounded,
    mean_payoff,
    outputs,
    paired_payoffs,
    payoff_range,
    squash,
)
from divkit.critics.model import CriticClass
from divkit.critics.points import from_samples
from divkit.critics.steps import Maximiser
from divkit.critics.training import train
from divkit.games import Game
from divkit.types import Critic, Tensor

BOUNDS = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0)
SCALES = (0.3, 0.6, 1.0)
_FEWEST = 4  # rows of each law to train on: two for each half of a cross-validation


@dataclass(frozen=True)
class Tuned:
    """A bound on a critic's outputs, and the payoff of a pair of points that is expected then.

    Attributes
    ----------
    bound, scale : of `divkit.critics.held_out.Bounded`.
    guess : mean and variance of the payoff of a pair.
    forecast : the limit on V that is expected on fresh points.
    """

    bound: float
    scale: float
    guess: tuple[float, float]
    forecast: float


@dataclass(frozen=True)
class Stage:
    """A critic that was fixed, and what it earned on rows that it had not seen."""

    critic: Bounded
    batch: Batch
    value: float
    error: float


def tune(game: Game, on_x: Tensor, on_y: Tensor, n: int, level: float) -> Tuned:
    """Choose the bound and scale of outputs whose limit from n fresh pairs is forecast highest.

    `on_x` and `on_y` are logits at points of P and of Q, none of which may be bet on later.
    """
    candidates = []
    for bound, scale in itertools.product(BOUNDS, SCALES):
        z = paired_payoffs(game, squash(on_x, bound, scale), squash(on_y, bound, scale))
        least, most = payoff_range(game, bound)
        variance = float(z.var()) + 0.25 * (most - least) ** 2 / len(z)
        limit = forecast(z, least, most, n, level)
        candidates.append(Tuned(bound, scale, (float(z.mean()), variance), limit))
    return max(candidates, key=lambda tuned: tuned.forecast)


@dataclass(frozen=True)
class Trainer:
    """The training that all stages share."""

    critic: CriticClass
    game: Game
    maximiser: Maximiser

    def __call__(self, x: Tensor, y: Tensor) -> Critic:
        """A critic trained on x (n, d) and y (m, d)."""
        trained = train(
            from_samples(x, y), critic=self.critic, game=self.game, maximiser=self.maximiser
        )
        return trained.critic

    def cross_validated(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Logits at every row, by a critic trained on the other half of the rows."""
        halves = [x.tensor_split(2), y.tensor_split(2)]
        critics = [self(one, other) for one, other in zip(*halves, strict=True)][::-1]
        on_x, on_y = (
            torch.cat([outputs(c, part, "a half") for c, part in zip(critics, parts, strict=True)])
            for parts in halves
        )
        return on_x, on_y


def in_stages(x: Tensor, y: Tensor, trainer: Trainer, level: float, stages: int) -> list[Stage]:
    """Train and meet, stage by stage, on samples x (n, d) and y (m, d).

    Raises
    ------
    ValueError
        If stages is not a positive int, or there are too few rows for so many.
    """
    if isinstance(stages, bool) or int(stages) != stages or stages < 1:
        raise ValueError(f"stages must be a positive int; got {stages!r}.")
    shares = [2.0**-k for k in range(stages, -1, -1)]
    cuts_x, cuts_y = ([int(share * len(s)) for share in shares] for s in (x, y))
    if min(cuts_x[0], cuts_y[0]) < _FEWEST:
        raise ValueError(
            f"{stages} stages need {_FEWEST * 2**stages} rows of each law; got {len(x)} and "
            f"{len(y)}. Give more rows or fewer stages."
        )
    n = min(len(x) - cuts_x[0], len(y) - cuts_y[0])
    done = []
    for (i, j), (k, l) in zip(itertools.pairwise(cuts_x), itertools.pairwise(cuts_y), strict=True):
        tuned = tune(trainer.game, *trainer.cross_validated(x[:i], y[:k]), n, level)
        critic = Bounded(trainer(x[:i], y[:k]), tuned.bound, tuned.scale)
        done.append(meet(critic, x[i:j], y[k:l], trainer.game, tuned.guess))
    return done


def meet(
    critic: Bounded, x: Tensor, y: Tensor, game: Game, guess: tuple[float, float] | None
) -> Stage:
    """Measure what a critic earns on rows that it was not made from."""
    on_x, on_y = outputs(critic, x, "x"), outputs(critic, y, "y")
    batch = Batch(paired_payoffs(game, on_x, on_y), *payoff_range(game, critic.bound), guess)
    return Stage(critic, batch, *mean_payoff(game, on_x, on_y))

r"""Stages of a lower bound: each trains on the rows already seen and bets on the next ones.

A critic is trained on the first 2^−k of the rows and meets the next as many. Its class, and how
its outputs are bounded, are chosen from the rows seen, too (`divkit.critics.lower_bound_choice`):
by two-fold cross-validation every such row gets a logit from a critic that was not trained on it,
and class, bound B and scale s of B tanh(s·f/B) are those whose limit from the fresh pairs to come
is forecast to be the highest. A small B means small payoffs, for which few draws suffice; a large
one, a value nearer to the maximum. A class may need many rows to show anything: a stage bets only
against means that its critic may have, by the rows seen.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from divkit.betting import Batch
from divkit.critics.held_out import Bounded, mean_payoff, outputs, paired_payoffs, payoff_range
from divkit.critics.lower_bound_choice import Chosen, RowLearner, choose
from divkit.critics.model import CriticClass
from divkit.critics.points import from_samples
from divkit.critics.steps import Maximiser
from divkit.critics.training import train
from divkit.games import Game
from divkit.types import Critic, FloatArray, Tensor
from divkit.work import part

_HOPE = 1.0
_FEWEST = 4  # rows of each law to train on: two for each half of a cross-validation


@dataclass(frozen=True)
class Stage:
    """A critic that was fixed, and what it earned on rows that it had not seen.

    Attributes
    ----------
    critic : with bounded outputs.
    batch : the payoffs, to be bet on.
    value, error : their mean and its standard error.
    learner : the critic's class in words.
    """

    critic: Bounded
    batch: Batch
    value: float
    error: float
    learner: str = ""


@dataclass(frozen=True, repr=False)
class Trainer:
    """The training that all stages share."""

    critic: CriticClass
    game: Game
    maximiser: Maximiser

    def suits(self, x: FloatArray, y: FloatArray) -> bool:
        """Say that there is something to learn: any rows will do."""
        return True

    def __call__(self, x: Tensor, y: Tensor) -> Critic:
        """A critic trained on x (n, d) and y (m, d)."""
        trained = train(
            from_samples(x, y), critic=self.critic, game=self.game, maximiser=self.maximiser
        )
        return trained.critic

    def __repr__(self) -> str:
        """The class in words."""
        return repr(self.critic)


def in_stages(
    x: Tensor, y: Tensor, learners: Sequence[RowLearner], game: Game, level: float, stages: int
) -> list[Stage]:
    """Choose, train and meet, stage by stage, on samples x (n, d) and y (m, d).

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
    done: list[Stage] = []
    ends = itertools.pairwise(zip(cuts_x, cuts_y, shares, strict=True))
    for (i, k, begin), (j, l, end) in ends:
        with part(begin if done else 0.0, end):
            made = choose(learners, game, x[:i], y[:k], n, level)
        stage = meet(made.critic, x[i:j], y[k:l], game, made.tuned.guess)
        last = j == len(x)
        until = math.inf if last else _hoped(made)
        done.append(replace(stage, learner=made.learner, batch=replace(stage.batch, until=until)))
    return done


def _hoped(made: Chosen) -> float:
    """The mean that a critic may have at best: what it had so far and `_HOPE` standard errors.

    A later critic is better, and the last one plays against every mean.
    """
    mean, variance = made.tuned.guess
    return mean + _HOPE * math.sqrt(variance / made.pairs)


def meet(
    critic: Bounded, x: Tensor, y: Tensor, game: Game, guess: tuple[float, float] | None
) -> Stage:
    """Measure what a critic earns on rows that it was not made from."""
    on_x, on_y = outputs(critic, x, "x"), outputs(critic, y, "y")
    batch = Batch(paired_payoffs(game, on_x, on_y), *payoff_range(game, critic.bound), guess)
    return Stage(critic, batch, *mean_payoff(game, on_x, on_y))
